#include "bytecode/gas/counted_loops.hpp"

#include <array>

#include "tests/support/sanitized.hpp"
#include "tests/unit/bytecode/gas/compare.hpp"

namespace synapsed::bytecode {
namespace {

using synapsed::test::kSanitized;
using synapsed::test::must;
using test::Arguments;
using test::Compared;

std::size_t counted_in(std::string_view wat) {
  const Bytes wasm = must(wat_to_wasm(wat));
  const Module module = must(read_module(wasm));
  const FunctionShape shape =
      must(shape_of(module, default_gas_schedule(), module.bodies.front()));
  return find_counted_loops(shape.loops).size();
}

// --- Which loops are recognised. ---

TEST(CountedLoops, AreFound) {
  EXPECT_EQ(counted_in(R"((module (func (param i32 i32)
    (loop (br_if 0 (i32.lt_u (local.tee 0 (i32.add (local.get 0) (i32.const 1)))
                             (local.get 1)))))))"), 1U);
  EXPECT_EQ(counted_in(R"((module (func (param i32)
    (loop (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))))))"), 1U);
}

TEST(CountedLoops, AreNotWhatCannotBeCounted) {
  // The bound changes.
  EXPECT_EQ(counted_in(R"((module (func (param i32 i32)
    (loop (local.set 1 (local.get 0))
          (br_if 0 (i32.lt_u (local.tee 0 (i32.add (local.get 0) (i32.const 1)))
                             (local.get 1)))))))"), 0U);
  // The step is made on some ways only.
  EXPECT_EQ(counted_in(R"((module (func (param i32 i32)
    (loop (if (local.get 1) (then (local.set 0 (i32.add (local.get 0) (i32.const 1)))))
          (br_if 0 (i32.lt_u (local.get 0) (local.get 1)))))))"), 0U);
  // It calls.
  EXPECT_EQ(counted_in(R"((module (func $f (param i32 i32)
    (loop (call $f (local.get 0) (local.get 1))
          (br_if 0 (i32.lt_u (local.tee 0 (i32.add (local.get 0) (i32.const 1)))
                             (local.get 1)))))))"), 0U);
  // It can be left elsewhere.
  EXPECT_EQ(counted_in(R"((module (func (param i32 i32)
    (block (loop (br_if 1 (local.get 1))
          (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))))))"), 0U);
  // It runs away from its bound.
  EXPECT_EQ(counted_in(R"((module (func (param i32 i32)
    (loop (br_if 0 (i32.lt_u (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))
                             (local.get 1)))))))"), 0U);
}

// --- What they cost: as without being counted, at each limit. ---

struct Pattern {
  std::string_view name;
  std::string body;  ///< operators of the loop, up to its condition
};

/// Every comparison, both ways round, with steps up and down, constant and in the local 2.
std::vector<Pattern> patterns(std::vector<std::string>& names) {
  constexpr std::array kComparisons{"ne",   "lt_s", "lt_u", "le_s", "le_u",
                                    "gt_s", "gt_u", "ge_s", "ge_u"};
  constexpr std::array kSteps{"i32.const 1",  "i32.const 2",  "i32.const 4", "i32.const 3",
                              "i32.const -1", "i32.const -2", "local.get 2"};
  std::vector<Pattern> all;
  for (const std::string_view comparison : kComparisons) {
    for (const std::string_view step : kSteps) {
      for (const std::string_view change : {"add", "sub"}) {
        for (const bool swapped : {false, true}) {
          const std::string variable = fmt::format(
              "(local.tee 0 (i32.{} (local.get 0) ({})))", change, step);
          const std::string condition =
              swapped ? fmt::format("(i32.{} (local.get 1) {})", comparison, variable)
                      : fmt::format("(i32.{} {} (local.get 1))", comparison, variable);
          names.push_back(fmt::format("{} {} {}{}", comparison, change, step,
                                      swapped ? " swapped" : ""));
          all.push_back({.name = {}, .body = condition});
        }
      }
    }
  }
  for (std::size_t i = 0; i < all.size(); ++i) all[i].name = names[i];
  return all;
}

std::string module_of(const std::vector<Pattern>& all) {
  std::string wat = R"((module (global $mark (export "mark") (mut i64) (i64.const 0)))";
  for (const Pattern& pattern : all) {
    wat += fmt::format(
        R"((func (export "{}") (param i32 i32 i32) (result i32)
             (global.set $mark (i64.const 0))
             (loop (global.set $mark (i64.add (global.get $mark) (i64.const 1)))
                   (br_if 0 {}))
             (local.get 0)))",
        pattern.name, pattern.body);
  }
  return wat + ")";
}

