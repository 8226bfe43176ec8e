#pragma once

/// \file
/// The gas pass against its references, on one call: at plenty of gas, and at every limit up to
/// what the call costs.

#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "bytecode/gas/instrument.hpp"
#include "tests/support/metered_guest.hpp"
#include "tests/support/reference_gas.hpp"
#include "tests/support/results.hpp"

namespace synapsed::bytecode::test {

using Arguments = std::vector<std::int64_t>;

/// What a module does and costs, after the pass and after each reference.
class Compared {
 public:
  using Seen = tests::MeteredGuest::Seen;

  explicit Compared(std::string_view wat, const GasSchedule& schedule = default_gas_schedule())
      : wasm_(synapsed::test::must(wat_to_wasm(wat))),
        plain_(wasm_),
        passed_(synapsed::test::must(instrument(wasm_, {.gas = schedule})).module),
        refilled_(synapsed::test::must(
                      instrument(wasm_, {.gas = schedule, .refills = true})).module),
        placed_(reference(tests::Reference::kPlaced, schedule)),
        counting_(reference(tests::Reference::kCounting, schedule)) {}

  /// Compares in everything and returns the gas. What a call does to its instance stays, so that
  /// each is made in a new one.
  std::int64_t check(std::string_view function, const Arguments& arguments) {
    SCOPED_TRACE(fmt::format("{}({})", function, fmt::join(arguments, ", ")));
    const Seen plain = call(plain_, function, arguments, 0);
    const Seen seen = call(passed_, function, arguments, kMuch);
    check_refilled(seen, function, arguments, kMuch);
    const Seen placed = call(placed_, function, arguments, kMuch);
    const Seen counted = call(counting_, function, arguments, kMuch);
    EXPECT_TRUE(seen.is_like(plain)) << story(seen) << " instead of " << story(plain);
    EXPECT_TRUE(placed.is_like(plain)) << story(placed) << " instead of " << story(plain);
    EXPECT_TRUE(counted.is_like(plain)) << story(counted) << " instead of " << story(plain);
    if (seen.outcome == "returned") {
      EXPECT_EQ(kMuch - seen.left, kMuch - counted.left);
    }
    if (!is_fault(seen)) {
      EXPECT_EQ(kMuch - seen.left, kMuch - placed.left);
    }
    const std::int64_t gas = kMuch - placed.left;
    for (const std::int64_t limit : limits_up_to(gas)) {
      const Seen ours = call(passed_, function, arguments, limit);
      check_refilled(ours, function, arguments, limit);
      const Seen theirs = call(placed_, function, arguments, limit);
      EXPECT_TRUE(ours.is_like(theirs))
          << "with " << limit << " gas: " << story(ours) << " instead of " << story(theirs);
      if (theirs.outcome == "returned") {
        EXPECT_EQ(ours.left, theirs.left) << "of " << limit;
      }
      EXPECT_EQ(theirs.outcome == "out of gas", limit < gas) << "with " << limit;
    }
    return gas;
  }

 private:
  static constexpr std::int64_t kMuch = tests::MeteredGuest::kMuchGas;
  static constexpr std::int64_t kEveryLimit = 300;

  Bytes reference(tests::Reference which, const GasSchedule& schedule) const {
    return synapsed::test::must(tests::reference_gas(wasm_, which, schedule));
  }

  /// A guest that gets its gas in small amounts sees and costs the same.
  void check_refilled(const Seen& ours, std::string_view function, const Arguments& arguments,
                      std::int64_t limit) const {
    const Seen refilled = call(refilled_, function, arguments, limit);
    EXPECT_TRUE(refilled.is_like(ours))
        << "with " << limit << " gas: " << story(refilled) << " instead of " << story(ours);
    if (is_fault(ours) || is_fault(refilled)) return;
    EXPECT_EQ(refilled.left, ours.left) << "of " << limit;
  }

  static Seen call(const tests::MeteredModule& module, std::string_view function, const Arguments& arguments,
                   std::int64_t gas) {
    return tests::MeteredGuest(module).call(function, arguments, gas);
  }
  static bool is_fault(const Seen& seen) {
    return seen.outcome != "returned" && seen.outcome != "trap.unreachable";
  }
  /// Each, or of a call that costs more the first, the last, and some between.
  static std::vector<std::int64_t> limits_up_to(std::int64_t gas) {
    std::vector<std::int64_t> limits;
    const std::int64_t step = gas <= kEveryLimit ? 1 : gas / 61;
    for (std::int64_t limit = 0; limit < gas; limit += step) limits.push_back(limit);
    if (gas > 0) limits.push_back(gas - 1);
    limits.push_back(gas);
    limits.push_back(gas + 1);
    return limits;
  }
  static std::string story(const Seen& seen) {
    return fmt::format("{} {} (mark {}, memory {:x})", seen.outcome, seen.result, seen.mark,
                       seen.memory);
  }

  Bytes wasm_;
  tests::MeteredModule plain_;
  tests::MeteredModule passed_;
  tests::MeteredModule refilled_;
  tests::MeteredModule placed_;
  tests::MeteredModule counting_;
};

}  // namespace synapsed::bytecode::test
