#include "base/time_text.hpp"

#include <gtest/gtest.h>

namespace synapsed {
namespace {

std::int64_t nanoseconds(std::string_view text) {
  const auto time = parse_time(text);
  return time ? time->time_since_epoch().count() : -1;
}

TEST(TimeText, IsReadAsUtc) {
  EXPECT_EQ(nanoseconds("1970-01-01T00:00:00Z"), 0);
  EXPECT_EQ(nanoseconds("2026-01-02T03:04:05Z"), 1'767'323'045'000'000'000);
  EXPECT_EQ(nanoseconds("2024-02-29T23:59:59Z"), 1'709'251'199'000'000'000);
}

TEST(TimeText, MayHaveAFraction) {
  EXPECT_EQ(nanoseconds("1970-01-01T00:00:00.5Z"), 500'000'000);
  EXPECT_EQ(nanoseconds("1970-01-01T00:00:01.000000001Z"), 1'000'000'001);
}

TEST(TimeText, WhatIsNoTimeIsRefused) {
  for (const std::string_view text :
       {"", "now", "1970-01-01", "1970-01-01T00:00:00", "1970-01-01T00:00:00ZZ",
        "1970-1-01T00:00:00Z", "1970-01-01 00:00:00Z", "1970-02-30T00:00:00Z",
        "2025-02-29T00:00:00Z", "1970-13-01T00:00:00Z", "1970-01-01T24:00:00Z",
        "1970-01-01T00:60:00Z", "1970-01-01T00:00:60Z", "1970-01-01T00:00:00.Z",
        "1970-01-01T00:00:00.0000000001Z", "1969-12-31T23:59:59Z", "2262-01-01T00:00:00Z",
        "+970-01-01T00:00:00Z"}) {
    const auto time = parse_time(text);
    ASSERT_FALSE(time) << text;
    EXPECT_EQ(time.error().code(), ErrorCode::kInvalidLimit);
  }
}

}  // namespace
}  // namespace synapsed
