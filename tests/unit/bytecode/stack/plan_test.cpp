#include "bytecode/stack/plan.hpp"

#include <string>

#include "bytecode/stack/frame_cost.hpp"
#include "tests/support/module_bytes.hpp"
#include "tests/support/results.hpp"

namespace synapsed::bytecode {
namespace {

using synapsed::test::must;

class Plan {
 public:
  explicit Plan(std::string_view fields)
      : bytes_(must(wat_to_wasm("(module " + std::string(fields) + ")"))),
        module_(must(read_module(bytes_))),
        plan_(must(plan_stack(module_, must(call_graph_of(module_))))) {
    must(validate_module(bytes_));
  }

  [[nodiscard]] StackPayment of(std::uint32_t function) const {
    return plan_.functions.empty() ? StackPayment{} : plan_.functions.at(function);
  }
  [[nodiscard]] bool pays(std::uint32_t function) const { return of(function).taken != 0; }
  [[nodiscard]] std::uint64_t cost(std::uint32_t function) const {
    return must(FrameCosts(module_).of(function)).bytes;
  }
  [[nodiscard]] bool is_empty() const { return plan_.functions.empty(); }

 private:
  Bytes bytes_;
  Module module_;
  StackPlan plan_;
};

TEST(StackPlan, HasNobodyPayWhereNothingRecurs) {
  EXPECT_TRUE(Plan("").is_empty());
  EXPECT_TRUE(Plan(R"((func $f (export "f") (call $g)) (func $g (call $h)) (func $h))").is_empty());
}

TEST(StackPlan, HasRecursionPayForItself) {
  const Plan plan("(func $f (call $f) (call $leaf)) (func $leaf (local i64 i64))");
  EXPECT_EQ(plan.of(0).taken, plan.cost(0));
  EXPECT_EQ(plan.of(0).needed, plan.cost(0) + plan.cost(1));
  EXPECT_FALSE(plan.pays(1));
}

TEST(StackPlan, HasOneFunctionOfACyclePayForAllOfIt) {
  const Plan plan("(func $a (call $b)) (func $b (call $c)) (func $c (call $a))");
  ASSERT_EQ(plan.pays(0) + plan.pays(1) + plan.pays(2), 1);
  const std::uint32_t payer = plan.pays(0) ? 0 : plan.pays(1) ? 1 : 2;
  EXPECT_EQ(plan.of(payer).taken, plan.cost(0) + plan.cost(1) + plan.cost(2));
}

TEST(StackPlan, BreaksEveryOneOfCyclesThatShareFunctions) {
  const Plan plan("(func $a (call $b) (call $c)) (func $b (call $a)) (func $c (call $d)) "
                  "(func $d (call $c) (call $a))");
  EXPECT_TRUE(plan.pays(0) || plan.pays(1));
  EXPECT_TRUE(plan.pays(2) || plan.pays(3));
}

TEST(StackPlan, FollowsIndirectCalls) {
  const Plan plan(R"((type $t (func)) (type $u (func (param i32))) (table 2 funcref)
    (elem (i32.const 0) $f $other)
    (func $f (call_indirect (type $t) (i32.const 0)))
    (func $other (param i32))
    (func $g (call_indirect (type $u) (i32.const 1) (i32.const 1))))");
  EXPECT_TRUE(plan.pays(0));
  EXPECT_FALSE(plan.pays(1));
  EXPECT_FALSE(plan.pays(2));
}

TEST(StackPlan, HasEntriesPayThatLeadToPayers) {
  const Plan plan(R"((func $f (export "f") (call $r)) (func $r (call $r)) (func (export "leaf"))
    (func $inner (call $r)))");
  EXPECT_TRUE(plan.pays(0));
  EXPECT_FALSE(plan.pays(2));
  EXPECT_FALSE(plan.pays(3));
}

TEST(StackPlan, HasEntriesPayThatLeadOutside) {
  const Plan plan(R"((import "env" "out" (func $out)) (func (export "f") (call $out)))");
  EXPECT_TRUE(plan.pays(1));
}

TEST(StackPlan, DistrustsTablesThatOthersSee) {
  constexpr std::string_view kFields = R"((type $t (func))
    (func (export "f") (call_indirect (type $t) (i32.const 0)))";
  const std::string fields = std::string(kFields) + ")";
  EXPECT_TRUE(Plan(fields + R"((table (export "t") 1 funcref))").pays(0));
  EXPECT_TRUE(Plan(fields + "(table 1 funcref)").is_empty());
}

TEST(StackPlan, HasLargeFramesPay) {
  std::string locals;
  for (int i = 0; i < 3000; ++i) locals += "i64 ";
  const Plan plan("(func $f (call $large)) (func $large (local " + locals + "))");
  EXPECT_FALSE(plan.pays(0));
  EXPECT_TRUE(plan.pays(1));
  EXPECT_GE(plan.of(1).taken, 24'000U);
}

TEST(StackPlan, LimitsWhatRecursionPaysForOthers) {
  const Plan plan(R"((func $r (call $a)) (func $a (call $b)) (func $b (call $c))
    (func $c (call $d)) (func $d (call $e)) (func $e (call $g)) (func $g (call $r)))");
  std::uint64_t taken = 0;
  std::uint64_t cost = 0;
  int payers = 0;
  for (std::uint32_t i = 0; i < 7; ++i) {
    payers += plan.pays(i) ? 1 : 0;
    taken += plan.of(i).taken;
    cost += plan.cost(i);
    EXPECT_LE(plan.of(i).taken, plan.cost(i) + kBetweenBytesMax);
  }
  EXPECT_EQ(payers, 2);
  EXPECT_EQ(taken, cost);
}

TEST(StackPlan, TellsWhoCatchesWhatPayersThrow) {
  const Plan plan(R"((tag $e) (func $r (call $r))
    (func $catches (block (try_table (catch_all 0) (call $r))))
    (func $alone (block (try_table (catch_all 0) (throw $e)))))");
  EXPECT_TRUE(plan.of(1).catches);
  EXPECT_FALSE(plan.of(2).catches);
}

}  // namespace
}  // namespace synapsed::bytecode
