#include "bytecode/gas/loop_heads.hpp"

#include <gtest/gtest.h>

#include "tests/unit/bytecode/gas/charges.hpp"
#include "tests/unit/bytecode/gas/compare.hpp"

namespace synapsed::bytecode {
namespace {

using synapsed::test::must;
using test::Compared;
using test::first_charges;
using test::ones;

struct Moved {
  std::vector<HeadCharge> heads;
  std::vector<Charge> before;
  std::vector<Charge> after;
};

/// The heads of all loops of a module's first function.
Moved moved_in(std::string_view wat) {
  const Bytes wasm = must(wat_to_wasm(wat));
  const Module module = must(read_module(wasm));
  Moved moved{.before = first_charges(module)};
  moved.after = moved.before;
  moved.heads = move_to_heads(moved.after, [](std::uint32_t) { return true; });
  return moved;
}

// --- Which loops. ---

TEST(LoopHeads, TakeTheLeastOfAllWaysBack) {
  // The way back in the middle costs less than the one at the end.
  const Moved moved = moved_in(R"((module (func (param $a i32)
    (loop
      (br_if 0 (local.get $a))
      (br_if 0 (i32.add (i32.add (local.get $a) (i32.const 1)) (i32.const 2)))))))");
  ASSERT_EQ(moved.heads.size(), 1U);
  EXPECT_EQ(moved.heads[0].first, 0U);
  EXPECT_GT(moved.heads[0].amount, 0U);
  ASSERT_EQ(moved.before.size(), 3U);  // the entry's, and both ways back
  EXPECT_EQ(moved.heads[0].amount, moved.before[1].amount);
  ASSERT_EQ(moved.after.size(), 2U);
  EXPECT_EQ(moved.after[1].place, moved.before[2].place);
  EXPECT_EQ(moved.after[1].amount, moved.before[2].amount - moved.before[1].amount);
}

TEST(LoopHeads, AreOfLoopsWhoseRoundsAllPay) {
  // The way back at the end has paid where the loop was not left.
  EXPECT_TRUE(moved_in(R"((module (func (param $a i32)
    (block (loop (br_if 1 (local.get $a)) (br 0))))))").heads.empty());
  EXPECT_TRUE(moved_in(R"((module (func (param $a i32)
    (block (loop (br_if 0 (local.get $a)) (br_if 1 (local.get $a)) (br 0))))))").heads.empty());
  // Nothing goes back.
  EXPECT_TRUE(moved_in(R"((module (func (param $a i32) (loop (nop)))))").heads.empty());
}

TEST(LoopHeads, AreOfEachLoopInOrder) {
  const Moved moved = moved_in(R"((module (func (param $a i32)
    (loop
      (loop (br_if 0 (local.get $a)))
      (loop (nop) (nop) (br_if 0 (local.get $a)))
      (br_if 0 (local.get $a))))))");
  ASSERT_EQ(moved.heads.size(), 3U);
  EXPECT_LT(moved.heads[0].first, moved.heads[1].first);
  EXPECT_LT(moved.heads[1].first, moved.heads[2].first);
  EXPECT_EQ(moved.heads[2].amount, moved.heads[1].amount + 2);
}

TEST(LoopHeads, AreOnlyOfTheChosen) {
  const Bytes wasm = must(wat_to_wasm(R"((module (func (param $a i32)
    (loop (loop (br_if 0 (local.get $a))) (br_if 0 (local.get $a))))))"));
  const Module module = must(read_module(wasm));
  std::vector<Charge> charges = first_charges(module);
  const auto heads = move_to_heads(charges, [](std::uint32_t first) { return first == 1; });
  ASSERT_EQ(heads.size(), 1U);
  EXPECT_EQ(heads[0].first, 1U);
  EXPECT_EQ(charges.size(), 2U);  // the entry's, and the outer loop's
}

// --- What they cost: as the reference says, at each limit. ---

/// `count` visits numbers from `n` down, calls for each, and goes back from three places.
constexpr std::string_view kThreeWaysBack = R"((module
  (memory (export "memory") 1)
  (global $mark (export "mark") (mut i64) (i64.const 0))
  (func $note (param $n i32)
    (global.set $mark (i64.add (global.get $mark) (i64.extend_i32_u (local.get $n)))))
  (func (export "count") (param $n i32) (param $odd i32) (result i32) (local $sum i32)
    (block $out
      (loop $l
        (call $note (local.get $n))
        (local.set $n (i32.sub (local.get $n) (i32.const 1)))
        (br_if $out (i32.lt_s (local.get $n) (i32.const 0)))
        (block $two
          (block $one
            (block $none
              (br_table $none $one $two $l (i32.and (local.get $n) (local.get $odd))))
            (local.set $sum (i32.add (local.get $sum) (i32.const 5)))
            (br_if $l (local.get $n)))
          (local.set $sum (i32.mul (local.get $sum) (i32.const 3)))
          (i32.store (i32.const 0) (local.get $sum))
          (br_if $l (i32.and (local.get $sum) (i32.const 1))))
        (br_if $l (i32.gt_s (local.get $n) (i32.const 1)))))
    (local.get $sum))))";

TEST(LoopHeads, CostWhatTheWaysBackDo) {
  for (const GasSchedule& schedule : {ones(), default_gas_schedule()}) {
    Compared guest(kThreeWaysBack, schedule);
    for (const std::int64_t n : {0, 1, 2, 3, 9}) {
      for (const std::int64_t odd : {0, 1, 3, 7}) guest.check("count", {n, odd});
    }
  }
}

TEST(LoopHeads, StandInOneAnother) {
  Compared guest(R"((module
    (memory (export "memory") 1)
    (global $mark (export "mark") (mut i64) (i64.const 0))
    (func $note (global.set $mark (i64.add (global.get $mark) (i64.const 1))))
    (func (export "run") (param $rows i32) (param $columns i32) (result i32) (local $c i32) (local $sum i32)
      (loop $row
        (local.set $c (local.get $columns))
        (loop $column
          (call $note)
          (local.set $sum (i32.add (local.get $sum) (local.get $c)))
          (local.set $c (i32.shr_u (local.get $c) (i32.const 1)))
          (br_if $row (i32.eq (local.get $sum) (i32.const 11)))
          (br_if $column (local.get $c)))
        (local.set $rows (i32.shr_u (local.get $rows) (i32.const 1)))
        (br_if $row (local.get $rows)))
      (local.get $sum))))",
                 ones());
  for (const std::int64_t rows : {0, 1, 4}) {
    for (const std::int64_t columns : {0, 1, 5, 8, 11}) guest.check("run", {rows, columns});
  }
}

/// What was given for the first round is not left over where the loop faults in it.
TEST(LoopHeads, FaultInTheFirstRound) {
  Compared guest(R"((module
    (memory (export "memory") 1)
    (global $mark (export "mark") (mut i64) (i64.const 0))
    (func $note (global.set $mark (i64.add (global.get $mark) (i64.const 1))))
    (func (export "run") (param $p i32) (result i32) (local $sum i32)
      (loop $l
        (call $note)
        (local.set $sum (i32.add (local.get $sum) (i32.load (local.get $p))))
        (local.set $p (i32.shl (local.get $p) (i32.const 8)))
        (if (i32.eq (local.get $p) (i32.const 512)) (then (unreachable)))
        (br_if $l (local.get $p)))
      (local.get $sum))))",
                 ones());
  for (const std::int64_t p : {0, 1, 2, 65536}) guest.check("run", {p});
}

}  // namespace
}  // namespace synapsed::bytecode
