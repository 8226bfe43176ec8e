#include <synapsed/trace.hpp>

#include <gtest/gtest.h>

#include "tests/support/results.hpp"

namespace synapsed {
namespace {

using test::fails_with;
using test::must;

constexpr std::string_view kText = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

TEST(TraceParent, IsReadAndWritten) {
  const TraceParent parent = must(TraceParent::parse(kText));
  EXPECT_EQ(parent.trace_id[0], std::byte{0x4b});
  EXPECT_EQ(parent.span_id[7], std::byte{0xb7});
  EXPECT_TRUE(parent.is_sampled);
  EXPECT_EQ(parent.to_string(), kText);
}

TEST(TraceParent, SaysWhetherItIsSampled) {
  std::string text(kText);
  text.back() = '2';
  EXPECT_FALSE(must(TraceParent::parse(text)).is_sampled);
  text.back() = '0';
  EXPECT_EQ(must(TraceParent::parse(text)).to_string(), text);
}

TEST(TraceParent, OfALaterVersionHasMoreBehind) {
  const std::string later = "01" + std::string(kText.substr(2)) + "-what-comes";
  EXPECT_EQ(must(TraceParent::parse(later)).to_string(), kText);
  EXPECT_TRUE(fails_with(TraceParent::parse(std::string(kText) + "-what-comes"), ErrorCode::kArgumentType));
  EXPECT_TRUE(fails_with(TraceParent::parse("01" + std::string(kText.substr(2)) + "x"),
                         ErrorCode::kArgumentType));
}

TEST(TraceParent, RefusesWhatIsNone) {
  for (const char* text : {"", "00", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7",
                           "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
                           "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
                           "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
                           "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
                           "00-4bf92f3577b34da6a3ce929d0e0e473g-00f067aa0ba902b7-01",
                           "00_4bf92f3577b34da6a3ce929d0e0e4736_00f067aa0ba902b7_01"}) {
    EXPECT_TRUE(fails_with(TraceParent::parse(text), ErrorCode::kArgumentType)) << text;
  }
}

TEST(TraceParent, StartsTracesThatNobodyElseHas) {
  const TraceParent one = TraceParent::start();
  const TraceParent other = TraceParent::start();
  EXPECT_NE(one.trace_id, other.trace_id);
  EXPECT_NE(one.span_id, other.span_id);
  EXPECT_EQ(must(TraceParent::parse(one.to_string())), one);
}

TEST(TraceSpan, IsOneLineOfJson) {
  const TraceParent parent = must(TraceParent::parse(kText));
  const TraceSpan span{.kind = TraceSpan::Kind::kHostCall,
                       .trace_id = parent.trace_id,
                       .span_id = parent.span_id,
                       .parent_id = parent.span_id,
                       .module = "a\nb",
                       .function = "env.work",
                       .started = std::chrono::system_clock::time_point(std::chrono::seconds(1)),
                       .duration = std::chrono::nanoseconds(1500),
                       .failure = ErrorCode::kHostFunctionFailed};
  EXPECT_EQ(to_json(span),
            R"({"kind":"host_call","trace_id":"4bf92f3577b34da6a3ce929d0e0e4736",)"
            R"("span_id":"00f067aa0ba902b7","parent_id":"00f067aa0ba902b7","module":"a\nb",)"
            R"("function":"env.work","tenant":"","started_ns":1000000000,"duration_ns":1500,)"
            R"("failure":"host.function_failed"})");
}

}  // namespace
}  // namespace synapsed
