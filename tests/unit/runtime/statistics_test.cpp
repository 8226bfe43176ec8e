#include "runtime/statistics.hpp"

#include <gtest/gtest.h>

#include "runtime/suggest.hpp"

namespace synapsed {
namespace {

TEST(Histogram, IsEmptyAtFirst) { EXPECT_EQ(Histogram{}.quantile(0.5), 0U); }

TEST(Histogram, QuantilesAreWithinASixteenth) {
  Histogram histogram;
  for (std::uint64_t value = 1; value <= 100'000; ++value) histogram.record(value);
  for (const double share : {0.01, 0.5, 0.9, 0.99, 1.0}) {
    const double exact = share * 100'000;
    const auto measured = static_cast<double>(histogram.quantile(share));
    EXPECT_GE(measured, exact * 0.999);
    EXPECT_LE(measured, exact * (1 + 1.0 / 16));
  }
}

TEST(Histogram, HoldsEveryValue) {
  Histogram histogram;
  histogram.record(0);
  EXPECT_EQ(histogram.quantile(1), 0U);
  histogram.record(UINT64_MAX);
  EXPECT_EQ(histogram.quantile(1), UINT64_MAX);
}

TEST(Statistics, AddUp) {
  Statistics statistics;
  statistics.record_execution({.duration_ns = 100, .peak_memory_bytes = 5}, std::nullopt);
  statistics.record_execution({.duration_ns = 300, .peak_memory_bytes = 9}, ErrorCode::kDeadline);
  statistics.record_execution({.duration_ns = 200, .peak_memory_bytes = 7}, ErrorCode::kDeadline);
  statistics.record_compilation(std::chrono::nanoseconds{40});
  const RuntimeStats stats = statistics.snapshot();
  EXPECT_EQ(stats.functions_executed, 3U);
  EXPECT_EQ(stats.functions_failed, 2U);
  EXPECT_EQ(stats.failures, (std::map<ErrorCode, std::uint64_t>{{ErrorCode::kDeadline, 2}}));
  EXPECT_EQ(stats.average_execution_time().count(), 200);
  EXPECT_EQ(stats.peak_memory_bytes, 9U);
  EXPECT_EQ(stats.compile_time.count(), 40);
  EXPECT_EQ(RuntimeStats{}.average_execution_time().count(), 0);
}

TEST(Suggest, NamesTheNearestOrWhatThereIs) {
  const std::vector<std::string_view> names{"transfer", "balance_of"};
  EXPECT_EQ(suggest("tranfser", names), "did you mean \"transfer\"?");
  EXPECT_EQ(suggest("mint", names), "there is \"transfer\", \"balance_of\"");
  EXPECT_EQ(suggest("mint", {}), "there is none at all");
}

}  // namespace
}  // namespace synapsed
