#include "bytecode/gas/schedule.hpp"

#include <gmock/gmock.h>

#include "tests/support/results.hpp"

namespace synapsed::bytecode {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<std::string> problems_of(const GasSchedule& schedule) {
  std::vector<std::string> sentences;
  for (GasProblem& problem : schedule.problems()) sentences.push_back(std::move(problem.sentence));
  return sentences;
}

std::uint32_t& price(GasSchedule& schedule, OperatorClass operator_class) {
  return schedule.operators[static_cast<std::size_t>(operator_class)];
}

TEST(GasSchedule, TheDefaultIsUsableAndHasAPriceForWhatTakesTime) {
  EXPECT_THAT(problems_of(default_gas_schedule()), IsEmpty());
  for (std::size_t i = 0; i < kOperatorClasses; ++i) {
    if (static_cast<OperatorClass>(i) == OperatorClass::kControl) continue;
    EXPECT_GT(default_gas_schedule().operators[i], 0U) << to_string(static_cast<OperatorClass>(i));
  }
  EXPECT_GT(default_gas_schedule().bulk_byte, 0U);
  EXPECT_GT(default_gas_schedule().memory_page, 0U);
}

TEST(GasSchedule, PricesHaveTheNamesOfTheTable) {
  GasSchedule schedule;
  ASSERT_NE(schedule.find("operators", "integer_division"), nullptr);
  *schedule.find("operators", "integer_division") = 7;
  EXPECT_EQ(price(schedule, OperatorClass::kIntegerDivision), 7U);
  EXPECT_EQ(schedule.find("functions", "entry"), &schedule.function_entry);
  EXPECT_EQ(schedule.find("functions", "local"), &schedule.function_local);
  EXPECT_EQ(schedule.find("bulk", "byte"), &schedule.bulk_byte);
  EXPECT_EQ(schedule.find("bulk", "element"), &schedule.bulk_element);
  EXPECT_EQ(schedule.find("growth", "page"), &schedule.memory_page);
  EXPECT_EQ(schedule.find("growth", "table_element"), &schedule.table_element);
  EXPECT_EQ(schedule.find("operators", "flights"), nullptr);
  EXPECT_EQ(schedule.find("growth", "byte"), nullptr);
}

TEST(GasSchedule, EveryPriceHasAName) {
  GasSchedule schedule;
  std::uint32_t next = 1;
  for (const GasPriceName& name : gas_price_names()) *schedule.find(name.group, name.name) = next++;
  next = 1;
  for (const GasPriceName& name : gas_price_names()) EXPECT_EQ(schedule.price_named(name), next++);
  EXPECT_EQ(schedule.price_named({"growth", "byte"}), 0U);
  EXPECT_EQ(gas_price_names().size(), kOperatorClasses + 6);
}

TEST(GasSchedule, FreeLoopsAndRecursionAreRefused) {
  GasSchedule schedule = default_gas_schedule();
  price(schedule, OperatorClass::kBranch) = 0;
  EXPECT_THAT(problems_of(schedule), ElementsAre("operators.branch is 0: loops are free"));
  schedule = default_gas_schedule();
  price(schedule, OperatorClass::kCall) = 0;
  EXPECT_THAT(problems_of(schedule), IsEmpty());  // entering costs something
  schedule.function_entry = 0;
  EXPECT_THAT(problems_of(schedule),
              ElementsAre("operators.call and functions.entry are 0: recursion is free"));
  price(schedule, OperatorClass::kCallIndirect) = 0;
  EXPECT_EQ(problems_of(schedule).size(), 2U);
}

TEST(GasSchedule, PricesHaveACeiling) {
  GasSchedule schedule = default_gas_schedule();
  schedule.memory_page = GasSchedule::kPriceMax;
  EXPECT_THAT(problems_of(schedule), IsEmpty());
  schedule.memory_page = GasSchedule::kPriceMax + 1;
  price(schedule, OperatorClass::kLoad) = 2'000'000;
  EXPECT_THAT(problems_of(schedule),
              ElementsAre("operators.load is 2000000, and may be at most 1000000",
                          "growth.page is 1000001, and may be at most 1000000"));
}

TEST(GasSchedule, AnArrayOfGivenElementsCostsByTheirNumber) {
  GasSchedule schedule;
  price(schedule, OperatorClass::kGcAllocation) = 60;
  schedule.bulk_element = 2;
  EXPECT_EQ(schedule.price_of({.op = Op::kArrayNewFixed, .index2 = 5}), 70U);
  EXPECT_EQ(schedule.price_of({.op = Op::kArrayNew}), 60U);  // charged when it is made
}

}  // namespace
}  // namespace synapsed::bytecode
