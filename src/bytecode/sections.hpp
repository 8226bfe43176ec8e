#pragma once

/// \file
/// The outline of a binary module: its header, its sections, its memories and tables
/// (core specification 5.5). Full validation is the engine's.
///
/// Thread rule: pure functions.

#include <cstdint>
#include <string_view>
#include <vector>

#include <synapsed/error.hpp>
#include <synapsed/types.hpp>

#include "base/bytes.hpp"

namespace synapsed::bytecode {

struct Section {
  std::uint8_t id = 0;           ///< 0: custom
  std::string_view name;         ///< a custom section's own name; views the module's bytes
  std::uint64_t offset = 0;      ///< of the contents in the file; after the name when custom
  ByteSpan contents;
};

/// What the sections say without looking at code.
struct Outline {
  std::vector<Section> sections;     ///< in file order; at most 100'000
  std::vector<MemoryType> memories;  ///< imported ones first
  std::vector<TableType> tables;     ///< imported ones first
  std::uint32_t functions = 0;       ///< defined, not imported
  bool has_start_function = false;
};

/// True when `bytes` start with `\0asm`.
[[nodiscard]] bool has_magic(ByteSpan bytes);

/// Errors: `load.empty`, `load.truncated`, `load.not_wasm`, `load.wrong_version`,
/// `load.is_component`.
[[nodiscard]] Result<void> check_header(ByteSpan bytes);

/// `type`, `import`, …; `custom` for id 0.
[[nodiscard]] std::string_view section_name(std::uint8_t id);

/// Errors: those of `check_header`, and `load.truncated`, `load.invalid_module` with the offset.
[[nodiscard]] Result<Outline> read_outline(ByteSpan module);

}  // namespace synapsed::bytecode
