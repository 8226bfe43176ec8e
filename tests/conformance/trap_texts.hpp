#pragma once

/// \file
/// What the test suite calls the traps. Thread rule: pure functions.

#include <string_view>

#include "tests/conformance/world.hpp"

namespace synapsed::tests {

/// Whether a trap is the one a script names. A name such as "out of bounds" stands for several.
[[nodiscard]] bool is_trap(std::string_view text, wasmtime_trap_code_t code);

}  // namespace synapsed::tests
