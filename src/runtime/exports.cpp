#include "runtime/exports.hpp"

#include <algorithm>
#include <optional>
#include <vector>

#include <fmt/format.h>

#include "runtime/suggest.hpp"

namespace synapsed {

Result<const ExportedFunction*> find_function(const LoadedModule& module, std::string_view name) {
  const auto found = module.functions.find(name);
  if (found != module.functions.end()) return &found->second;
  const auto& exports = module.info.exports;
  const auto other = std::ranges::find(exports, name, &ExportType::name);
  if (other != exports.end()) {
    return std::unexpected(Error(ErrorCode::kNotAFunction,
                                 fmt::format("export \"{}\" is a {}, not a function", name,
                                             kind_name(other->type)))
                               .at(module.info.name));
  }
  std::vector<std::string_view> names;
  names.reserve(module.functions.size());
  for (const auto& [exported, function] : module.functions) names.push_back(exported);
  return std::unexpected(
      Error(ErrorCode::kUnknownExport, fmt::format("no function \"{}\" is exported", name))
          .at(module.info.name)
          .help(suggest(name, names)));
}

Result<engine::Function> find_in(LiveInstance& live, const ExportedFunction& function) {
  std::optional<engine::Function> unkept;
  const bool is_kept = !live.functions.empty();
  std::optional<engine::Function>& found = is_kept ? live.functions[function.number] : unkept;
  if (!found) found = live.store.function(live.instance, function.index);
  if (found) return *found;
  return std::unexpected(Error(ErrorCode::kEngineFault, "an exported function has vanished"));
}

std::string call_place(const LoadedModule& module, std::string_view function) {
  return fmt::format("{}, function \"{}\"", module.info.name, function);
}

}  // namespace synapsed
