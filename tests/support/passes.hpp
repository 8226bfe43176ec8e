#pragma once

/// \file
/// The passes over bytecode that promise not to change what a module does: what the conformance
/// tests, the random modules and the benchmarks run beside the module as it was.
///
/// Thread rule: values; a pass may be applied from several threads at once.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <synapsed/error.hpp>
#include <synapsed/value.hpp>

namespace synapsed::tests {

/// The global that a metered module exports: an i64 to set before calling, negative once exhausted.
inline constexpr std::string_view kGasExport = "synapsed:gas";
/// The table of one function that a module calls where it lacks gas.
inline constexpr std::string_view kRefillExport = "synapsed:refill";
/// What the original called when it was instantiated: called once the gas is set.
inline constexpr std::string_view kStartExport = "synapsed:start";

struct Pass {
  /// What of its gas is that of the first pass.
  enum class Gas : std::uint8_t {
    kAlike,   ///< of every call, and where it runs out
    kInTotal,  ///< of calls that return
  };

  std::string name;
  std::function<Result<Bytes>(std::span<const std::byte>)> apply;
  Gas gas = Gas::kAlike;
};

/// The passes to compare with the module as it was, and in their gas with each other. The first is
/// the one that is measured; the others are its references. Empty in a build that has none.
[[nodiscard]] std::vector<Pass> passes();

}  // namespace synapsed::tests
