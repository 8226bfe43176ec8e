#include "bytecode/gas/instrument.hpp"

#include "base/hex.hpp"
#include "base/sha256.hpp"
#include "bytecode/module.hpp"
#include "tests/support/module_bytes.hpp"
#include "tests/support/results.hpp"
#include "tests/unit/bytecode/gas/charges.hpp"
#include "tests/unit/bytecode/gas/compare.hpp"

namespace synapsed::bytecode {
namespace {

using synapsed::test::fails_with;
using synapsed::test::must;
using test::Compared;

Result<Instrumented> instrumented(std::string_view wat) {
  return instrument(must(wat_to_wasm(wat)), {});
}

// --- What the module is afterwards. ---

/// Compiled code is kept under `kInstrumentVersion`: what the pass writes may not change without it.
TEST(Instrument, WhatIsWrittenIsThatOfItsVersion) {
  const Bytes wasm = must(wat_to_wasm(R"((module
    (import "a" "f" (func $host (param i32) (result i32)))
    (memory 1 4) (table 4 8 funcref) (global $g (mut i64) (i64.const 1))
    (data $passive "abc") (elem $items func $fib $loops) (elem declare func $bulk)
    (func $fib (export "fib") (param i32) (result i32)
      (if (result i32) (i32.lt_u (local.get 0) (i32.const 2)) (then (local.get 0))
        (else (i32.add (call $fib (i32.sub (local.get 0) (i32.const 1)))
                       (call $fib (i32.sub (local.get 0) (i32.const 2)))))))
    (func $loops (export "loops") (param i32) (result i64) (local i64)
      (loop $counted
        (local.set 1 (i64.add (local.get 1) (i64.load (i32.shl (local.get 0) (i32.const 3)))))
        (br_if $counted (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
      (block $out (loop $open (br_if $out (i64.eqz (local.get 1)))
        (local.set 1 (i64.shr_u (local.get 1) (i64.const 1)))
        (global.set $g (i64.mul (global.get $g) (i64.const 3))) (br $open)))
      (loop $calls (call $bulk (i32.const 1)) (br_if $calls (i64.eqz (local.get 1)))
        (br_if $calls (i32.eqz (local.get 0))))
      (loop $tables (block $a (block $b (block $c (br_table $a $b $c $tables (local.get 0))))
        (call $bulk (i32.const 1)) (br_table 0 1 (local.get 0))))
      (global.get $g))
    (func $bulk (export "bulk") (param i32)
      (memory.fill (i32.const 0) (i32.const 7) (local.get 0))
      (memory.init $passive (i32.const 8) (i32.const 0) (i32.const 3)) (data.drop $passive)
      (table.init $items (i32.const 0) (i32.const 0) (i32.const 2)) (elem.drop $items)
      (drop (memory.grow (i32.const 1)))
      (call_indirect (param i32) (result i32) (call $host (local.get 0)) (i32.const 0)) drop)
    (func $start (drop (call $host (i32.const 1)))) (start $start)))"));
  Bytes all;
  for (const InstrumentOptions& options :
       {InstrumentOptions{}, InstrumentOptions{.refills = true, .call_stack_bytes = 65536},
        InstrumentOptions{.gas = std::nullopt, .snapshot_exports = true},
        InstrumentOptions{.call_stack_bytes = 65536, .snapshot_exports = true}}) {
    const Instrumented made = must(instrument(wasm, options));
    all.insert(all.end(), made.module.begin(), made.module.end());
    all.insert(all.end(), made.positions.bytes().begin(), made.positions.bytes().end());
  }
  ASSERT_EQ(kInstrumentVersion, 3U);
  EXPECT_EQ(to_hex(sha256(all)), "334491d8f584a5ba9fd3b8fb6da6342f798675c5af282b637d2b4ec82bb7ab6a")
      << "the pass writes something else: raise kInstrumentVersion, and put this digest here";
}

// --- Loops that branch by tables. ---

/// A loop that calls and branches by one table, or by two.
std::string loop_of_tables(std::string_view second_table) {
  return fmt::format(R"((module
    (memory (export "memory") 1)
    (global $mark (export "mark") (mut i64) (i64.const 0))
    (func (export "walk") (param $n i32) (param $seed i32) (result i32)
      (loop $l
        (if (i32.eqz (local.get $n)) (then (return (local.get $seed))))
        (local.set $n (i32.sub (local.get $n) (i32.const 1)))
        (block $call (block $add
          (br_table $add $call $l (i32.and (local.get $seed) (i32.const 3))))
          (local.set $seed (i32.add (local.get $seed) (i32.const 7)))
          (i32.store (i32.const 0) (local.get $seed))
          (br_if $l (i32.and (local.get $seed) (i32.const 4)))
          {})
        (call $note (local.get $seed))
        (local.set $seed (i32.shr_u (local.get $seed) (i32.const 1)))
        (br_if $l (local.get $n)))
      (local.get $seed))
    (func $note (param i32)
      (global.set $mark (i64.add (global.get $mark) (i64.extend_i32_u (local.get 0)))))))",
                     second_table);
}
constexpr std::string_view kSecondTable = "(br_table 0 $l 0 (i32.shr_u (local.get $seed) (i32.const 2)))";

/// How often a module's first function calls what the pass added.
std::size_t calls_of_added(const Instrumented& made) {
  const Module module = must(read_module(made.module));
  OperatorReader in(module.bodies.front().code(), 0);
  std::size_t calls = 0;
  for (Operator op; !in.at_end();) {
    must(in.next(op));
    if (op.op == Op::kCall && op.index >= made.functions) ++calls;
  }
  return calls;
}

TEST(Instrument, LoopsWithCallsAndSeveralTablesCallWhatStopsThem) {
  EXPECT_EQ(calls_of_added(must(instrumented(loop_of_tables("")))), 0U);
  EXPECT_GT(calls_of_added(must(instrumented(loop_of_tables(kSecondTable)))), 0U);
}

TEST(Instrument, LoopsWithCallsAndSeveralTablesCostAsMuch) {
  for (const GasSchedule& schedule : {test::ones(), default_gas_schedule()}) {
    Compared guest(loop_of_tables(kSecondTable), schedule);
    for (const std::int64_t n : {0, 1, 2, 5}) {
      for (const std::int64_t seed : {0, 1, 2, 3, 6, 27}) guest.check("walk", {n, seed});
    }
  }
}

TEST(PositionMap, IsReadBackAsItWasWritten) {
  const PositionMap map({{.written = 5, .original = 4}, {.written = 9, .original = 6, .is_copied = false}});
  Bytes bytes = map.bytes();
  const PositionMap again = PositionMap::from_bytes(bytes).value();
  for (std::uint64_t offset = 0; offset < 20; ++offset) {
    EXPECT_EQ(again.original(offset), map.original(offset));
  }
  bytes.pop_back();
  EXPECT_FALSE(PositionMap::from_bytes(bytes));
}

TEST(Instrument, ReservedExportsAreRefused) {
  const auto refused = instrumented(R"((module (global (export "synapsed:gas") i64 i64.const 1)))");
  ASSERT_TRUE(fails_with(refused, ErrorCode::kLoadInvalidModule));
  EXPECT_EQ(refused.error().message(),
            "export \"synapsed:gas\": names that begin with \"synapsed:\" are the runtime's");
  EXPECT_TRUE(fails_with(instrumented(R"((module (func (export "synapsed:"))))"),
                         ErrorCode::kLoadInvalidModule));
  EXPECT_TRUE(instrumented(R"((module (func (export "synapsed"))))"));
}

TEST(Instrument, AModuleIsInstrumentedOnce) {
  const Bytes once = must(instrumented("(module (func))")).module;
  EXPECT_TRUE(fails_with(instrument(once, {}), ErrorCode::kLoadInvalidModule));
}

TEST(Instrument, IndicesStayAndWhatIsAddedComesBehind) {
  const Instrumented made = must(instrumented(
      R"((module (import "a" "f" (func)) (global i32 i32.const 1) (func (export "g"))))"));
  const Module module = must(read_module(made.module));
  EXPECT_EQ(made.functions, 2U);
  EXPECT_GT(module.functions.size(), 2U);
  EXPECT_EQ(module.imports.size(), 1U);
  ASSERT_EQ(module.globals.size(), 2U);
  EXPECT_TRUE(module.globals[1].is_mutable);
  EXPECT_EQ(module.exports[0].name, "g");
  EXPECT_EQ(module.exports[0].index, 1U);
  EXPECT_EQ(module.exports[1].name, kGasExport);
}

TEST(Instrument, WhatAsksForGasComesBehindTablesAndSegmentsToo) {
  const Bytes wasm = must(wat_to_wasm(R"((module
    (import "a" "t" (table 1 funcref)) (table 2 funcref)
    (elem (table 1) (i32.const 0) func $f) (elem declare func $f)
    (func $f) (start $f)))"));
  const Bytes made = must(instrument(wasm, {.refills = true})).module;
  must(validate_module(made));
  const Module before = must(read_module(wasm));
  const Module after = must(read_module(made));
  ASSERT_EQ(after.tables.size(), before.tables.size() + 1);
  EXPECT_EQ(after.tables.back().minimum, 1U);
  EXPECT_EQ(after.tables.back().maximum, 1U);
  ASSERT_EQ(after.elements.size(), before.elements.size() + 1);
  EXPECT_EQ(after.elements.back().mode, SegmentMode::kActive);
  EXPECT_EQ(after.elements.back().table, 2U);
  ASSERT_EQ(after.exports.size(), 3U);
  EXPECT_EQ(after.exports[1].name, kRefillExport);
  EXPECT_EQ(after.exports[1].index, 2U);
  EXPECT_EQ(after.exports[2].name, kStartExport);
}

TEST(Instrument, AModuleThatCountsNoGasAsksForNone) {
  const Bytes wasm = must(wat_to_wasm("(module (func))"));
  EXPECT_EQ(must(instrument(wasm, {.gas = std::nullopt, .refills = true})).module,
            must(instrument(wasm, {.gas = std::nullopt})).module);
}

TEST(Instrument, TheStartFunctionBecomesAnExport) {
  const Instrumented made = must(instrumented("(module (func) (func $s) (start $s))"));
  const Module module = must(read_module(made.module));
  EXPECT_FALSE(module.start);
  ASSERT_EQ(module.exports.size(), 2U);
  EXPECT_EQ(module.exports[1].name, kStartExport);
  EXPECT_EQ(module.exports[1].index, 1U);
}

TEST(Instrument, SectionsThatSpeakOfOffsetsAreLeftOutAndOthersStay) {
  const Instrumented made = must(instrumented(
      R"((module (@custom ".debug_line" "x") (@custom "metadata.code.branch_hint" "\00")
         (@custom "kept" "x") (func $named)))"));
  const Module module = must(read_module(made.module));
  EXPECT_EQ(module.find_custom(".debug_line"), nullptr);
  EXPECT_EQ(module.find_custom("metadata.code.branch_hint"), nullptr);
  EXPECT_NE(module.find_custom("kept"), nullptr);
  EXPECT_EQ(module.name_of(0), "named");
}

TEST(Instrument, AnEmptyModuleCanBeMetered) {
  must(validate_module(must(instrumented("(module)")).module));
}

// --- What it does, and what that costs. ---

TEST(Instrument, AFunctionPaysForEnteringAndWhatItExecutes) {
  Compared module(R"((module (func (export "add") (param i64 i64) (result i64)
    (i64.add (local.get 0) (local.get 1)))))");
  EXPECT_EQ(module.check("add", {2, 3}), 5);  // entering 2, three operators 1 each
}

TEST(Instrument, BranchesThatCarryValues) {
  Compared module(R"((module
    (global $mark (export "mark") (mut i64) (i64.const 0))
    (func (export "f") (param i64 i64) (result i64)
      (block (result i64 i64)
        (local.get 0) (i64.const 7)
        (br_if 0 (i64.eqz (local.get 1)))
        (i64.const 1) (i64.add)
        (br_if 0 (i64.eq (local.get 1) (i64.const 1)))
        (drop) (drop)
        (global.set $mark (i64.const 3))
        (return (i64.const 9)))
      (i64.mul) (i64.mul (i64.const 3)))))");
  for (const std::int64_t way : {0, 1, 2}) module.check("f", {5, way});
}

