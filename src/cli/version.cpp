#include "cli/version.hpp"

#include <memory>
#include <sstream>
#include <string>

#include <fmt/format.h>
#include <synapsed/version.hpp>

#include "cli/command.hpp"
#include "cli/exit_codes.hpp"
#include "cli/json.hpp"
#include "cli/options.hpp"

namespace synapsed::cli {
namespace {

struct Options {
  bool json = false;
};

Json version_json() {
  Json capabilities = Json::array();
  std::istringstream words{std::string(kCapabilities)};
  for (std::string word; words >> word;) capabilities.push_back(word);
  return {{"version", kVersion}, {"engine", kEngine}, {"capabilities", std::move(capabilities)}};
}

int version(const Options& options, const Invocation& invocation) {
  std::ostream& out = invocation.streams().out;
  if (options.json) {
    print_json(out, version_json());
  } else {
    out << version_text();
  }
  return kSuccess;
}

}  // namespace

std::string version_text() {
  return fmt::format("synapsed {}\nengine: {}\ncapabilities: {}\n", kVersion, kEngine,
                     kCapabilities.empty() ? "none" : kCapabilities);
}

Command add_version(CLI::App& parent, SharedOptions& shared) {
  CLI::App& app = *parent.add_subcommand("version", "Show the version, the engine, capabilities");
  const auto options = std::make_shared<Options>();
  app.add_flag("--json", options->json, "Print one JSON object");
  add_shared_options(app, shared);
  return {.app = &app,
          .act = [options](const Invocation& invocation) { return version(*options, invocation); }};
}

}  // namespace synapsed::cli
