#pragma once

#include <string>
#include <string_view>

#include <synapsed/error.hpp>
#include <synapsed/types.hpp>

#include "engine/store.hpp"
#include "runtime/instances.hpp"
#include "runtime/load.hpp"

namespace synapsed {

/// An exported function. Errors: `call.unknown_export`, with the nearest names, and
/// `call.not_a_function`.
[[nodiscard]] Result<const ExportedFunction*> find_function(const LoadedModule& module,
                                                            std::string_view name);

/// The function of an instance of its module.
[[nodiscard]] Result<engine::Function> find_in(LiveInstance& live,
                                               const ExportedFunction& function);

/// Where an error of a call is: `bank, function "transfer"`.
[[nodiscard]] std::string call_place(const LoadedModule& module, std::string_view function);

}  // namespace synapsed