TEST(Instrument, TablesOfLabels) {
  Compared module(R"((module
    (global $mark (export "mark") (mut i64) (i64.const 0))
    (func (export "f") (param i64) (result i64)
      (block (block (block (br_table 0 1 2 0 (i32.wrap_i64 (local.get 0))))
          (global.set $mark (i64.const 1)))
        (global.set $mark (i64.const 2)) (return (i64.div_u (i64.const 100) (i64.const 7))))
      (i64.const 5))
    (func (export "loop") (param $n i64) (result i64) (local $sum i64)
      (block $done
        (loop $again
          (local.set $sum (i64.add (local.get $sum) (local.get $n)))
          (global.set $mark (local.get $sum))
          (local.set $n (i64.sub (local.get $n) (i64.const 1)))
          (br_table $done $again (i64.ne (local.get $n) (i64.const 0)))))
      (local.get $sum))))");
  for (const std::int64_t label : {0, 1, 2, 3, 99}) module.check("f", {label});
  module.check("loop", {6});
}

TEST(Instrument, IfsInAllForms) {
  Compared module(R"((module
    (global $mark (export "mark") (mut i64) (i64.const 0))
    (func (export "f") (param i32 i32) (result i64)
      (if (local.get 0) (then (global.set $mark (i64.const 1))))
      (if (local.get 1) (then) (else (global.set $mark (i64.const 2))))
      (block (if (local.get 0) (then (br_if 1 (local.get 1)))) (global.set $mark (i64.const 4)))
      (i64.const 3)
      (if (param i64) (result i64) (local.get 0) (then (i64.const 2) (i64.mul)))
      (if (result i64) (local.get 1) (then (return (i64.const 5)))
        (else (i64.div_u (i64.const 9) (i64.const 2))))
      (i64.add))))");
  for (const std::int64_t ways : {0, 1, 2, 3}) module.check("f", {ways & 1, ways >> 1});
}

