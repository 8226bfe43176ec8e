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

TEST(Statistics, AreTextForPrometheus) {
  ModuleStatistics statistics(2);
  statistics.record_execution(1, {.duration_ns = 5'000, .gas = 7}, std::nullopt);
  statistics.record_execution(1, {.duration_ns = 500}, ErrorCode::kDeadline);
  statistics.record_execution(std::nullopt, {.duration_ns = 1}, std::nullopt);
  ModuleStats module = statistics.snapshot();
  module.name = "a \"b\"\n";
  module.version = "1.0.0";
  module.functions.push_back(statistics.function(1));
  module.functions.back().function = "f";
  EXPECT_EQ(module.calls, 3U);
  EXPECT_EQ(module.gas, 7U);
  EXPECT_EQ(statistics.function(0).calls, 0U);
  const std::string text = to_prometheus(RuntimeStats{}, {module});
  const std::string labels = R"({module="a \"b\"\n",version="1.0.0")";
  for (const std::string& line :
       {"synapsed_module_duration_seconds_bucket" + labels + R"(,le="1e-06"} 2)",
        "synapsed_module_duration_seconds_bucket" + labels + R"(,le="1e-05"} 3)",
        "synapsed_module_duration_seconds_bucket" + labels + R"(,le="+Inf"} 3)",
        "synapsed_module_duration_seconds_count" + labels + "} 3",
        "synapsed_module_failures_total" + labels + R"(,error="limit.deadline"} 1)",
        "synapsed_function_calls_total" + labels + R"(,function="f"} 2)",
        "synapsed_function_failures_total" + labels + R"(,function="f"} 1)",
        std::string("# TYPE synapsed_modules_loaded gauge"),
        std::string("synapsed_code_loads_total{from=\"cache\"} 0")}) {
    EXPECT_NE(text.find(line + "\n"), std::string::npos) << line << "\n" << text;
  }
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
