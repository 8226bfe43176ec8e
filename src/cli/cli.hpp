#pragma once

/// \file
/// The command line as a function.
///
///     Streams streams{.out = std::cout, .err = std::cerr};
///     return run_cli(arguments, {streams, interrupts, environment, program});

#include <span>

#include "cli/surroundings.hpp"

namespace synapsed::cli {

/// Parses `arguments` (without the program's name), runs the command and returns the exit code
/// (see exit_codes.hpp). Does not throw.
int run_cli(std::span<const char* const> arguments, Surroundings surroundings);

}  // namespace synapsed::cli
