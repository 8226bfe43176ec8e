// The host functions every guest may import: they are those of the table, and do what it says.

#include "host/first_party.hpp"

#include <algorithm>

#include "tests/support/results.hpp"

namespace synapsed {
namespace {

using test::fails_with;
using test::load_wat;
using test::must;
using test::small_config;

struct Logged {
  std::string module;
  std::string tenant;
  LogLevel level;
  std::string text;
  bool operator==(const Logged&) const = default;
};

class FirstParty : public ::testing::Test {
 protected:
  Result<ExecutionResult> run(std::string_view function, std::vector<WasmValue> arguments) {
    const ModuleId id = load_wat(runtime, R"((module
      (import "synapsed@1" "log" (func $log (param i32 i32 i32)))
      (import "synapsed@1" "panic" (func $panic (param i32 i32)))
      (memory (export "memory") 1)
      (data (i32.const 8) "hello\c3")
      (func (export "log") (param i32 i32 i32)
        (call $log (local.get 0) (local.get 1) (local.get 2)))
      (func (export "fill_and_log") (param i32)
        (memory.fill (i32.const 1) (i32.const 97) (local.get 0))
        (i32.store16 (local.get 0) (i32.const 0xa9c3))
        (call $log (i32.const 2) (i32.const 1) (i32.add (local.get 0) (i32.const 1))))
      (func (export "fill_and_panic") (param i32)
        (memory.fill (i32.const 0) (i32.const 97) (local.get 0))
        (call $panic (i32.const 0) (local.get 0)))
      (func (export "panic") (param i32 i32) (call $panic (local.get 0) (local.get 1)) unreachable)))");
    return runtime.execute_function(id, function, arguments, context);
  }

  WasmRuntime runtime = must(WasmRuntime::create(small_config()));
  std::vector<Logged> logged;
  ExecutionContext context =
      ExecutionContext{}.with_tenant("acme").with_log([this](const LogLine& line) {
        logged.push_back({std::string(line.module), std::string(line.tenant), line.level,
                          std::string(line.text)});
      });
};

TEST_F(FirstParty, IsWhatTheTableSays) {
  const auto infos = runtime.host_functions().list();
  EXPECT_EQ(static_cast<std::size_t>(
                std::ranges::count(infos, first_party_module(), &HostFunctionInfo::module)),
            first_party_functions().size());
  for (const FirstPartyFunction& row : first_party_functions()) {
    const auto info = std::ranges::find_if(infos, [&](const HostFunctionInfo& candidate) {
      return candidate.module == first_party_module() && candidate.name == row.name;
    });
    ASSERT_NE(info, infos.end()) << row.name;
    ASSERT_TRUE(info->type.has_value()) << row.name;
    EXPECT_EQ(to_string(*info->type), row.type) << row.name;
    EXPECT_EQ(info->options.description, row.description);
    EXPECT_EQ(info->options.price.base, row.price_base);
    EXPECT_EQ(info->options.price.per_byte, row.price_per_byte);
    EXPECT_EQ(info->options.capability, row.capability);
  }
}

TEST_F(FirstParty, LogGivesLevelAndTextToTheSink) {
  must(run("log", {3, 8, 5}));
  EXPECT_EQ(logged, (std::vector<Logged>{{"test", "acme", LogLevel::kWarning, "hello"}}));
  EXPECT_EQ(to_string(logged[0].level), "warning");
}

TEST_F(FirstParty, LogRefusesWhatIsNoLevelAndNoText) {
  EXPECT_TRUE(fails_with(run("log", {5, 8, 5}), ErrorCode::kArgumentRange));
  EXPECT_TRUE(fails_with(run("log", {-1, 8, 5}), ErrorCode::kArgumentRange));
  EXPECT_TRUE(fails_with(run("log", {2, 8, 6}), ErrorCode::kArgumentType));
  EXPECT_TRUE(fails_with(run("log", {2, 65535, 2}), ErrorCode::kOutOfBounds));
  EXPECT_TRUE(logged.empty());
}

TEST_F(FirstParty, LongLogLinesAreCutBetweenCharacters) {
  must(run("fill_and_log", {16 << 10}));  // its last character has two bytes and does not fit
  ASSERT_EQ(logged.size(), 1U);
  EXPECT_EQ(logged[0].text, std::string((16U << 10U) - 1, 'a'));
}

TEST_F(FirstParty, PanicEndsTheGuestWithItsMessage) {
  const auto result = run("panic", {8, 5});
  EXPECT_TRUE(fails_with(result, ErrorCode::kTrapPanic));
  EXPECT_EQ(result.error().message(), "the guest panicked: hello");
  ASSERT_NE(result.error().trap(), nullptr);
  EXPECT_EQ(result.error().trap()->frames.size(), 1U);
}

TEST_F(FirstParty, LongPanicMessagesAreCut) {
  const auto result = run("fill_and_panic", {60'000});
  EXPECT_TRUE(fails_with(result, ErrorCode::kTrapPanic));
  EXPECT_EQ(result.error().message().size(), std::string("the guest panicked: …").size() + 4096);
}

TEST_F(FirstParty, WithoutASinkLogLinesAreDropped) {
  context = ExecutionContext{};
  must(run("log", {2, 8, 5}));
  EXPECT_TRUE(logged.empty());
}

TEST_F(FirstParty, CallsHaveTheirPrice) {
  EXPECT_EQ(must(run("log", {3, 8, 5})).usage.gas, 105U);
  context.with_gas_limit(104);
  EXPECT_TRUE(fails_with(run("log", {3, 8, 5}), ErrorCode::kOutOfGas));
  EXPECT_EQ(logged.size(), 1U);
}

TEST(GuestErrors, AreNegativeNumbersWithNames) {
  EXPECT_EQ(guest_number(ErrorCode::kGuestNotFound), -2);
  EXPECT_EQ(to_string(ErrorCode::kGuestBufferTooSmall), "guest.buffer_too_small");
  EXPECT_EQ(guest_number(ErrorCode::kIo), std::nullopt);
}

}  // namespace
}  // namespace synapsed
