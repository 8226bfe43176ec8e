#pragma once

#include <string_view>

#include <synapsed/error.hpp>
#include <synapsed/types.hpp>

#include "runtime/load.hpp"

namespace synapsed {

/// An exported function. Errors: `call.unknown_export`, with the nearest names, and
/// `call.not_a_function`.
[[nodiscard]] Result<const ExportedFunction*> find_function(const LoadedModule& module,
                                                            std::string_view name);

}  // namespace synapsed
