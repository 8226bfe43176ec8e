#include "bytecode/sections.hpp"

#include <array>
#include <cstring>

#include <fmt/format.h>

#include "base/try.hpp"
#include "bytecode/reader.hpp"

namespace synapsed::bytecode {
namespace {

constexpr std::array kMagic{std::byte{0}, std::byte{'a'}, std::byte{'s'}, std::byte{'m'}};

constexpr std::array<std::string_view, 14> kSectionNames{
    "custom", "type",   "import",  "function", "table", "memory",     "global",
    "export", "start",  "element", "code",     "data",  "data count", "tag"};

/// By id.
constexpr std::array<std::uint8_t, 14> kPlaces{0, 1, 2, 3, 4, 5, 7, 8, 9, 10, 12, 13, 11, 6};

Result<Section> read_section(Reader& in) {
  Section section;
  const std::size_t start = in.position();
  const std::uint8_t id = TRY(in.byte());
  if (id >= kSectionNames.size()) {
    return std::unexpected(in.malformed(fmt::format("unknown section {}", id)));
  }
  section.id = static_cast<SectionId>(id);
  const std::uint32_t size = TRY(in.u32());
  section.offset = in.offset();
  section.contents = TRY(in.bytes(size));
  section.name = section_name(section.id);
  section.whole = in.since(start);
  if (!section.is_custom()) return section;
  Reader custom(section.contents, section.offset);
  section.name = TRY(custom.name());
  section.contents = section.contents.subspan(custom.position());
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

std::string_view section_name(SectionId id) {
  return kSectionNames[static_cast<std::size_t>(id)];
}

bool speaks_of_offsets(std::string_view name) {
  return name.starts_with(".debug_") || name.starts_with("metadata.code.") ||
         name.starts_with("reloc.") || name == "linking" || name == "sourceMappingURL" ||
         name == "external_debug_info";
}

unsigned place_of(SectionId id) { return kPlaces[static_cast<std::size_t>(id)]; }

Result<std::vector<Section>> read_sections(ByteSpan module, const ReadLimits& limits) {
  TRY(check_header(module));
  if (module.size() > limits.module_bytes) {
    return std::unexpected(Error(ErrorCode::kLoadTooLarge,
                                 fmt::format("the module has {} bytes, and may have {}",
                                             module.size(), limits.module_bytes)));
  }
  std::vector<Section> sections;
  unsigned last = 0;
  Reader in(module.subspan(kHeaderBytes), kHeaderBytes);
  while (!in.at_end()) {
    const Reader before = in;
    if (sections.size() == limits.sections) {
      return std::unexpected(in.malformed(
          fmt::format("there are more than {} sections", limits.sections)));
    }
    sections.push_back(TRY(read_section(in)));
    if (sections.back().is_custom()) continue;
    const unsigned place = place_of(sections.back().id);
    if (place <= last) {
      return std::unexpected(before.malformed(
          fmt::format("section \"{}\" stands twice or too late", sections.back().name)));
    }
    last = place;
  }
  return sections;
}

}  // namespace synapsed::bytecode
