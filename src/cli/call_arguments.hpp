#pragma once

/// \file
/// Arguments of a call, read as the function's interface or signature asks.

#include <string>
#include <string_view>
#include <vector>

#include <synapsed/error.hpp>
#include <synapsed/interface.hpp>
#include <synapsed/module.hpp>
#include <synapsed/value.hpp>

namespace synapsed::cli {

/// What the module's interface says of the function; null when it says nothing.
[[nodiscard]] const InterfaceFunction* find_interface(const ModuleInfo& module,
                                                      std::string_view function);

/// One value for each text. What is wrong with the call as a whole (no such function, a wrong
/// number of arguments) is left for the runtime to say: the values are then null.
///
/// Errors: `call.argument_type`, `call.argument_range`; they name function, parameter and type.
[[nodiscard]] Result<std::vector<WasmValue>> parse_call_arguments(
    const ModuleInfo& module, std::string_view function, const std::vector<std::string>& texts);

}  // namespace synapsed::cli
