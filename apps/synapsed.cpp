// The command-line tool: the process's own streams, signals and environment, handed down.

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <optional>
#include <span>
#include <string>
#include <system_error>

#include "cli/cli.hpp"
#include "cli/process_interrupts.hpp"

int main(int argc, char** argv) {
  synapsed::cli::ProcessInterrupts interrupts;  // before any thread starts
  std::ios::sync_with_stdio(false);
  synapsed::cli::Streams streams{.in = STDIN_FILENO,
                                 .out = std::cout,
                                 .err = std::cerr,
                                 .out_is_terminal = ::isatty(STDOUT_FILENO) == 1,
                                 .err_is_terminal = ::isatty(STDERR_FILENO) == 1};
  const auto environment = [](const std::string& name) -> std::optional<std::string> {
    const char* value = std::getenv(name.c_str());
    return value == nullptr ? std::nullopt : std::optional<std::string>(value);
  };
  std::error_code unknown;  // without /proc: the path stays empty
  const std::filesystem::path program = std::filesystem::read_symlink("/proc/self/exe", unknown);
  const std::span<const char* const> arguments(argv, static_cast<std::size_t>(argc));
  return synapsed::cli::run_cli(arguments.subspan(argc > 0 ? 1 : 0),
                                {streams, interrupts, environment, program});
}
