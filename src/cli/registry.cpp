#include "cli/registry.hpp"

#include <fmt/format.h>

#include "base/try.hpp"
#include "cli/options.hpp"

namespace synapsed::cli {
namespace {

Result<std::string> directory_of(const RegistryAccess& access, const Environment& environment) {
  if (access.directory) return *access.directory;
  const auto given = [&](const char* name) { return environment(name).value_or(""); };
  if (const auto named = given("SYNAPSED_REGISTRY"); !named.empty()) return named;
  if (const auto data = given("XDG_DATA_HOME"); !data.empty()) {
    return fmt::format("{}/synapsed/registry", data);
  }
  if (const auto home = given("HOME"); !home.empty()) {
    return fmt::format("{}/.local/share/synapsed/registry", home);
  }
  return std::unexpected(
      Error(ErrorCode::kInvalidConfig, "no registry is named").help("name one with --registry DIR"));
}

}  // namespace

void add_registry_access(CLI::App& app, RegistryAccess& access) {
  add_value(app, "--registry", access.directory, "DIR",
            "The registry (or the variable SYNAPSED_REGISTRY; default: one for this user)");
}

Result<ModuleRegistry> open_registry(const RegistryAccess& access, const Invocation& invocation) {
  const std::string directory =
      TRY(directory_of(access, invocation.surroundings.environment));
  return ModuleRegistry::open(directory);
}

RuntimeConfig config_to_load(RuntimeConfig config) {
  config.pooling.enable = false;
  config.security.unknown_imports = UnknownImports::kTrap;
  return config;
}

}  // namespace synapsed::cli
