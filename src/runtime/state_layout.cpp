#include "runtime/state_layout.hpp"

#include <algorithm>
#include <charconv>
#include <string_view>

#include "bytecode/reserved_names.hpp"

namespace synapsed {
namespace {

/// Adds the export to the parts when it has that prefix and a number behind it.
template <typename Type>
bool add(StateLayout::Parts<Type>& parts, std::string_view prefix, const ExportType& exported,
         const engine::Module& module) {
  if (!exported.name.starts_with(prefix)) return false;
  const std::string_view number = std::string_view(exported.name).substr(prefix.size());
  std::uint32_t index = 0;
  std::from_chars(number.data(), number.data() + number.size(), index);
  parts.push_back({.index = index,
                   .where = module.find_export(exported.name).value(),
                   .type = std::get<Type>(exported.type)});
  return true;
}

template <typename... Parts>
void sort(Parts&... parts) {
  (std::ranges::sort(parts, {}, [](const auto& part) { return part.index; }), ...);
}

}  // namespace

StateLayout state_layout_of(const engine::Module& module) {
  StateLayout layout;
  for (const ExportType& exported : module.exports()) {
    if (!exported.name.starts_with(bytecode::kReservedPrefix)) continue;
    if (exported.name == bytecode::kDropExport) layout.drop = module.find_export(exported.name);
    static_cast<void>(
        add(layout.globals, bytecode::kGlobalExport, exported, module) ||
        add(layout.tables, bytecode::kTableExport, exported, module) ||
        add(layout.memories, bytecode::kMemoryExport, exported, module) ||
        add(layout.functions, bytecode::kFunctionExport, exported, module) ||
        add(layout.data_flags, bytecode::kDataDroppedExport, exported, module) ||
        add(layout.element_flags, bytecode::kElementDroppedExport, exported, module));
  }
  sort(layout.globals, layout.tables, layout.memories, layout.functions, layout.data_flags,
       layout.element_flags);
  return layout;
}

}  // namespace synapsed
