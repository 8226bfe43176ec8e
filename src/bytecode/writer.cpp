#include "bytecode/writer.hpp"

#include <algorithm>
#include <bit>
#include <utility>

#include <fmt/format.h>

#include "base/try.hpp"
#include "bytecode/flags.hpp"

namespace synapsed::bytecode {
namespace {

constexpr std::uint8_t kEmptyBlock = 0x40;
constexpr std::uint32_t kMemoryFlag = 0x40;

Result<void> write_section(Writer& into, SectionId id, ByteSpan contents) {
  if (contents.size() > UINT32_MAX) {
    return std::unexpected(Error(
        ErrorCode::kLoadTooLarge,
        fmt::format("section \"{}\" would have {} bytes", section_name(id), contents.size())));
  }
  into.byte(static_cast<std::uint8_t>(id));
  into.sized(contents);
  return {};
}

}  // namespace

void Writer::unsigned_leb(std::uint64_t value) {
  while (value >= 0x80) {
    byte(static_cast<std::uint8_t>(value | 0x80U));
    value >>= 7U;
  }
  byte(static_cast<std::uint8_t>(value));
}

void Writer::signed_leb(std::int64_t value) {
  while (value < -0x40 || value >= 0x40) {
    byte(static_cast<std::uint8_t>((static_cast<std::uint64_t>(value) & 0x7fU) | 0x80U));
    value >>= 7;
  }
  byte(static_cast<std::uint8_t>(static_cast<std::uint64_t>(value) & 0x7fU));
}

void Writer::padded_u32(std::uint32_t value) {
  const std::size_t position = bytes_.size();
  bytes_.resize(position + 5);
  patch_u32(position, value);
}

void Writer::patch_u32(std::size_t position, std::uint32_t value) {
  for (unsigned i = 0; i < 5; ++i) {
    const std::uint32_t more = i < 4 ? 0x80U : 0U;
    bytes_[position + i] = static_cast<std::byte>((value >> (7 * i) & 0x7fU) | more);
  }
}

void Writer::fixed(std::uint64_t value, unsigned count) {
  for (unsigned i = 0; i < count; ++i) byte(static_cast<std::uint8_t>(value >> (8 * i)));
}

void Writer::sized(ByteSpan bytes) {
  unsigned_leb(bytes.size());
  raw(bytes);
}

void Writer::value_type(ValueCode type) {
  byte(type.code());
  if (type.has_heap_type()) heap_type(type);
}

void Writer::heap_type(ValueCode type) {
  if (type.is_concrete()) {
    signed_leb(type.type_index());
  } else {
    byte(type.heap_code());
  }
}

void Writer::block_type(const BlockType& type) {
  switch (type.kind) {
    case BlockType::Kind::kEmpty: byte(kEmptyBlock); return;
    case BlockType::Kind::kValue: value_type(type.value); return;
    case BlockType::Kind::kType: signed_leb(type.type); return;
  }
}

void Writer::limits(const MemoryType& type) {
  using namespace limit_flags;
  const bool has_page_size = type.page_bytes != MemoryType{}.page_bytes;
  byte(static_cast<std::uint8_t>((type.maximum ? kHasMaximum : 0) | (type.is_shared ? kIsShared : 0) |
                                 (type.is_64 ? kIs64 : 0) | (has_page_size ? kHasPageSize : 0)));
  unsigned_leb(type.minimum);
  if (type.maximum) unsigned_leb(*type.maximum);
  if (has_page_size) unsigned_leb(static_cast<unsigned>(std::countr_zero(type.page_bytes)));
}

void Writer::op(Op op) {
  const OperatorInfo& row = info(op);
  if (row.prefix == 0) {
    byte(static_cast<std::uint8_t>(row.code));
    return;
  }
  byte(row.prefix);
  unsigned_leb(row.code);
}

void Writer::op(Op code, std::uint32_t index) {
  op(code);
  unsigned_leb(index);
}

void Writer::i32_const(std::int32_t value) {
  op(Op::kI32Const);
  signed_leb(value);
}

void Writer::i64_const(std::int64_t value) {
  op(Op::kI64Const);
  signed_leb(value);
}

void Writer::operator_(const Operator& read) {
  op(read.op);
  immediates(info(read.op).immediate, read);
}

void Writer::immediates(Immediate immediate, const Operator& read) {
  switch (immediate) {
    case Immediate::kNone: return;
    case Immediate::kBlockType: block_type(read.block); return;
    case Immediate::kLabel: case Immediate::kLocal: case Immediate::kGlobal:
    case Immediate::kFunction: case Immediate::kType: case Immediate::kTable:
    case Immediate::kMemory: case Immediate::kData: case Immediate::kElement:
    case Immediate::kTag:
      unsigned_leb(read.index);
      return;
    case Immediate::kTypeTable: case Immediate::kTypeField: case Immediate::kTypeCount:
    case Immediate::kTypeData: case Immediate::kTypeElement: case Immediate::kTypeType:
    case Immediate::kDataMemory: case Immediate::kMemoryMemory: case Immediate::kElementTable:
    case Immediate::kTableTable:
      unsigned_leb(read.index);
      unsigned_leb(read.index2);
      return;
    case Immediate::kBranchTable: labels(read); return;
    case Immediate::kSelectTypes: types(read); return;
    case Immediate::kI32: signed_leb(read.as_i32()); return;
    case Immediate::kI64: signed_leb(read.as_i64()); return;
    case Immediate::kF32: fixed(read.bits, 4); return;
    case Immediate::kF64: fixed(read.bits, 8); return;
    case Immediate::kV128: case Immediate::kShuffle: raw(read.tail); return;
    case Immediate::kLane: byte(static_cast<std::uint8_t>(read.index)); return;
    case Immediate::kMemoryArgument: memory_argument(read); return;
    case Immediate::kMemoryArgumentLane:
      memory_argument(read);
      byte(static_cast<std::uint8_t>(read.index2));
      return;
    case Immediate::kHeapType: heap_type(read.type); return;
    case Immediate::kBranchCast: branch_cast(read); return;
    case Immediate::kTryTable:
      block_type(read.block);
      catches(read);
      return;
    case Immediate::kFence: byte(0); return;
  }
}

void Writer::memory_argument(const Operator& read) {
  unsigned_leb(read.align | (read.index != 0 ? kMemoryFlag : 0));
  if (read.index != 0) unsigned_leb(read.index);
  unsigned_leb(read.bits);
}

void Writer::labels(const Operator& br_table) {
  unsigned_leb(br_table.index);
  for_each_label(br_table, [this](std::uint32_t label) { unsigned_leb(label); });
}

void Writer::types(const Operator& select) {
  unsigned_leb(select.index);
  for (Cursor in(select.tail); !in.at_end();) value_type(in.value_type());
}

void Writer::catches(const Operator& try_table) {
  unsigned_leb(try_table.index);
  for_each_catch(try_table, [this](const Catch& clause) {
    byte(static_cast<std::uint8_t>(clause.kind));
    if (clause.has_tag()) unsigned_leb(clause.tag);
    unsigned_leb(clause.label);
  });
}

void Writer::branch_cast(const Operator& read) {
  const unsigned flags = (read.type.is_nullable() ? 1U : 0U) | (read.type2.is_nullable() ? 2U : 0U);
  byte(static_cast<std::uint8_t>(flags));
  unsigned_leb(read.index);
  heap_type(read.type);
  heap_type(read.type2);
}

void ModuleWriter::replace(SectionId id, Bytes contents) {
  const auto found = std::ranges::find(replacements_, id, &Replacement::id);
  if (found != replacements_.end()) {
    found->contents = std::move(contents);
  } else {
    replacements_.push_back({.id = id, .contents = std::move(contents)});
  }
}

void ModuleWriter::append(SectionId id, std::uint32_t count, ByteSpan entries) {
  extend(id, count, {}, entries);
}

void ModuleWriter::prepend(SectionId id, std::uint32_t count, ByteSpan entries) {
  extend(id, count, entries, {});
}

void ModuleWriter::extend(SectionId id, std::uint32_t count, ByteSpan before, ByteSpan after) {
  Cursor present(contents_of(id));
  const std::uint32_t present_count = present.at_end() ? 0 : present.u32();
  Writer contents;
  contents.reserve(present.left() + before.size() + after.size() + 5);
  contents.unsigned_leb(std::uint64_t{present_count} + count);
  contents.raw(before);
  contents.raw(present.bytes(present.left()));
  contents.raw(after);
  replace(id, contents.take());
}

void ModuleWriter::add_custom(std::string_view name, ByteSpan contents) {
  Writer section;
  section.name(name);
  section.raw(contents);
  custom_.byte(static_cast<std::uint8_t>(SectionId::kCustom));
  custom_.sized(section.bytes());
}

const ModuleWriter::Replacement* ModuleWriter::find(SectionId id) const {
  const auto found = std::ranges::find(replacements_, id, &Replacement::id);
  return found == replacements_.end() ? nullptr : &*found;
}

ByteSpan ModuleWriter::contents_of(SectionId id) const {
  if (const Replacement* replacement = find(id)) return replacement->contents;
  const Section* section = module_.find_section(id);
  return section == nullptr ? ByteSpan{} : section->contents;
}

bool ModuleWriter::is_dropped(const Section& section) const {
  if (section.is_custom()) {
    return std::ranges::find(dropped_, section.name) != dropped_.end();
  }
  return std::ranges::find(removed_, section.id) != removed_.end();
}

Result<Bytes> ModuleWriter::write() const {
  std::vector<const Replacement*> added;  // what the module had no section for, in order
  for (const Replacement& replacement : replacements_) {
    if (module_.find_section(replacement.id) == nullptr) added.push_back(&replacement);
  }
  std::ranges::sort(added, {}, [](const Replacement* each) { return place_of(each->id); });

  Writer into;
  into.reserve(module_.bytes.size());
  into.raw(module_.bytes.first(kHeaderBytes));
  auto next = added.begin();
  for (const Section& section : module_.sections) {
    if (is_dropped(section)) continue;
    for (; !section.is_custom() && next != added.end(); ++next) {
      if (place_of((*next)->id) > place_of(section.id)) break;
      TRY(write_section(into, (*next)->id, (*next)->contents));
    }
    const Replacement* replacement = section.is_custom() ? nullptr : find(section.id);
    if (replacement == nullptr) {
      into.raw(section.whole);
    } else {
      TRY(write_section(into, section.id, replacement->contents));
    }
  }
  for (; next != added.end(); ++next) {
    TRY(write_section(into, (*next)->id, (*next)->contents));
  }
  into.raw(custom_.bytes());
  return into.take();
}

}  // namespace synapsed::bytecode
