#pragma once

/// \file
/// The frame of a binary module: its header and its sections (core specification 5.5).
///
/// Thread rule: pure functions.

#include <cstdint>
#include <string_view>
#include <vector>

#include <synapsed/error.hpp>

#include "base/bytes.hpp"
#include "bytecode/limits.hpp"

namespace synapsed::bytecode {

enum class SectionId : std::uint8_t {
  kCustom, kType, kImport, kFunction, kTable, kMemory, kGlobal, kExport, kStart, kElement, kCode,
  kData, kDataCount, kTag
};

inline constexpr std::size_t kHeaderBytes = 8;

/// All views are of the module's bytes.
struct Section {
  SectionId id = SectionId::kCustom;
  std::string_view name;     ///< `type`, `import`, …; a custom section's own name
  std::uint64_t offset = 0;  ///< of the contents in the file; after the name when custom
  ByteSpan contents;         ///< without the name when custom
  ByteSpan whole;            ///< as written, from the id to the last byte of the contents

  [[nodiscard]] bool is_custom() const { return id == SectionId::kCustom; }
};

/// True when `bytes` start with `\0asm`.
[[nodiscard]] bool has_magic(ByteSpan bytes);

/// Errors: `load.empty`, `load.truncated`, `load.not_wasm`, `load.wrong_version`,
/// `load.is_component`.
[[nodiscard]] Result<void> check_header(ByteSpan bytes);

/// `type`, `import`, …; `custom`.
[[nodiscard]] std::string_view section_name(SectionId id);

/// Of a custom section: what it says is no longer true when code moves.
[[nodiscard]] bool speaks_of_offsets(std::string_view name);

/// Sections stand in the order of their places; a custom one, place 0, stands anywhere.
[[nodiscard]] unsigned place_of(SectionId id);

/// The sections in file order; that each but the custom ones stands once and in its place is
/// checked. Errors: those of `check_header`, `load.too_large`, and `load.truncated`,
/// `load.invalid_module` with the offset.
[[nodiscard]] Result<std::vector<Section>> read_sections(ByteSpan module,
                                                         const ReadLimits& limits = {});

}  // namespace synapsed::bytecode
