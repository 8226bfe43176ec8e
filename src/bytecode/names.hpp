#pragma once

/// \file
/// What the name section calls things (core specification 7.5). It is written for people, so that
/// a broken one is no error: what could be read of it is used.
///
/// Thread rule: pure functions.

#include <string_view>
#include <vector>

#include "bytecode/module.hpp"

namespace synapsed::bytecode {

/// The names of functions, in the order of their indices, each function once; empty when there are
/// none.
[[nodiscard]] std::vector<FunctionName> read_function_names(const Module& module);

/// The name of the module; empty when there is none.
[[nodiscard]] std::string_view read_module_name(const Module& module);

}  // namespace synapsed::bytecode
