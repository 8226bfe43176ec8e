#pragma once

/// \file
/// Modules that call each other by value: an import of a function from a module that the manifest depends on is a
/// call of that name in the module system, of whatever version serves.
///
/// Thread rule: pure functions of their arguments.

#include <functional>
#include <memory>

#include <synapsed/host.hpp>
#include <synapsed/module_system.hpp>

namespace synapsed::modules {

/// How a linked function reaches its module.
using CallByName = std::function<Result<ExecutionResult>(
    std::string_view name, std::string_view function, std::span<const WasmValue> arguments,
    const ExecutionContext& context)>;

/// What a loaded module exports, by name. Error: `call.unknown_module`.
using ExportsOf = std::function<Result<ModuleInfo>(std::string_view name)>;

/// Host functions for the imports that `wasm` has of the dependencies that its manifest calls; null when there are none. The
/// callee has a memory, an instance and grants of its own, the caller's deadline, cancellation, tenant and what is
/// left of its gas, and is a part of its execution: what both keep lasts when both succeed. Where the callee's interface says so,
/// a string or `list<u8>` parameter takes the caller's pointer and length. Such a result is written to room whose address
/// and size the caller passes last, if it fits, and the caller gets its size in bytes. Errors:
/// `call.unknown_export`, `call.import_mismatch`, `call.unsupported_type`.
[[nodiscard]] Result<std::shared_ptr<const HostFunctions>> link(const ModuleManifest& manifest,
                                                                std::span<const std::byte> wasm,
                                                                const ExportsOf& exports_of,
                                                                const CallByName& call);

}  // namespace synapsed::modules
