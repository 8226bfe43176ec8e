#pragma once

/// \file
/// Writing the binary format (core specification 5.2 to 5.5): primitives, operators, and modules
/// made from others.
///
/// Invariants: integers are written in the fewest bytes unless asked otherwise; reading what was
/// written gives what was to be written; a `ModuleWriter` that was told nothing gives the bytes
/// its module was read from.
///
/// Thread rule: values; a `ModuleWriter` refers to its module.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <synapsed/error.hpp>
#include <synapsed/value.hpp>

#include "base/bytes.hpp"
#include "bytecode/module.hpp"
#include "bytecode/operators.hpp"
#include "bytecode/sections.hpp"
#include "bytecode/value_code.hpp"

namespace synapsed::bytecode {

class Writer {
 public:
  [[nodiscard]] const Bytes& bytes() const { return bytes_; }
  [[nodiscard]] std::size_t size() const { return bytes_.size(); }
  /// What was written; the writer is empty afterwards.
  [[nodiscard]] Bytes take() { return std::move(bytes_); }
  void clear() { bytes_.clear(); }
  void reserve(std::size_t bytes) { bytes_.reserve(bytes); }

  void byte(std::uint8_t value) { bytes_.push_back(static_cast<std::byte>(value)); }
  void raw(ByteSpan bytes) { bytes_.insert(bytes_.end(), bytes.begin(), bytes.end()); }
  /// An unsigned LEB128, of a u32 or a u64.
  void unsigned_leb(std::uint64_t value);
  /// A signed LEB128, of an i32, an i33 or an i64.
  void signed_leb(std::int64_t value);
  /// An unsigned LEB128 in five bytes, to be patched once its value is known.
  void padded_u32(std::uint32_t value);
  /// Overwrites what `padded_u32` wrote at `position`.
  void patch_u32(std::size_t position, std::uint32_t value);
  /// `count` bytes of `value`, the smaller ones first.
  void fixed(std::uint64_t value, unsigned count);
  /// The bytes with their number before them: a vector of bytes, a function body, a section.
  void sized(ByteSpan bytes);
  void name(std::string_view text) { sized(as_bytes(text)); }

  void value_type(ValueCode type);
  /// The heap type alone, without the byte that says whether it is nullable.
  void heap_type(ValueCode type);
  void block_type(const BlockType& type);
  /// Of a memory; those of a table are written alike, of pages of 64 KiB.
  void limits(const MemoryType& type);

  /// The code of an operator, without immediates.
  void op(Op op);
  /// An operator whose immediate is one index.
  void op(Op op, std::uint32_t index);
  void i32_const(std::int32_t value);
  void i64_const(std::int64_t value);
  /// A whole operator from its fields, whatever its `bytes` are.
  void operator_(const Operator& read);

 private:
  void immediates(Immediate immediate, const Operator& read);
  void memory_argument(const Operator& read);
  void labels(const Operator& br_table);
  void types(const Operator& select);
  void catches(const Operator& try_table);
  void branch_cast(const Operator& read);

  Bytes bytes_;
};

/// A module like another, with some of its sections changed. What nobody changes is copied as it
/// was written. Indices in what is copied are not renumbered: append, or rewrite what refers.
class ModuleWriter {
 public:
  explicit ModuleWriter(const Module& module) : module_(module) {}

  /// Puts a section with these contents in the place of the one there is, or where it belongs.
  void replace(SectionId id, Bytes contents);
  /// Entries of a section that is a vector, after the ones there are. `entries` holds `count`.
  void append(SectionId id, std::uint32_t count, ByteSpan entries);
  /// The same, before the ones there are.
  void prepend(SectionId id, std::uint32_t count, ByteSpan entries);
  /// Leaves out a section.
  void remove(SectionId id) { removed_.push_back(id); }
  /// Leaves out every custom section of this name.
  void drop_custom(std::string_view name) { dropped_.emplace_back(name); }
  /// A custom section after everything else.
  void add_custom(std::string_view name, ByteSpan contents);

  /// Error: `load.too_large` when a section has more than 4 GiB.
  [[nodiscard]] Result<Bytes> write() const;

 private:
  struct Replacement {
    SectionId id;
    Bytes contents;
  };

  /// Null when nobody changed it.
  [[nodiscard]] const Replacement* find(SectionId id) const;
  /// Its present contents: what was put in its place, or what was read.
  [[nodiscard]] ByteSpan contents_of(SectionId id) const;
  void extend(SectionId id, std::uint32_t count, ByteSpan before, ByteSpan after);
  [[nodiscard]] bool is_dropped(const Section& section) const;

  const Module& module_;
  std::vector<Replacement> replacements_;
  std::vector<SectionId> removed_;
  std::vector<std::string> dropped_;
  Writer custom_;
};

}  // namespace synapsed::bytecode
