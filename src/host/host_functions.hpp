#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <variant>

#include <synapsed/host.hpp>

#include "base/sync.hpp"
#include "engine/host_function.hpp"

namespace synapsed {

/// A host function that an import resolves to.
using BoundHostFunction = std::variant<std::shared_ptr<const HostFunction>,
                                       std::shared_ptr<const engine::AsyncHostFunction>>;

struct HostFunctions::Impl {
  /// The function for an import of that name and type of a module with these capabilities; none
  /// when no such name is defined. Errors: `call.import_mismatch` when it has another type,
  /// `call.unsupported_type`, `security.import_denied` when a capability is missing.
  [[nodiscard]] Result<std::optional<BoundHostFunction>> resolve(
      std::string_view module, std::string_view name, const FunctionType& type,
      std::span<const std::string> capabilities) const;

  mutable SharedMutex mutex;
  std::map<std::pair<std::string, std::string>, HostFunctionDefinition> entries;  // under the mutex
  /// Goes up with every definition.
  std::atomic<std::uint64_t> generation{0};
};

}  // namespace synapsed
