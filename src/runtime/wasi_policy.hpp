#pragma once

/// \file
/// Which functions of WASI a profile without unsafe host functions allows. Thread rule: pure.

#include <string_view>

namespace synapsed {

/// True for what reaches nothing but arguments, environment, standard streams and exit.
[[nodiscard]] bool is_safe_wasi_function(std::string_view name);

}  // namespace synapsed