constexpr std::string_view kCalls = R"((module
  (type $t (func (param i64) (result i64)))
  (global $mark (export "mark") (mut i64) (i64.const 0))
  (table funcref (elem $twice $down $trap))
  (elem declare func $twice)
  (func $twice (type $t) (global.set $mark (local.get 0)) (i64.mul (local.get 0) (i64.const 2)))
  (func $down (export "recurse") (type $t)
    (if (result i64) (i64.eqz (local.get 0)) (then (i64.const 0))
      (else (i64.add (call $twice (local.get 0))
                     (call $down (i64.sub (local.get 0) (i64.const 1)))))))
  (func $trap (type $t) unreachable)
  (func (export "loop") (param i64) (result i64) (local $sum i64)
    (loop
      (local.set $sum (i64.add (local.get $sum) (call $twice (local.get 0))))
      (br_if 0 (i64.ne (local.tee 0 (i64.sub (local.get 0) (i64.const 1))) (i64.const 0))))
    (local.get $sum))
  (func (export "indirect") (param i64 i32) (result i64)
    (call_indirect (type $t) (local.get 0) (local.get 1)))
  (func (export "reference") (param i64) (result i64)
    (call_ref $t (local.get 0) (ref.func $twice)))
  (func $tail (export "tail") (param i64) (result i64)
    (global.set $mark (local.get 0))
    (if (i64.eqz (local.get 0)) (then (return_call $twice (i64.const 21))))
    (return_call $tail (i64.sub (local.get 0) (i64.const 1))))
  (func (export "tail_indirect") (param i64 i32) (result i64)
    (return_call_indirect (type $t) (local.get 0) (local.get 1)))
  (func (export "tail_reference") (param i64) (result i64)
    (return_call_ref $t (local.get 0) (ref.func $twice)))))";

