#pragma once

/// \file
/// Telling the options of `synapsed run` from the arguments of the guest.

#include <string>
#include <vector>

#include <CLI/CLI.hpp>

namespace synapsed::cli {

struct SplitCommandLine {
  std::vector<std::string> ours;   ///< options and FILE, for the parser
  std::vector<std::string> guest;  ///< passed on as they are
};

/// Splits what follows the word `run`. Options stand before FILE or between FILE and the guest's
/// first argument; from that argument on everything is the guest's. After FILE, `--` ends the
/// options, and a token that reads like a negative number is an argument.
[[nodiscard]] SplitCommandLine split_guest_arguments(const CLI::App& run,
                                                     const std::vector<std::string>& tokens);

}  // namespace synapsed::cli
