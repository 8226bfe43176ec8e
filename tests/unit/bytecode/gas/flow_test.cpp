#include "bytecode/gas/flow.hpp"

#include <fmt/format.h>

#include "bytecode/module.hpp"
#include "tests/support/module_bytes.hpp"
#include "tests/support/results.hpp"
#include "tests/unit/bytecode/gas/charges.hpp"

namespace synapsed::bytecode {
namespace {

using synapsed::test::fails_with;
using synapsed::test::must;
using test::hex;

/// The charges of a function, as `enter 4, br_if#2 2`: the operator behind which they stand, with
/// its number; `taken` and `else` where only that way pays; `*` for each loop around it.
std::string charges_of(std::string_view function, const GasSchedule& schedule) {
  const Bytes bytes = must(wat_to_wasm("(module " + std::string(function) + ")"));
  must(validate_module(bytes));
  const Module module = must(read_module(bytes));
  const Body& body = module.bodies.front();
  std::vector<std::string_view> names;
  Operator op;
  for (OperatorReader in(body.code()); !in.at_end();) {
    must(in.next(op));
    names.push_back(info(op.op).name);
  }
  std::string text;
  for (const Charge& charge : test::first_charges(module, schedule)) {
    if (!text.empty()) text += ", ";
    const ChargePlace& place = charge.place;
    if (place.kind == ChargePlace::Kind::kTaken) text += "taken ";
    if (place.kind == ChargePlace::Kind::kElse) text += "else ";
    if (place.kind == ChargePlace::Kind::kTable) text += fmt::format("label {} of ", +place.label);
    text += place.op == ChargePlace::kEntry ? std::string("enter")
                                      : fmt::format("{}#{}", names[place.op], place.op);
    text += fmt::format(" {}{}", charge.amount, std::string(charge.loop_depth, '*'));
  }
  return text;
}

/// One gas an operator; blocks, ends and entering cost nothing.
std::string charges_of(std::string_view function) {
  return charges_of(function, test::free_control());
}

TEST(GasFlow, AStraightFunctionPaysOnceOnEntering) {
  EXPECT_EQ(charges_of("(func (result i32) i32.const 1 i32.const 2 i32.add)"), "enter 3");
  EXPECT_EQ(charges_of("(func)"), "");
  EXPECT_EQ(charges_of("(func (block (drop (i32.const 1))) (block (drop (i32.const 1))))"),
            "enter 4");
}

TEST(GasFlow, EnteringAndLocalsHavePrices) {
  GasSchedule schedule;
  schedule.function_entry = 100;
  schedule.function_local = 10;
  EXPECT_EQ(charges_of("(func (param i32 i32))", schedule), "enter 100");
  EXPECT_EQ(charges_of("(func (param i32) (local i32 i64 i64))", schedule), "enter 130");
}

TEST(GasFlow, TheCheapestWayIsPaidAheadAndTheOthersPayTheRest) {
  EXPECT_EQ(charges_of("(func (param i32) (if (local.get 0) (then (drop (i32.const 1)))))"),
            "enter 2, if#1 2");
  EXPECT_EQ(charges_of("(func (param i32) (if (local.get 0)"
                       "(then (drop (i32.const 1)))"
                       "(else (drop (i32.eqz (i32.eqz (i32.const 1)))))))"),
            "enter 4, else#4 2");
  EXPECT_EQ(charges_of("(func (param i32) (if (local.get 0)"
                       "(then (drop (i32.eqz (i32.const 1)))) (else))"
                       "(drop (i32.const 1)))"),
            "enter 4, if#1 3");
}

TEST(GasFlow, AnIfWithoutAnElsePaysThereWhenNotEnteringCostsMore) {
  EXPECT_EQ(charges_of("(func (param i32) (if (local.get 0) (then return))"
                       "(drop (i32.const 1)))"),
            "enter 2, end#3 2");
  EXPECT_EQ(charges_of("(func (param i32) (block (if (local.get 0) (then (br 1)))"
                       "(drop (i32.eqz (i32.const 1)))))"),
            "enter 3, end#4 2");
  // Both ways arrive behind the if, and owe different sums there.
  EXPECT_EQ(charges_of("(func (param i32) (block (if (local.get 0)"
                       "(then (br_if 1 (local.get 0)))) (drop (i32.eqz (i32.const 1)))))"),
            "enter 4, br_if#4 3, else end#5 1");
}

TEST(GasFlow, ATakenBranchPaysByItselfWhereItsLabelIsReachedOnOtherTerms) {
  EXPECT_EQ(charges_of("(func (param i32) (block"
                       "(br_if 0 (local.get 0)) (br_if 0 (local.get 0)) return)"
                       "(drop (i32.eqz (i32.eqz (i32.const 1)))))"),
            "enter 4, taken br_if#2 2, taken br_if#4 4");
  EXPECT_EQ(charges_of("(func (param i32) (block (br_if 0 (local.get 0))"
                       "(drop (i32.const 1))) (drop (i32.const 2)))"),
            "enter 4, br_if#2 2");
}

TEST(GasFlow, ALoopPaysForTheNextRoundOnTheWayBack) {
  EXPECT_EQ(charges_of("(func (param i32) (loop (br_if 0 (local.get 0))))"),
            "enter 2, taken br_if#2 2*");
  EXPECT_EQ(charges_of("(func (param i32) (drop (i32.const 1)) (loop (br_if 0 (local.get 0)))"
                       "(drop (i32.const 1)))"),
            "enter 6, taken br_if#4 2*");
}

TEST(GasFlow, AnEndlessLoopPaysEachTime) {
  EXPECT_EQ(charges_of("(func (loop (br 0)))"), "loop#0 1*");
}

TEST(GasFlow, NothingIsPaidAheadOfADeadEnd) {
  EXPECT_EQ(charges_of("(func (param i32) (if (local.get 0)"
                       "(then (drop (i32.const 1)) unreachable)) (drop (i32.const 2)))"),
            "enter 4, if#1 2");
  EXPECT_EQ(charges_of("(func (drop (i32.const 1)) unreachable)"), "enter 2");
}

TEST(GasFlow, TheCheapestLabelOfATablePaysNothing) {
  EXPECT_EQ(charges_of("(func (param i32) (block (block (br_table 0 1 (local.get 0)))"
                       "(drop (i32.const 1))) (drop (i32.const 1)))"),
            "enter 4, end#4 2");
  // The default leads where another way leads as well, and costs more than the first label.
  EXPECT_EQ(charges_of("(func (param i32) (block (block (block (br_table 0 1 (local.get 0)))"
                       "return) nop) (drop (i32.const 1)))"),
            "enter 2, end#7 2");
}

TEST(GasFlow, CodeThatNothingReachesCostsNothing) {
  EXPECT_EQ(charges_of("(func (drop (i32.const 1)) return (drop (i32.const 2)))"), "enter 2");
  EXPECT_EQ(charges_of("(func (block (br 0) (loop (br 0))) (drop (i32.const 2)))"), "enter 3");
}

TEST(GasFlow, AHandlerIsPaidWhenItIsReached) {
  EXPECT_EQ(charges_of("(tag $e) (func (block $h (try_table (catch $e $h) (drop (i32.const 1))))"
                       "(drop (i32.const 1)))"),
            "enter 3, end#5 2");
}

TEST(GasFlow, RefusesABranchOutOfTheFunction) {
  // (func (br 9))
  const Bytes bytes = hex("00 61 73 6d 01 00 00 00 01 04 01 60 00 00 03 02 01 00 0a 06 01 04 00 0c 09 0b");
  const Module module = must(read_module(bytes));
  const std::vector<std::uint32_t> prepaid(1);
  const auto charges = bytecode::charges_of(module, 0, {default_gas_schedule(), prepaid});
  ASSERT_TRUE(fails_with(charges, ErrorCode::kLoadInvalidModule));
  EXPECT_EQ(charges.error().where(), "offset 0x17");
}

}  // namespace
}  // namespace synapsed::bytecode