TEST(Instrument, CallsAndTailCalls) {
  Compared module(kCalls);
  module.check("recurse", {4});
  module.check("loop", {5});
  module.check("indirect", {3, 0});
  module.check("indirect", {3, 1});
  module.check("reference", {3});
  module.check("tail", {4});
  module.check("tail_indirect", {3, 0});
  module.check("tail_reference", {3});
}

TEST(Instrument, AnUnreachableCalleeCostsWhatWasPaidBefore) {
  Compared module(kCalls);
  EXPECT_EQ(module.check("indirect", {3, 2}), 2 + 1 + 1 + 8 + 2);
}

TEST(Instrument, CaughtExceptions) {
  Compared module(R"((module
    (tag $e (param i64))
    (global $mark (export "mark") (mut i64) (i64.const 0))
    (func $throws (param i64)
      (if (i64.gt_s (local.get 0) (i64.const 2)) (then (throw $e (local.get 0))))
      (global.set $mark (local.get 0)))
    (func (export "f") (param i64) (result i64)
      (block $caught (result i64)
        (loop $again
          (try_table (catch $e $caught)
            (call $throws (local.get 0))
            (local.set 0 (i64.add (local.get 0) (i64.const 1)))
            (br $again)))
        (unreachable))
      (i64.add (i64.const 100)))
    (func (export "quiet") (param i64) (result i64)
      (block $caught (try_table (catch_all $caught) (call $throws (local.get 0))))
      (local.get 0))))");
  module.check("quiet", {1});
}