/// Where a loop begins and what it is compared with: near, at both ends, past the end, apart by
/// what no step meets.
constexpr std::array<std::array<std::int32_t, 2>, 16> kRanges{{
    {0, 5},
    {5, 0},
    {0, 0},
    {3, 4},
    {0, 8},
    {8, 0},
    {-3, 3},
    {3, -3},
    {INT32_MAX - 3, INT32_MAX},
    {INT32_MAX - 2, INT32_MIN + 2},
    {INT32_MIN + 3, INT32_MIN},
    {INT32_MIN + 2, INT32_MAX - 2},
    {-4, -1},
    {-1, 2},
    {2, -2},
    {INT32_MIN, INT32_MAX},
}};

class CountedLoopCosts : public ::testing::Test {
 protected:
  using Seen = tests::MeteredGuest::Seen;
  /// Loops that go on for longer run out of it.
  static constexpr std::int64_t kLimitMax = 160;

  struct Pair {
    tests::MeteredModule module;
    tests::MeteredGuest guest{module};
    explicit Pair(const Bytes& wasm) : module(wasm) {}
  };

  /// One call at each limit until it returns, and with plenty.
  static void check(Pair& ours, Pair& theirs, const Pattern& pattern, const Arguments& arguments) {
    const auto same_with = [&](std::int64_t limit) {
      const Seen expected = theirs.guest.call(pattern.name, arguments, limit);
      const Seen seen = ours.guest.call(pattern.name, arguments, limit);
      EXPECT_TRUE(seen.is_like(expected) && seen.left == expected.left)
          << fmt::format("{} from {} with {} gas: {} {} after {} iterations, {} left; not {} {} "
                         "after {}, {} left",
                         pattern.name, fmt::join(arguments, ", "), limit, seen.outcome,
                         seen.result, seen.mark, seen.left, expected.outcome, expected.result,
                         expected.mark, expected.left);
      return expected.outcome == "returned";
    };
    std::int64_t limit = 0;
    while (limit < kLimitMax && !same_with(limit)) ++limit;
    same_with(limit + 1);
    same_with(10 * kLimitMax);
  }
};

TEST_F(CountedLoopCosts, AreThoseOfEachIterationAtEveryLimit) {
  std::vector<std::string> names;
  const auto all = patterns(names);
  const Bytes wasm = must(wat_to_wasm(module_of(all)));
  Pair ours(must(instrument(wasm, {})).module);
  Pair theirs(must(tests::reference_gas(wasm, tests::Reference::kPlaced, default_gas_schedule())));
  constexpr std::size_t kEvery = kSanitized ? 11 : 1;
  for (std::size_t i = 0; i < all.size(); i += kEvery) {
    const Pattern& pattern = all[i];
    const bool has_local_step = pattern.body.contains("local.get 2");
    for (const auto& [start, bound] : kRanges) {
      check(ours, theirs, pattern, {start, bound, 1});
      if (!has_local_step) continue;
      for (const std::int32_t step : {0, -1, 3, INT32_MIN, INT32_MAX}) {
        check(ours, theirs, pattern, {start, bound, step});
      }
    }
    if (HasFailure()) break;  // one pattern says enough
  }
}

TEST_F(CountedLoopCosts, AreExactWhenALoopIsLongAndTheGasPlenty) {
  Compared module(R"((module
    (memory (export "memory") 1)
    (func (export "sum") (param i32) (result i32) (local $i i32) (local $sum i32)
      (loop
        (local.set $sum (i32.add (local.get $sum) (i32.load (local.get $i))))
        (i32.store (local.get $i) (local.get $sum))
        (br_if 0 (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 4)))
                           (local.get 0))))
      (local.get $sum))
    (func (export "nested") (param i32 i32) (result i32) (local $i i32) (local $sum i32)
      (loop $outer
        (local.set $i (i32.const 0))
        (loop $inner
          (if (i32.and (local.get $i) (i32.const 1))
            (then (local.set $sum (i32.add (local.get $sum) (i32.const 1))))
            (else (local.set $sum (i32.sub (local.get $sum) (i32.const 3)))))
          (br_if $inner (i32.ne (local.tee $i (i32.add (local.get $i) (i32.const 1)))
                                (local.get 1))))
        (br_if $outer (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
      (local.get $sum))))");
  module.check("sum", {4000});
  module.check("sum", {0});
  module.check("nested", {4, 7});
  module.check("nested", {1, 1});
}

TEST_F(CountedLoopCosts, OfALoopThatFaultsInTheMiddleArePaidAhead) {
  Compared module(R"((module
    (memory (export "memory") 1)
    (global $mark (export "mark") (mut i64) (i64.const 0))
    (func (export "f") (param i32 i32) (result i32)
      (loop
        (i32.store (local.get 0) (local.get 0))
        (global.set $mark (i64.extend_i32_u (local.get 0)))
        (br_if 0 (i32.lt_u (local.tee 0 (i32.add (local.get 0) (i32.const 4)))
                           (local.get 1))))
      (local.get 0))))");
  module.check("f", {65'516, 66'000});
}

}  // namespace
}  // namespace synapsed::bytecode
