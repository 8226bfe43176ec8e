#include "bytecode/gas/unrolled_loops.hpp"

#include "tests/unit/bytecode/gas/charges.hpp"
#include "tests/unit/bytecode/gas/compare.hpp"

namespace synapsed::bytecode {
namespace {

using synapsed::test::must;
using test::Compared;
using test::first_charges;
using test::free_control;
using test::ones;

/// How many loops of a module's first function are unrolled.
std::size_t unrolled_in(std::string_view wat, const GasSchedule& schedule = ones()) {
  const Bytes wasm = must(wat_to_wasm(wat));
  const Module module = must(read_module(wasm));
  FunctionShape shape;
  const auto charges = first_charges(module, schedule, &shape);
  return find_unrolled_loops(module, schedule, shape.loops, charges).size();
}

// --- Which loops. ---

TEST(UnrolledLoops, AreLeftOnlyAtTheirEnd) {
  EXPECT_EQ(unrolled_in(R"((module (memory 1) (func (param $p i32)
    (loop (br_if 0 (i32.load8_u (local.tee $p (i32.add (local.get $p) (i32.const 1)))))))))"), 1U);
  EXPECT_EQ(unrolled_in(R"((module (memory 1) (func (param $p i32)
    (block (loop
      (br_if 1 (i32.load8_u (local.tee $p (i32.add (local.get $p) (i32.const 1)))))
      (br 0))))))"), 0U);
  EXPECT_EQ(unrolled_in(R"((module (memory 1) (func (param $p i32) (result i32)
    (loop (result i32) (local.get $p)
      (br_if 0 (i32.load8_u (local.tee $p (i32.add (local.get $p) (i32.const 1)))))))))"), 0U);
}

TEST(UnrolledLoops, ChargeForNothingButGoingRound) {
  EXPECT_EQ(unrolled_in(R"((module (memory 1) (func (param $p i32)
    (loop
      (if (local.get $p) (then (nop) (nop)))
      (br_if 0 (i32.load8_u (local.tee $p (i32.add (local.get $p) (i32.const 1)))))))))"), 0U);
}

TEST(UnrolledLoops, HaveNothingThatShowsTheGas) {
  EXPECT_EQ(unrolled_in(R"((module (memory 1) (func $f (param $p i32)
    (loop
      (call $f (i32.const 0))
      (br_if 0 (i32.load8_u (local.tee $p (i32.add (local.get $p) (i32.const 1)))))))))"), 0U);
  EXPECT_EQ(unrolled_in(R"((module (memory 1) (func (param $p i32)
    (loop
      (if (local.get $p) (then (unreachable)))
      (br_if 0 (i32.load8_u (local.tee $p (i32.add (local.get $p) (i32.const 1)))))))))",
                        free_control()), 0U);
}

// --- What they cost: as the reference says, at each limit. ---

TEST(UnrolledLoops, EndAfterAnyNumberOfRounds) {
  // Walks along the bytes from 64 on up to a zero.
  Compared guest(R"((module
    (memory (export "memory") 1)
    (data (i32.const 64) "\01\02\03\04\05\06\07\08\09\0a")
    (global $mark (export "mark") (mut i64) (i64.const 0))
    (func (export "walk") (param $p i32) (param $times i32) (result i32) (local $q i32)
      (loop $outer
        (local.set $q (local.get $p))
        (loop $l
          (global.set $mark (i64.add (global.get $mark) (i64.const 1)))
          (br_if $l (i32.load8_u (local.tee $q (i32.add (local.get $q) (i32.const 1))))))
        (br_if $outer (local.tee $times (i32.sub (local.get $times) (i32.const 1)))))
      (local.get $q))))");
  for (std::int64_t at = 63; at <= 75; ++at) {
    for (const std::int64_t times : {1, 2}) guest.check("walk", {at, times});
  }
}

TEST(UnrolledLoops, LeaveOperandsBelowThemAlone) {
  Compared guest(R"((module
    (memory (export "memory") 1)
    (data (i32.const 64) "\01\02\03\04\05\06\07\08\09\0a")
    (func (export "walk") (param $p i32) (result i32)
      (local.get $p)
      (loop $l
        (block (br_if 0 (i32.and (local.get $p) (i32.const 1))))
        (br_if $l (i32.load8_u (local.tee $p (i32.add (local.get $p) (i32.const 1))))))
      (i32.sub (local.get $p)))))");
  for (const std::int64_t at : {63, 64, 68, 69, 70, 71, 72, 73}) guest.check("walk", {at});
}

TEST(UnrolledLoops, FaultAsTheyDid) {
  Compared guest(R"((module
    (memory (export "memory") 1 1)
    (global $mark (export "mark") (mut i64) (i64.const 0))
    (func (export "walk") (param $p i32) (result i32)
      (loop $l
        (global.set $mark (i64.add (global.get $mark) (i64.const 1)))
        (br_if $l (i32.eqz (i32.load8_u (local.tee $p (i32.add (local.get $p) (i32.const 1)))))))
      (local.get $p))))");
  for (const std::int64_t left : {1, 2, 3, 4, 5, 6}) guest.check("walk", {65536 - left});
}

TEST(UnrolledLoops, ShowTheirGasWhereItIsUnreachable) {
  // With a step that is a local; `unreachable` in the middle costs nothing.
  Compared guest(R"((module
    (func (export "run") (param $n i32) (param $step i32) (param $bad i32) (result i32)
      (local $i i32) (local $times i32)
      (loop $outer
        (local.set $i (i32.const 0))
        (loop $l
          (block (br_if 0 (i32.ne (local.get $i) (local.get $bad))) (unreachable))
          (br_if $l (i32.lt_s (local.tee $i (i32.add (local.get $i) (local.get $step)))
                              (local.get $n))))
        (br_if $outer (i32.lt_s (local.tee $times (i32.add (local.get $times) (i32.const 1)))
                                (i32.and (local.get $n) (i32.const 3)))))
      (local.get $i))))",
                 free_control());
  for (const std::int64_t bad : {0, 2, 4, 6, 8, 9}) guest.check("run", {14, 2, bad});
}

}  // namespace
}  // namespace synapsed::bytecode
