// How many operations the guests of a space may ask for.

#include "storage/bindings/operation_rate.hpp"

#include <chrono>

#include <gtest/gtest.h>

namespace synapsed::storage {
namespace {

using namespace std::chrono_literals;
using Clock = OperationRate::Clock;

const Clock::time_point kStart = Clock::time_point{} + 1h;

TEST(OperationRate, TwiceAsManyMayComeAtOnce) {
  OperationRate rate(10, kStart);
  EXPECT_TRUE(rate.take(20, kStart));
  EXPECT_FALSE(rate.take(1, kStart));
}

TEST(OperationRate, WhatIsRefusedTakesNothing) {
  OperationRate rate(10, kStart);
  EXPECT_FALSE(rate.take(21, kStart));
  EXPECT_TRUE(rate.take(20, kStart));
}

TEST(OperationRate, TimeGivesThemBack) {
  OperationRate rate(10, kStart);
  EXPECT_TRUE(rate.take(20, kStart));
  EXPECT_FALSE(rate.take(1, kStart + 99ms));
  EXPECT_TRUE(rate.take(1, kStart + 101ms));
  EXPECT_FALSE(rate.take(11, kStart + 1100ms));
  EXPECT_TRUE(rate.take(10, kStart + 1102ms));
  EXPECT_FALSE(rate.take(21, kStart + 1h));
  EXPECT_TRUE(rate.take(20, kStart + 1h));
}

TEST(OperationRate, TimeThatGoesBackGivesNothing) {
  OperationRate rate(10, kStart);
  EXPECT_TRUE(rate.take(20, kStart));
  EXPECT_FALSE(rate.take(1, kStart - 1h));
  EXPECT_TRUE(rate.take(10, kStart + 1s));
}

TEST(OperationRate, RestsUntilItIsFull) {
  OperationRate rate(10, kStart);
  EXPECT_TRUE(rate.is_rested(kStart));
  EXPECT_TRUE(rate.take(20, kStart));
  EXPECT_FALSE(rate.is_rested(kStart + 1s));
  EXPECT_TRUE(rate.is_rested(kStart + 2s));
}

TEST(OperationRates, ASpaceHasOneAndOthersAreForgotten) {
  OperationRates rates;
  const auto first = rates.of({.tenant = "alice", .module = "notes"}, 10);
  EXPECT_EQ(rates.of({.tenant = "alice", .module = "notes"}, 10), first);
  EXPECT_NE(rates.of({.tenant = "bob", .module = "notes"}, 10), first);
  std::weak_ptr<OperationRate> idle = rates.of({.tenant = "idle", .module = ""}, 10);
  for (int i = 0; i < 5000; ++i) {
    static_cast<void>(rates.of({.tenant = std::to_string(i), .module = ""}, 10));
  }
  EXPECT_TRUE(idle.expired());
  EXPECT_EQ(rates.of({.tenant = "alice", .module = "notes"}, 10), first);
}

}  // namespace
}  // namespace synapsed::storage
