#pragma once

/// \file
/// What the commands have in common: each declares its options on the parser and says what it does
/// once they are read.

#include <functional>
#include <string>
#include <vector>

#include "cli/surroundings.hpp"

namespace CLI {
class App;
}

namespace synapsed::cli {

/// What one invocation gives a command besides its own options.
struct Invocation {
  Surroundings& surroundings;
  std::vector<std::string> guest_arguments;  ///< `run` only: everything after FILE and options
  bool coloured_errors = false;

  [[nodiscard]] Streams& streams() const { return surroundings.streams; }
};

/// Options that every command takes.
struct SharedOptions {
  std::string color = "auto";
  bool no_color = false;
};

struct Command {
  const CLI::App* app = nullptr;              ///< owned by the parser
  std::function<int(const Invocation&)> act;  ///< returns the exit code
};

Command add_run(CLI::App& parent, SharedOptions& shared);
Command add_inspect(CLI::App& parent, SharedOptions& shared);
Command add_check(CLI::App& parent, SharedOptions& shared);
Command add_validate(CLI::App& parent, SharedOptions& shared);
Command add_wat(CLI::App& parent, SharedOptions& shared);
Command add_preinit(CLI::App& parent, SharedOptions& shared);
Command add_stats(CLI::App& parent, SharedOptions& shared);
/// A command for each below `synapsed snapshot`.
std::vector<Command> add_cache(CLI::App& parent, SharedOptions& shared);
std::vector<Command> add_snapshot(CLI::App& parent, SharedOptions& shared);
/// A command for each below `synapsed module`.
std::vector<Command> add_module(CLI::App& parent, SharedOptions& shared);
/// Below `synapsed module`, which `parent` is.
Command add_module_compile(CLI::App& parent, SharedOptions& shared);
Command add_new(CLI::App& parent, SharedOptions& shared);
Command add_config_show(CLI::App& parent, SharedOptions& shared);
// Only with the capability `crypto`: a command for each below `synapsed crypto` and `synapsed keys`.
std::vector<Command> add_crypto(CLI::App& parent, SharedOptions& shared);
std::vector<Command> add_keys(CLI::App& parent, SharedOptions& shared);
// Only with the capability `storage`: a command for each below `synapsed storage`.
std::vector<Command> add_storage(CLI::App& parent, SharedOptions& shared);
Command add_version(CLI::App& parent, SharedOptions& shared);
Command add_completion(CLI::App& parent, SharedOptions& shared);

}  // namespace synapsed::cli
