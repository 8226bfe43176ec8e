#pragma once

/// \file
/// What is known not to hold, each with its reason: `exceptions.json`.
///
///     {"plain": {"simd/simd_lane:42": "why"}, "instrumented": {"threads/atomic": "why"}}
///
/// A key names a script, or one line of it. What holds for the plain modules holds for the
/// instrumented ones too.
///
/// Thread rule: one thread.

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include <synapsed/error.hpp>

namespace synapsed::tests {

class Exceptions {
 public:
  /// Errors: `load.unreadable`; `config.invalid` for what is no such file.
  [[nodiscard]] static Result<Exceptions> read(const std::filesystem::path& file);

  /// Whether a failure at that line is known; notes that it occurred.
  [[nodiscard]] bool excuse(const std::string& script, std::uint64_t line, bool instrumented);
  /// Those that never occurred: the list says something untrue.
  [[nodiscard]] std::vector<std::string> unused() const;

 private:
  using Occurred = std::map<std::string, bool>;
  Occurred plain_;
  Occurred instrumented_;
};

}  // namespace synapsed::tests
