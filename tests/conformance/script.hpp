#pragma once

/// \file
/// Running one script of the test suite: its commands in order, each against what it expects.
///
/// Thread rule: one thread.

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "engine/engine.hpp"
#include "tests/support/passes.hpp"

namespace synapsed::tests {

struct Failure {
  std::uint64_t line = 0;
  std::string what;
};

/// What came of a script. Every command is in exactly one of the counts or the failures.
struct Report {
  std::uint64_t passed = 0;       ///< assertions that hold
  std::uint64_t text_passed = 0;  ///< of these, assertions on the text format alone
  std::uint64_t done = 0;         ///< commands that assert nothing: modules, registrations, actions
  std::uint64_t skipped = 0;      ///< threads
  std::vector<Failure> failures;
};

/// Runs the script in `folder`. Every valid module goes through `pass` before it is compiled; null
/// runs them as they are. Error: `load.unreadable`, when the folder does not hold a script.
[[nodiscard]] Result<Report> run_script(const engine::Engine& engine,
                                        const std::filesystem::path& folder, const Pass* pass);

}  // namespace synapsed::tests
