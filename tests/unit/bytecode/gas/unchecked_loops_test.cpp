#include "bytecode/gas/unchecked_loops.hpp"

#include "tests/unit/bytecode/gas/charges.hpp"
#include "tests/unit/bytecode/gas/compare.hpp"

namespace synapsed::bytecode {
namespace {

using synapsed::test::must;
using test::Compared;
using test::first_charges;
using test::ones;

std::vector<UncheckedLoop> unchecked_in(const Module& module, std::span<const Charge> charges) {
  const FunctionShape shape = must(shape_of(module, ones(), module.bodies.front()));
  return find_unchecked_loops(module, ones(), shape.loops, charges);
}

std::size_t unchecked_in(std::string_view wat) {
  const Bytes wasm = must(wat_to_wasm(wat));
  const Module module = must(read_module(wasm));
  return unchecked_in(module, first_charges(module)).size();
}

// --- Which loops get a second copy. ---

TEST(UncheckedLoops, ChargeInMoreThanOnePlace) {
  EXPECT_EQ(unchecked_in(R"((module (func (param i32)
    (loop (if (local.get 0) (then (nop) (nop)))
          (br_if 0 (i32.eqz (local.get 0)))))))"), 1U);
  EXPECT_EQ(unchecked_in(R"((module (func (param i32)
    (loop (br_if 0 (i32.eqz (local.get 0)))))))"), 0U);
}

TEST(UncheckedLoops, AreInnermostWithoutCallsAndBulkOperators) {
  EXPECT_EQ(unchecked_in(R"((module (func (param i32)
    (loop (if (local.get 0) (then (nop) (nop)))
          (loop (br_if 1 (local.get 0)))
          (br_if 0 (i32.eqz (local.get 0)))))))"), 0U);
  EXPECT_EQ(unchecked_in(R"((module (func $f (param i32)
    (loop (if (local.get 0) (then (call $f (i32.const 0))))
          (br_if 0 (i32.eqz (local.get 0)))))))"), 0U);
  EXPECT_EQ(unchecked_in(R"((module (memory 1) (func (param i32)
    (loop (if (local.get 0)
            (then (memory.fill (i32.const 0) (i32.const 0) (i32.const 1))))
          (br_if 0 (i32.eqz (local.get 0)))))))"), 0U);
}

TEST(UncheckedLoops, KnowTheDearestRound) {
  const Bytes wasm = must(wat_to_wasm(R"((module (func (param i32)
    (loop (local.get 0)
          (if (then (nop) (nop) (nop)))
          (br_if 0 (i32.eqz (local.get 0)))))))"));
  const Module module = must(read_module(wasm));
  const auto charges = first_charges(module);
  const auto loops = unchecked_in(module, charges);
  ASSERT_EQ(loops.size(), 1U);
  std::uint64_t charged = 0;  // all of the loop's charges are on one way
  for (const Charge& charge : charges) {
    if (charge.loop_depth == 1) charged += charge.amount;
  }
  // Once more round: two `local.get`, `if`, `i32.eqz`, `br_if`; and the arm with its `end`.
  EXPECT_EQ(charged, 9U);
  EXPECT_EQ(loops.front().dearest, charged);
}

// --- What they cost: as the reference says, at each limit. ---

TEST(UncheckedLoops, BranchAsTheyDid) {
  // Around the loop: a block with a result, one without, a loop; inside: arms of unlike price.
  Compared guest(R"((module
    (global $mark (export "mark") (mut i64) (i64.const 0))
    (func (export "run") (param $n i32) (param $way i32) (result i32) (local $i i32)
      (block $value (result i32)
        (loop $outer
          (block $b
            (loop $l
              (local.set $i (i32.add (local.get $i) (i32.const 1)))
              (global.set $mark (i64.add (global.get $mark) (i64.const 1)))
              (if (i32.and (local.get $i) (i32.const 1))
                (then (global.set $mark (i64.mul (global.get $mark) (i64.const 3))))
                (else (if (i32.and (local.get $i) (i32.const 2))
                        (then (global.set $mark (i64.const 7)) (nop) (nop) (nop)))))
              (br_if $b (i32.and (i32.eq (local.get $i) (i32.const 5))
                                 (i32.eq (local.get $way) (i32.const 0))))
              (drop (br_if $value (i32.const 11)
                      (i32.and (i32.eq (local.get $i) (i32.const 4))
                               (i32.eq (local.get $way) (i32.const 1)))))
              (if (i32.and (i32.eq (local.get $i) (i32.const 6))
                           (i32.eq (local.get $way) (i32.const 2)))
                (then (return (i32.const 12))))
              (if (i32.and (i32.eq (local.get $i) (i32.const 6))
                           (i32.eq (local.get $way) (i32.const 3)))
                (then (unreachable)))
              (br_if $l (i32.lt_u (local.get $i) (local.get $n)))))
          (global.set $mark (i64.add (global.get $mark) (i64.const 100)))
          (br_if $outer (i32.lt_u (local.get $i) (i32.const 9))))
        (local.get $i)))))");
  for (const std::int64_t way : {0, 1, 2, 3, 4}) {
    for (const std::int64_t rounds : {0, 1, 3, 8}) guest.check("run", {rounds, way});
  }
}

TEST(UncheckedLoops, BranchByTablesAsTheyDid) {
  Compared guest(R"((module
    (global $mark (export "mark") (mut i64) (i64.const 0))
    (func (export "run") (param $n i32) (param $out i32) (result i32) (local $i i32)
      (block $far
        (block $near
          (loop $l
            (local.set $i (i32.add (local.get $i) (i32.const 1)))
            (block $c (block $b (block $a
              (br_table $a $b $c $l $near $far $c
                (select (local.get $out)
                        (i32.rem_u (local.get $i) (i32.const 4))
                        (i32.ge_u (local.get $i) (local.get $n)))))
              (global.set $mark (i64.add (global.get $mark) (i64.const 1))))
              (global.set $mark (i64.mul (global.get $mark) (i64.const 5))) (nop) (nop))
            (br $l))
          (unreachable))
        (return (i32.add (local.get $i) (i32.const 1000))))
      (local.get $i))))");
  for (const std::int64_t way_out : {4, 5}) {
    for (const std::int64_t rounds : {0, 1, 2, 3, 4, 5, 9}) guest.check("run", {rounds, way_out});
  }
}

}  // namespace
}  // namespace synapsed::bytecode
