#include "bytecode/gas/profile.hpp"

#include <map>

#include "tests/support/metered_guest.hpp"
#include "tests/support/results.hpp"

namespace synapsed::bytecode {
namespace {

using synapsed::test::must;

constexpr std::string_view kGuest = R"((module
  (memory (export "memory") 1)
  (func $work (param i64) (result i64)
    (memory.fill (i32.const 0) (i32.const 1) (i32.const 16))
    (loop (br_if 0 (i64.ne (local.tee 0 (i64.sub (local.get 0) (i64.const 1))) (i64.const 0))))
    (i64.mul (local.get 0) (i64.const 3)))
  (func (export "f") (param i64) (result i64) (call $work (local.get 0)))
  (func (export "traps") (param i64) (result i64)
    (drop (call $work (local.get 0))) (unreachable))))";

/// What was counted, by function and cost, of one call.
struct Counted {
  std::map<std::pair<std::uint32_t, std::uint8_t>, std::uint64_t> gas;
  std::uint64_t total = 0;
  tests::MeteredGuest::Seen seen;
};

Counted counted(std::string_view function, std::int64_t argument, std::int64_t limit) {
  const Profiled made = must(profile(must(wat_to_wasm(kGuest)), {}));
  const tests::MeteredModule module(made.instrumented.module);
  tests::MeteredGuest guest(module);
  Counted result{.gas = {}, .seen = guest.call(function, {argument}, limit)};
  for (std::size_t i = 0; i < made.counters.size(); ++i) {
    const GasCounter& counter = made.counters[i];
    const std::uint64_t times = guest.number_at(kCountersExport, i * sizeof(std::uint64_t));
    for (std::uint32_t part = 0; part < counter.parts; ++part) {
      const GasCounter::Part& cost = made.parts[counter.first + part];
      result.gas[{counter.function, cost.cost}] += times * cost.gas;
      result.total += times * cost.gas;
    }
  }
  return result;
}

std::uint8_t cost(OperatorClass operator_class) {
  return static_cast<std::uint8_t>(operator_class);
}

TEST(GasProfile, AddsUpToWhatTheCallCosts) {
  const Counted profiled = counted("f", 10, 100'000);
  const tests::MeteredModule metered(must(instrument(must(wat_to_wasm(kGuest)), {})).module);
  const auto seen = tests::MeteredGuest(metered).call("f", {10}, 100'000);
  EXPECT_TRUE(profiled.seen.is_like(seen));
  EXPECT_EQ(profiled.seen.left, seen.left);
  EXPECT_EQ(profiled.total, static_cast<std::uint64_t>(100'000 - seen.left));
}

TEST(GasProfile, TellsFunctionsAndClassesApart) {
  const Counted profiled = counted("f", 10, 100'000);
  const auto gas = [&](std::uint32_t function, std::uint8_t cost) {
    const auto found = profiled.gas.find({function, cost});
    return found == profiled.gas.end() ? 0 : found->second;
  };
  EXPECT_EQ(gas(0, cost(OperatorClass::kBranch)), 10U);
  EXPECT_EQ(gas(0, cost(OperatorClass::kBulk)), 40U + 16U);
  EXPECT_EQ(gas(0, cost(OperatorClass::kIntegerMultiplication)), 2U);
  EXPECT_EQ(gas(0, kEntryCost), 2U);
  EXPECT_EQ(gas(1, cost(OperatorClass::kCall)), 4U);
  EXPECT_EQ(gas(1, cost(OperatorClass::kLocal)), 1U);
  EXPECT_EQ(gas(2, kEntryCost), 0U);
}

TEST(GasProfile, AddsUpHoweverTheCallEnds) {
  const Counted trapped = counted("traps", 5, 1000);
  EXPECT_EQ(trapped.seen.outcome, "trap.unreachable");
  EXPECT_EQ(trapped.total, static_cast<std::uint64_t>(1000 - trapped.seen.left));
  const Counted out = counted("f", 1000, 500);
  EXPECT_EQ(out.seen.outcome, "out of gas");
  EXPECT_LE(out.total, 500U);
  EXPECT_GT(out.total, 490U);
}

TEST(GasProfile, ATrapIsWhereItWasInTheOriginal) {
  const Bytes wasm = must(wat_to_wasm(kGuest));
  const Profiled made = must(profile(wasm, {}));
  const tests::MeteredModule plain(wasm);
  const tests::MeteredModule profiled(made.instrumented.module);
  const auto expected = tests::MeteredGuest(plain).call("traps", {3}, 0);
  const auto seen = tests::MeteredGuest(profiled).call("traps", {3}, 100'000);
  ASSERT_TRUE(expected.offset && seen.offset);
  EXPECT_EQ(made.instrumented.positions.original(*seen.offset), *expected.offset);
}

TEST(GasProfile, WhatIsInjectedIsWhereWhatItPaysForWas) {
  const Bytes wasm = must(wat_to_wasm(kGuest));
  const Module original = must(read_module(wasm));
  const Profiled made = must(profile(wasm, {}));
  const Module written = must(read_module(made.instrumented.module));
  const auto start_of = [](const Module& module, std::size_t body) {
    return module.offset_of(module.bodies[body].code());
  };
  for (std::size_t body = 0; body < original.bodies.size(); ++body) {
    EXPECT_EQ(made.instrumented.positions.original(start_of(written, body)),
              start_of(original, body));
  }
}

}  // namespace
}  // namespace synapsed::bytecode