TEST(Instrument, BulkMemory) {
  Compared module(R"((module
    (memory (export "memory") 1 3)
    (data $d "abcdefghij")
    (global $mark (export "mark") (mut i64) (i64.const 0))
    (func (export "f") (param i32)
      (memory.fill (i32.const 8) (i32.const 7) (local.get 0))
      (global.set $mark (i64.const 1))
      (memory.copy (i32.const 40) (i32.const 8) (local.get 0))
      (global.set $mark (i64.const 2))
      (memory.init $d (i32.const 90) (i32.const 1) (local.get 0))
      (data.drop $d))
    (func (export "grow") (param i32) (result i32)
      (drop (memory.grow (local.get 0))) (memory.size))
    (func (export "loop") (param i32)
      (loop
        (memory.fill (local.get 0) (i32.const 1) (local.get 0))
        (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))))))");
  EXPECT_EQ(module.check("f", {0}), 2 + 3 * (40 + 3) + 2 * (1 + 2) + 40);
  EXPECT_EQ(module.check("f", {5}), 2 + 3 * (40 + 3) + 2 * (1 + 2) + 40 + 15);
  EXPECT_EQ(module.check("grow", {1}), 2 + 200 + 1 + 1 + 2 + 2000);
  // What fails is paid for all the same.
  EXPECT_EQ(module.check("grow", {60}), 2 + 200 + 1 + 1 + 2 + 60 * 2000);
  module.check("loop", {4});
}

TEST(Instrument, BulkOutOfBoundsRunsOutFirstWhenItCannotBePaid) {
  Compared module(R"((module (memory (export "memory") 1)
    (func (export "f") (param i32)
      (memory.fill (i32.const 0) (i32.const 7) (local.get 0)))))");
  EXPECT_EQ(module.check("f", {65'537}), 2 + 40 + 3 + 65'537);
  EXPECT_EQ(module.check("f", {-1}), 2 + 40 + 3 + std::int64_t{UINT32_MAX});
}

TEST(Instrument, Tables) {
  Compared module(R"((module
    (table $t 4 20 funcref) (elem $e func 0 0 0)
    (global $mark (export "mark") (mut i64) (i64.const 0))
    (func (export "f") (param i32) (result i32)
      (table.fill $t (i32.const 0) (ref.null func) (local.get 0))
      (global.set $mark (i64.const 1))
      (table.init $t $e (i32.const 0) (i32.const 0) (local.get 0))
      (table.copy $t $t (i32.const 1) (i32.const 0) (local.get 0))
      (drop (table.grow $t (ref.null func) (local.get 0)))
      (table.size $t))))");
  module.check("f", {0});
  module.check("f", {3});
}

