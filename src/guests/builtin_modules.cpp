#include "guests/builtin_modules.hpp"

#include <algorithm>
#include <string>

#include <fmt/format.h>

namespace synapsed {
namespace {

std::string known_names() {
  std::string names;
  for (const BuiltinModule& module : builtin_modules()) {
    names += names.empty() ? "" : ", ";
    names += module.name;
  }
  return names;
}

}  // namespace

Result<BuiltinModule> find_builtin_module(std::string_view name) {
  const auto modules = builtin_modules();
  const auto found = std::ranges::find(modules, name, &BuiltinModule::name);
  if (found != modules.end()) return *found;
  Error error(ErrorCode::kUnknownModule, fmt::format("there is no built-in module \"{}\"", name));
  return std::unexpected(std::move(error).help(
      modules.empty() ? "this build has none: it had no Clang for wasm32-wasi when it was configured"
                      : fmt::format("there are: {}", known_names())));
}

}  // namespace synapsed
