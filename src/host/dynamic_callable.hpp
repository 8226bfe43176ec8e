#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include <synapsed/host.hpp>

namespace synapsed {

/// The WebAssembly type of a signature. Error: `call.unsupported_type` for kinds that have no ABI
/// in that direction.
[[nodiscard]] Result<FunctionType> type_of(const HostSignature& signature);

/// Lifts the arguments by `signature`, calls, checks and lowers the results.
[[nodiscard]] std::shared_ptr<const HostFunction> make_dynamic(std::string name,
                                                               const HostSignature& signature,
                                                               DynamicHostFunction function,
                                                               const HostPrice& price);

/// A dynamic host function that knows the call it serves.
using DynamicInContext =
    std::function<Result<std::vector<WasmValue>>(CallContext&, std::span<const WasmValue>)>;
[[nodiscard]] std::shared_ptr<const HostFunction> make_dynamic_in_context(
    std::string name, const HostSignature& signature, DynamicInContext function,
    const HostPrice& price);

/// The signature that takes and returns the core values of `type`. Error:
/// `call.unsupported_type` for references.
[[nodiscard]] Result<HostSignature> signature_of(const FunctionType& type);

}  // namespace synapsed
