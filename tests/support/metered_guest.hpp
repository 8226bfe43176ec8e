#pragma once

/// \file
/// One instance of a module that meters itself, to be called with as much gas as a test likes.
///
/// Thread rule: one thread.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <synapsed/error.hpp>
#include <synapsed/raw_value.hpp>
#include <synapsed/value.hpp>

#include "base/bytes.hpp"
#include "engine/linker.hpp"
#include "engine/module.hpp"
#include "engine/store.hpp"

namespace synapsed::tests {

/// A module without imports, compiled.
class MeteredModule {
 public:
  explicit MeteredModule(ByteSpan wasm);

 private:
  friend class MeteredGuest;
  engine::Module module_;
  engine::PreparedModule prepared_;
};

class MeteredGuest {
 public:
  /// What a test can see of a call.
  struct Seen {
    std::string outcome;         ///< `returned`, `out of gas`, or the name of a trap
    std::int64_t result = 0;     ///< the bits of the first result
    std::int64_t left = 0;       ///< gas; negative when it ran out
    std::uint64_t memory = 0;    ///< a hash of the memory `memory`
    std::int64_t mark = 0;       ///< the exported global `mark`, an i64 that tells how far it came
    std::optional<std::uint64_t> offset;  ///< where a trap happened, in the module that ran

    /// Alike for whoever cannot look into the module.
    [[nodiscard]] bool is_like(const Seen& other) const {
      return outcome == other.outcome && result == other.result && memory == other.memory &&
             mark == other.mark;
    }
  };

  /// A guest that asks for more is given what it lacks and so much on top, as long as there is some
  /// of a call's gas; it starts with no more than that.
  static constexpr std::int64_t kRefillGas = 3;

  /// More than anything costs in tests.
  static constexpr std::int64_t kMuchGas = std::int64_t{1} << 60;

  /// Its start function has been called, with much gas. The module outlives the guest.
  explicit MeteredGuest(const MeteredModule& module);
  MeteredGuest(const MeteredGuest&) = delete;
  MeteredGuest& operator=(const MeteredGuest&) = delete;

  /// Calls an export; arguments are i32 or i64 by the bits.
  Seen call(std::string_view function, const std::vector<std::int64_t>& arguments,
            std::int64_t gas);

  /// The 64-bit number there, in an exported memory.
  [[nodiscard]] std::uint64_t number_at(std::string_view memory, std::uint64_t offset);

 private:
  [[nodiscard]] std::optional<engine::Counter> counter(std::string_view name);
  void install_refill(const engine::ExportIndex& table);
  void refill(std::int64_t missing);
  void set_gas(std::int64_t gas);
  [[nodiscard]] std::int64_t gas_left();

  const MeteredModule& module_;
  engine::Store store_;
  engine::Instance instance_;
  std::optional<engine::Counter> gas_;
  bool refills_ = false;
  std::int64_t reserve_ = 0;  // gas of the call that the guest has not been given
  std::optional<engine::Counter> mark_;
  std::optional<engine::Memory> memory_;
};

}  // namespace synapsed::tests
