#include "bytecode/names.hpp"

#include <algorithm>
#include <utility>

#include "bytecode/cursor.hpp"

namespace synapsed::bytecode {
namespace {

enum Subsection : std::uint8_t { kModuleName = 0, kFunctionNames = 1 };

/// The contents of a subsection of the name section; empty when there is none.
ByteSpan find_subsection(const Module& module, Subsection wanted) {
  const Section* names = module.find_custom("name");
  if (names == nullptr) return {};
  Cursor in(names->contents);
  while (!in.at_end()) {
    const std::uint8_t id = in.byte();
    const ByteSpan contents = in.bytes(in.u32());
    if (in.fault() == Cursor::Fault::kNone && id == wanted) return contents;
  }
  return {};
}

}  // namespace

std::vector<FunctionName> read_function_names(const Module& module) {
  std::vector<FunctionName> names;
  const ByteSpan contents = find_subsection(module, kFunctionNames);
  if (contents.empty()) return names;
  Cursor in(contents);
  for (std::uint32_t left = in.u32(); left != 0; --left) {
    const std::uint32_t function = in.u32();
    const ByteSpan name = in.bytes(in.u32());
    if (in.fault() != Cursor::Fault::kNone) break;
    if (function >= module.functions.size()) continue;
    names.push_back({.function = function,
                     .offset = static_cast<std::uint32_t>(module.offset_of(name)),
                     .size = static_cast<std::uint32_t>(name.size())});
  }
  std::ranges::sort(names, {}, [](const FunctionName& name) {
    return std::pair(name.function, name.offset);  // of several, the first counts
  });
  const auto again = std::ranges::unique(names, {}, &FunctionName::function);
  names.erase(again.begin(), again.end());
  return names;
}

std::string_view read_module_name(const Module& module) {
  Cursor in(find_subsection(module, kModuleName));
  return as_text(in.bytes(in.u32()));
}

}  // namespace synapsed::bytecode
