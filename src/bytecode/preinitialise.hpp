#pragma once

/// \file
/// A module whose instances start in a state that another instance of it was in: what was done to get
/// there is done once. Thread rule: values; a pure function.

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include <synapsed/error.hpp>
#include <synapsed/raw_value.hpp>
#include <synapsed/value.hpp>

#include "base/bytes.hpp"
#include "bytecode/module.hpp"

namespace synapsed::bytecode {

/// All state that can change, by index in the module, ascending.
struct InstanceState {
  struct Global {
    std::uint32_t index = 0;
    RawValue number;                        ///< of a number or a vector
    std::optional<std::uint32_t> function;  ///< of a reference; none: null
  };
  struct Table {
    std::uint32_t index = 0;
    std::vector<std::uint32_t> elements;  ///< 0: null; otherwise a function's index and one
  };
  /// Zeros but for these bytes.
  struct Memory {
    struct Run {
      std::uint64_t offset = 0;
      ByteSpan bytes;
    };
    std::uint32_t index = 0;
    std::uint64_t bytes = 0;
    std::vector<Run> runs;  ///< ascending, apart
  };
  std::vector<Global> globals;
  std::vector<Table> tables;  ///< all, or none when the code changes none
  std::vector<Memory> memories;
  std::vector<std::uint32_t> dropped_data;  ///< passive segments
  std::vector<std::uint32_t> dropped_elements;
};

/// The module has no start function, and does not export the function `initialiser`, when there is one.
/// Indices stay what they were. Error: `load.invalid_module` for state that a module cannot start with:
/// of what it imports, or a table whose elements are no nulls at first.
[[nodiscard]] Result<Bytes> preinitialise(const Module& module, const InstanceState& state,
                                          std::string_view initialiser);

}  // namespace synapsed::bytecode