TEST(Instrument, SixtyFourBitMemoriesAndTables) {
  Compared module(R"((module
    (memory $m (export "memory") i64 1 4) (memory $n 1) (table $t i64 4 funcref)
    (func (export "f") (param i64)
      (memory.fill $m (i64.const 8) (i32.const 7) (local.get 0))
      (memory.copy $m $m (i64.const 40) (i64.const 8) (local.get 0))
      (memory.copy $n $m (i32.const 1) (i64.const 8) (i32.wrap_i64 (local.get 0)))
      (memory.copy $m $n (i64.const 90) (i32.const 1) (i32.wrap_i64 (local.get 0)))
      (table.fill $t (i64.const 0) (ref.null func) (local.get 0)))
    (func (export "grow") (param i64) (result i64) (memory.grow $m (local.get 0)))
    (func (export "fill") (param i64)
      (memory.fill $m (i64.const 0) (i32.const 0) (local.get 0)))))");
  module.check("f", {3});
  module.check("grow", {1});
}

TEST(Instrument, CountsBeyondReasonAreNeverPaid) {
  const Bytes wasm = must(instrumented(R"((module (memory i64 1)
    (func (export "fill") (param i64)
      (memory.fill (i64.const 0) (i32.const 0) (local.get 0))))
  )")).module;
  const tests::MeteredModule module(wasm);
  const auto outcome = [&](std::int64_t count) {
    return tests::MeteredGuest(module).call("fill", {count}, INT64_MAX).outcome;
  };
  EXPECT_EQ(outcome(1 << 20), "trap.memory_out_of_bounds");
  EXPECT_EQ(outcome(std::int64_t{1} << 42), "out of gas");
  EXPECT_EQ(outcome(INT64_MAX), "out of gas");
  EXPECT_EQ(outcome(-1), "out of gas");
}

TEST(Instrument, ArraysAndCasts) {
  Compared module(R"((module
    (type $a (array (mut i64))) (type $s (struct (field i64)))
    (global $mark (export "mark") (mut i64) (i64.const 0))
    (func (export "f") (param i32) (result i64) (local $x (ref null $a))
      (local.set $x (array.new $a (i64.const 3) (local.get 0)))
      (array.fill $a (local.get $x) (i32.const 0) (i64.const 5) (local.get 0))
      (array.copy $a $a (local.get $x) (i32.const 0)
        (array.new_default $a (local.get 0)) (i32.const 0) (i32.const 1))
      (global.set $mark (array.get $a (array.new_fixed $a 2 (i64.const 8) (i64.const 9))
        (i32.const 1)))
      (array.get $a (local.get $x) (i32.const 1)))
    (func (export "cast") (param i32) (result i64) (local $x anyref)
      (if (local.get 0) (then (local.set $x (struct.new $s (i64.const 4)))))
      (block $is (result (ref $s))
        (drop (br_on_cast $is anyref (ref $s) (local.get $x)))
        (return (i64.const 1)))
      (struct.get $s 0))
    (func (export "null") (param i32) (result i64) (local $x (ref null $s))
      (if (local.get 0) (then (local.set $x (struct.new $s (i64.const 4)))))
      (block $null
        (return (struct.get $s 0 (br_on_null $null (local.get $x)))))
      (i64.div_u (i64.const 8) (i64.const 3)))))");
  module.check("f", {4});
  for (const std::int64_t way : {0, 1}) {
    module.check("cast", {way});
    module.check("null", {way});
  }
}

TEST(Instrument, TrapsHappenBeforeGasRunsOutWhereWhatFollowsIsNotPaidYet) {
  Compared module(R"((module
    (memory (export "memory") 1)
    (global $mark (export "mark") (mut i64) (i64.const 0))
    (func (export "f") (param i32) (result i64)
      (loop
        (drop (i32.load (local.get 0)))
        (global.set $mark (i64.extend_i32_u (local.get 0)))
        (local.set 0 (i32.mul (local.get 0) (i32.const 16)))
        (br_if 0 (i32.ne (local.get 0) (i32.const 0x100000))))
      (i64.const 1))
    (func (export "divide") (param i64) (result i64)
      (loop
        (global.set $mark (i64.div_u (i64.const 60) (local.get 0)))
        (local.set 0 (i64.sub (local.get 0) (i64.const 1)))
        (br 0)) (unreachable))))");
  module.check("f", {1});
  module.check("divide", {4});
}

