#include "bytecode/sections.hpp"

#include <array>
#include <cstring>

#include <fmt/format.h>

#include "base/try.hpp"
#include "bytecode/reader.hpp"

namespace synapsed::bytecode {
namespace {

constexpr std::size_t kSectionsMax = 100'000;
constexpr std::size_t kEntriesMax = 1'000'000;  // of one section: the engine's own bound
constexpr std::array kMagic{std::byte{0}, std::byte{'a'}, std::byte{'s'}, std::byte{'m'}};

constexpr std::array<std::string_view, 14> kSectionNames{
    "custom", "type",   "import",  "function", "table", "memory",     "global",
    "export", "start",  "element", "code",     "data",  "data count", "tag"};

enum SectionId : std::uint8_t {
  kCustom = 0, kImport = 2, kFunction = 3, kTable = 4, kMemory = 5, kStart = 8
};
enum ImportKind : std::uint8_t {
  kFunctionImport = 0, kTableImport = 1, kMemoryImport = 2, kGlobalImport = 3, kTagImport = 4
};

/// Numbers are printed by the types of `types.hpp`; concrete heap types keep no index.
Result<ValueType> read_value_type(Reader& in) {
  using Kind = ValueType::Kind;
  const auto abstract = [](std::uint8_t code) -> std::optional<HeapType> {
    switch (code) {
      case 0x70: return HeapType::kFunc;
      case 0x6f: return HeapType::kExtern;
      case 0x6e: return HeapType::kAny;
      case 0x6d: return HeapType::kEq;
      case 0x6c: return HeapType::kI31;
      case 0x6b: return HeapType::kStruct;
      case 0x6a: return HeapType::kArray;
      case 0x69: return HeapType::kExn;
      case 0x71: return HeapType::kNone;
      case 0x72: return HeapType::kNoExtern;
      case 0x73: return HeapType::kNoFunc;
      case 0x74: return HeapType::kNoExn;
      default: return std::nullopt;
    }
  };
  const std::uint8_t code = TRY(in.byte());
  switch (code) {
    case 0x7f: return ValueType{.kind = Kind::kI32};
    case 0x7e: return ValueType{.kind = Kind::kI64};
    case 0x7d: return ValueType{.kind = Kind::kF32};
    case 0x7c: return ValueType{.kind = Kind::kF64};
    case 0x7b: return ValueType{.kind = Kind::kV128};
    default: break;
  }
  if (const auto heap = abstract(code)) {
    return ValueType{.kind = Kind::kRef, .nullable = true, .heap = *heap};
  }
  if (code != 0x63 && code != 0x64) return std::unexpected(in.malformed("unknown value type"));
  const Reader before = in;
  const std::uint8_t heap_code = TRY(in.byte());
  if (const auto heap = abstract(heap_code)) {
    return ValueType{.kind = Kind::kRef, .nullable = code == 0x63, .heap = *heap};
  }
  in = before;
  TRY(in.skip_signed(33));
  return ValueType{.kind = Kind::kRef, .nullable = code == 0x63, .heap = HeapType::kConcreteStruct};
}

struct Limits {
  std::uint64_t minimum = 0;
  std::optional<std::uint64_t> maximum;
  bool is_shared = false;
  bool is_64 = false;
  std::uint64_t page_bytes = 65536;
};

Result<Limits> read_limits(Reader& in) {
  const std::uint8_t flags = TRY(in.byte());
  if (flags > 0x0f) return std::unexpected(in.malformed("unknown limits flags"));
  Limits limits{.is_shared = (flags & 2) != 0, .is_64 = (flags & 4) != 0};
  limits.minimum = TRY(in.u64());
  if ((flags & 1) != 0) limits.maximum = TRY(in.u64());
  if ((flags & 8) != 0) {
    const std::uint32_t log2 = TRY(in.u32());
    if (log2 > 16) return std::unexpected(in.malformed("unknown page size"));
    limits.page_bytes = std::uint64_t{1} << log2;
  }
  return limits;
}

Result<MemoryType> read_memory_type(Reader& in) {
  const Limits limits = TRY(read_limits(in));
  return MemoryType{.minimum = limits.minimum,
                    .maximum = limits.maximum,
                    .page_bytes = limits.page_bytes,
                    .is_64 = limits.is_64,
                    .is_shared = limits.is_shared};
}

Result<TableType> read_table_type(Reader& in) {
  const ValueType element = TRY(read_value_type(in));
  const Limits limits = TRY(read_limits(in));
  return TableType{.element = element, .minimum = limits.minimum, .maximum = limits.maximum};
}

/// Skips a constant expression (core specification 3.4.14) up to and with its `end`.
Result<void> skip_constant_expression(Reader& in) {
  while (true) {
    const std::uint8_t opcode = TRY(in.byte());
    switch (opcode) {
      case 0x0b: return {};                                       // end
      case 0x41: TRY(in.skip_signed(32)); break;                  // i32.const
      case 0x42: TRY(in.skip_signed(64)); break;                  // i64.const
      case 0x43: TRY(in.bytes(4)); break;                         // f32.const
      case 0x44: TRY(in.bytes(8)); break;                         // f64.const
      case 0x23: case 0xd2: TRY(in.u32()); break;                 // global.get, ref.func
      case 0xd0: TRY(in.skip_signed(33)); break;                  // ref.null
      case 0x6a: case 0x6b: case 0x6c:                            // i32.add, sub, mul
      case 0x7c: case 0x7d: case 0x7e: break;                     // i64.add, sub, mul
      case 0xfd:                                                  // v128.const
        TRY(in.u32());
        TRY(in.bytes(16));
        break;
      case 0xfb: {                                                // GC constants
        const std::uint32_t gc = TRY(in.u32());
        if (gc <= 1 || gc == 6 || gc == 7) TRY(in.u32());         // struct.new*, array.new*
        if (gc == 8) {                                            // array.new_fixed
          TRY(in.u32());
          TRY(in.u32());
        }
        break;
      }
      default: return std::unexpected(in.malformed("unknown constant instruction"));
    }
  }
}

Result<std::uint32_t> read_count(Reader& in) {
  const std::uint32_t count = TRY(in.u32());
  if (count > kEntriesMax) return std::unexpected(in.malformed("a section has too many entries"));
  return count;
}

Result<void> read_imports(Reader& in, Outline& outline) {
  const std::uint32_t count = TRY(read_count(in));
  for (std::uint32_t i = 0; i < count; ++i) {
    TRY(in.name());
    TRY(in.name());
    switch (TRY(in.byte())) {
      case kFunctionImport: TRY(in.u32()); break;
      case kTableImport: outline.tables.push_back(TRY(read_table_type(in))); break;
      case kMemoryImport: outline.memories.push_back(TRY(read_memory_type(in))); break;
      case kGlobalImport:
        TRY(read_value_type(in));
        TRY(in.byte());
        break;
      case kTagImport:
        TRY(in.byte());
        TRY(in.u32());
        break;
      default: return std::unexpected(in.malformed("unknown kind of import"));
    }
  }
  return {};
}

Result<void> read_tables(Reader& in, Outline& outline) {
  const std::uint32_t count = TRY(read_count(in));
  for (std::uint32_t i = 0; i < count; ++i) {
    const Reader before = in;
    const bool has_initialiser = TRY(in.byte()) == 0x40;
    if (has_initialiser) {
      TRY(in.byte());
    } else {
      in = before;
    }
    outline.tables.push_back(TRY(read_table_type(in)));
    if (has_initialiser) TRY(skip_constant_expression(in));
  }
  return {};
}

Result<void> read_memories(Reader& in, Outline& outline) {
  const std::uint32_t count = TRY(read_count(in));
  for (std::uint32_t i = 0; i < count; ++i) {
    outline.memories.push_back(TRY(read_memory_type(in)));
  }
  return {};
}

Result<void> read_contents(const Section& section, Outline& outline) {
  Reader in(section.contents, section.offset);
  switch (section.id) {
    case kImport: return read_imports(in, outline);
    case kTable: return read_tables(in, outline);
    case kMemory: return read_memories(in, outline);
    case kFunction: outline.functions = TRY(read_count(in)); return {};
    case kStart: outline.has_start_function = true; return {};
    default: return {};
  }
}

Result<Section> read_section(Reader& in) {
  Section section;
  section.id = TRY(in.byte());
  if (section.id >= kSectionNames.size()) {
    return std::unexpected(in.malformed(fmt::format("unknown section {}", section.id)));
  }
  const std::uint32_t size = TRY(in.u32());
  section.offset = in.offset();
  section.contents = TRY(in.bytes(size));
  section.name = section_name(section.id);
  if (section.id != kCustom) return section;
  Reader custom(section.contents, section.offset);
  section.name = TRY(custom.name());
  section.contents = section.contents.subspan(
      static_cast<std::size_t>(custom.offset() - section.offset));
  section.offset = custom.offset();
  return section;
}

}  // namespace

bool has_magic(ByteSpan bytes) {
  return bytes.size() >= kMagic.size() &&
         std::memcmp(bytes.data(), kMagic.data(), kMagic.size()) == 0;
}

Result<void> check_header(ByteSpan bytes) {
  if (bytes.empty()) {
    return std::unexpected(Error(ErrorCode::kLoadEmpty, "the module is empty")
                               .help("a binary module starts with the bytes 00 61 73 6d"));
  }
  if (bytes.size() < kMagic.size() &&
      std::memcmp(bytes.data(), kMagic.data(), bytes.size()) == 0) {
    return std::unexpected(Error(ErrorCode::kLoadTruncated, "the module ends inside its header")
                               .at(fmt::format("offset {:#x}", bytes.size())));
  }
  if (!has_magic(bytes)) {
    return std::unexpected(
        Error(ErrorCode::kLoadNotWasm, "this is not a WebAssembly module")
            .at("offset 0x0")
            .help("a binary module starts with the bytes 00 61 73 6d; the text format with ("));
  }
  if (bytes.size() < 8) {
    return std::unexpected(Error(ErrorCode::kLoadTruncated, "the module ends inside its header")
                               .at(fmt::format("offset {:#x}", bytes.size())));
  }
  std::uint16_t version = 0;
  std::uint16_t layer = 0;
  std::memcpy(&version, bytes.data() + 4, 2);
  std::memcpy(&layer, bytes.data() + 6, 2);
  if (layer == 1) {
    return std::unexpected(
        Error(ErrorCode::kLoadIsComponent, "this is a component, and a core module is needed")
            .at("offset 0x6")
            .help("build the program for wasm32-wasip1, or extract its core module"));
  }
  if (version != 1 || layer != 0) {
    return std::unexpected(
        Error(ErrorCode::kLoadWrongVersion,
              fmt::format("the binary format has version {}.{}, and 1.0 is needed", version, layer))
            .at("offset 0x4"));
  }
  return {};
}

std::string_view section_name(std::uint8_t id) { return kSectionNames.at(id); }

Result<Outline> read_outline(ByteSpan module) {
  TRY(check_header(module));
  Outline outline;
  Reader in(module.subspan(8), 8);
  while (!in.at_end()) {
    if (outline.sections.size() == kSectionsMax) {
      return std::unexpected(in.malformed("too many sections"));
    }
    outline.sections.push_back(TRY(read_section(in)));
    TRY(read_contents(outline.sections.back(), outline));
  }
  return outline;
}

}  // namespace synapsed::bytecode
