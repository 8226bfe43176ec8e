#pragma once

/// \file
/// The exit codes of the command line, once: `synapsed --help` prints this table and
/// docs/reference/command-line.md repeats it. 1 to 125 belong to the guest.

#include <array>
#include <string_view>

#include <synapsed/error.hpp>

namespace synapsed::cli {

inline constexpr int kSuccess = 0;
inline constexpr int kInterrupted = 130;  // 128 + SIGINT, as shells count
inline constexpr int kBadUsage = 240;
inline constexpr int kBadInput = 241;
inline constexpr int kGuestTrap = 242;
inline constexpr int kLimitReached = 243;
inline constexpr int kHostFault = 244;

struct ExitCodeRow {
  std::string_view codes;
  std::string_view meaning;
};

inline constexpr std::array<ExitCodeRow, 9> kExitCodes{{
    {"0", "success"},
    {"1-125", "the guest's own exit code"},
    {"130", "interrupted (SIGINT, Ctrl-C)"},
    {"143", "terminated (SIGTERM)"},
    {"240", "bad usage: the command line itself"},
    {"241", "bad input: the module, its imports or the arguments of the call"},
    {"242", "the guest trapped"},
    {"243", "a limit was reached: time, memory, stack, tables"},
    {"244", "host fault: the machine or the engine"},
}};

constexpr int exit_code_of_signal(int signal) { return 128 + signal; }

constexpr int exit_code_of(ErrorClass error_class) {
  switch (error_class) {
    case ErrorClass::kBadInput:
      return kBadInput;
    case ErrorClass::kGuestTrap:
      return kGuestTrap;
    case ErrorClass::kLimitReached:
      return kLimitReached;
    case ErrorClass::kInterrupted:
      return kInterrupted;
    case ErrorClass::kHostFault:
      return kHostFault;
  }
  return kHostFault;
}

}  // namespace synapsed::cli