TEST(Instrument, TheStartFunctionRunsBeforeAnythingElse) {
  Compared module(R"((module
    (global $n (mut i64) (i64.const 1))
    (func $s (global.set $n (i64.const 42))) (start $s)
    (func (export "n") (result i64) (global.get $n))))");
  module.check("n", {});
}

TEST(Instrument, BlocksHaveAPriceWhenTheScheduleSaysSo) {
  GasSchedule schedule = default_gas_schedule();
  schedule.operators[static_cast<std::size_t>(OperatorClass::kControl)] = 3;
  schedule.function_local = 5;
  Compared module(R"((module (func (export "f") (param i32) (result i64) (local i64 i64)
    (block
      (if (local.get 0) (then (nop)) (else (nop) (br 1)))
      (loop (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))))
    (i64.const 1))))", schedule);
  module.check("f", {0});
  module.check("f", {1});
  module.check("f", {3});
}

// --- Where things happen. ---

TEST(PositionMap, ATrapIsWhereItWasInTheOriginal) {
  constexpr std::string_view kTraps = R"((module
    (memory 1)
    (func $leaf (param i32) (result i32)
      (if (result i32) (local.get 0) (then (i32.load (local.get 0))) (else (unreachable))))
    (func (export "load") (result i32) (call $leaf (i32.const -1)))
    (func (export "unreachable") (result i32) (call $leaf (i32.const 0)))
    (func (export "loop") (param i32) (result i32)
      (loop (drop (i32.div_u (i32.const 1) (local.get 0)))
        (local.set 0 (i32.sub (local.get 0) (i32.const 1)))
        (br_if 0 (i32.ne (local.get 0) (i32.const -5))))
      (local.get 0))
    (func (export "fill") (memory.fill (i32.const 0) (i32.const 0) (i32.const 65537)))))";
  const Bytes wasm = must(wat_to_wasm(kTraps));
  const Instrumented made = must(instrument(wasm, {}));
  const tests::MeteredModule plain(wasm);
  const tests::MeteredModule metered(made.module);
  for (const std::string_view function : {"load", "unreachable", "loop", "fill"}) {
    const auto expected = tests::MeteredGuest(plain).call(function, {3}, 0);
    const auto seen = tests::MeteredGuest(metered).call(function, {3}, 1'000'000);
    EXPECT_EQ(seen.outcome, expected.outcome) << function;
    ASSERT_TRUE(expected.offset) << function;
    ASSERT_TRUE(seen.offset) << function;
    EXPECT_EQ(made.positions.original(*seen.offset), *expected.offset) << function;
  }
}

TEST(PositionMap, RunningOutIsAtTheOperatorBehindWhichIsPaid) {
  const Bytes wasm = must(wat_to_wasm(R"((module (func (export "f") nop (loop (br 0)))))"));
  const Module module = must(read_module(wasm));
  const std::uint64_t code = module.offset_of(module.bodies.front().code());
  const Instrumented made = must(instrument(wasm, {}));
  const auto seen =
      tests::MeteredGuest(tests::MeteredModule(made.module)).call("f", {}, 10);
  EXPECT_EQ(seen.outcome, "out of gas");
  ASSERT_TRUE(seen.offset);
  EXPECT_EQ(made.positions.original(*seen.offset), code + 1);  // the loop
}

TEST(PositionMap, WhatIsPaidBeforeTheFirstOperatorIsAtIt) {
  // The caller pays for entering; all rounds are paid before the loop.
  const Bytes wasm = must(wat_to_wasm(R"((module
    (func (export "f") (param i32) (call $spin (local.get 0)))
    (func $spin (param i32)
      (loop (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))))))"));
  const Module module = must(read_module(wasm));
  const Instrumented made = must(instrument(wasm, {}));
  const auto seen = tests::MeteredGuest(tests::MeteredModule(made.module)).call("f", {1000}, 100);
  EXPECT_EQ(seen.outcome, "out of gas");
  ASSERT_TRUE(seen.offset);
  EXPECT_EQ(made.positions.original(*seen.offset), module.offset_of(module.bodies.back().code()));
}

}  // namespace
}  // namespace synapsed::bytecode
