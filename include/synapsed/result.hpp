#pragma once

/// \file
/// What an execution came to. Owned by the room `runtime`.
///
/// Thread rule: a value.

#include <optional>
#include <vector>

#include <synapsed/error.hpp>
#include <synapsed/value.hpp>

namespace synapsed {

struct ExecutionResult {
  std::vector<WasmValue> values;
  /// Set when the guest ended itself with WASI's `proc_exit`, 0..125. That is not an error.
  std::optional<int> exit_code;
  ExecutionUsage usage;
};

}  // namespace synapsed
