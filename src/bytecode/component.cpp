#include "bytecode/component.hpp"

#include "base/try.hpp"
#include "bytecode/reader.hpp"
#include "bytecode/sections.hpp"

namespace synapsed::bytecode {
namespace {

enum ComponentSection : std::uint8_t { kCoreModule = 1, kComponent = 4 };

constexpr std::size_t kModulesMax = 1000;
constexpr std::uint32_t kDepthMax = 100;

Result<void> find_in(ByteSpan component, std::uint64_t base, std::uint32_t depth,
                     std::vector<NestedModule>& found) {
  Reader in(component.subspan(kHeaderBytes), base + kHeaderBytes);
  if (depth > kDepthMax) return std::unexpected(in.malformed("components nest too deep"));
  while (!in.at_end()) {
    const std::uint8_t id = TRY(in.byte());
    const std::uint32_t size = TRY(in.u32());
    const std::uint64_t offset = in.offset();
    const ByteSpan contents = TRY(in.bytes(size));
    if (id == kCoreModule) {
      if (found.size() == kModulesMax) return std::unexpected(in.malformed("too many modules"));
      found.push_back({.offset = offset, .size_bytes = contents.size(), .depth = depth});
    } else if (id == kComponent && is_component(contents)) {
      TRY(find_in(contents, offset, depth + 1, found));
    }
  }
  return {};
}

}  // namespace

bool is_component(ByteSpan bytes) {
  constexpr std::size_t kLayer = 6;
  return bytes.size() >= kHeaderBytes && has_magic(bytes) && bytes[kLayer] == std::byte{1} &&
         bytes[kLayer + 1] == std::byte{0};
}

Result<std::vector<NestedModule>> find_core_modules(ByteSpan component) {
  std::vector<NestedModule> found;
  if (is_component(component)) TRY(find_in(component, 0, 0, found));
  return found;
}

}  // namespace synapsed::bytecode
