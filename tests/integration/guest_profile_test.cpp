// Samples of what a guest was doing.

#include <string>

#include "tests/support/results.hpp"

namespace synapsed {
namespace {

using test::fails_with;
using test::must;

constexpr std::string_view kBusy = R"((module
  (func $inner (param i32) (result i32)
    (loop $on (br_if $on (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
    (local.get 0))
  (func $outer (export "work") (param i32) (result i32) (call $inner (local.get 0)))
  (func (export "fail") (param i32) (result i32) (drop (call $inner (local.get 0))) unreachable)))";

RuntimeConfig with_epochs() {
  RuntimeConfig config = test::small_config();
  config.compilation.interruption = Interruption::kEpochs;
  return config;
}

std::size_t count(std::string_view text, std::string_view what) {
  std::size_t found = 0;
  for (std::size_t at = text.find(what); at != std::string_view::npos; at = text.find(what, at + 1)) {
    ++found;
  }
  return found;
}

TEST(GuestProfiles, NameTheFunctionsThatRan) {
  WasmRuntime runtime = must(WasmRuntime::create(with_epochs()));
  const ModuleId id = must(runtime.load_module_wat("busy", kBusy));
  const GuestProfile profile;
  EXPECT_EQ(profile.json(), "");
  for (const char* function : {"work", "fail"}) {
    const auto result = runtime.execute_function(id, function, {300'000'000},
                                                 ExecutionContext().with_guest_profile(profile));
    EXPECT_EQ(result.has_value(), std::string_view(function) == "work");
    const std::string json = profile.json();
    EXPECT_EQ(json.front(), '{');
    EXPECT_EQ(count(json, "\"inner\""), 1U) << json.substr(0, 500);
    EXPECT_EQ(count(json, "\"outer\""), std::string_view(function) == "work" ? 1U : 0U);
    EXPECT_EQ(count(json, "\"interval\":1"), 1U);
  }
}

TEST(GuestProfiles, NeedGuestsThatLookUp) {
  WasmRuntime runtime = must(WasmRuntime::create(test::small_config()));
  const ModuleId id = must(runtime.load_module_wat("busy", kBusy));
  EXPECT_TRUE(fails_with(
      runtime.execute_function(id, "work", {1}, ExecutionContext().with_guest_profile(GuestProfile())),
      ErrorCode::kInvalidConfig));
}

TEST(GuestProfiles, AreTakenWithinReason) {
  WasmRuntime runtime = must(WasmRuntime::create(with_epochs()));
  const ModuleId id = must(runtime.load_module_wat("busy", kBusy));
  for (const auto interval : {std::chrono::nanoseconds(0), std::chrono::nanoseconds(-1),
                              std::chrono::nanoseconds(std::chrono::seconds(2))}) {
    EXPECT_TRUE(fails_with(runtime.execute_function(id, "work", {1},
                                                    ExecutionContext().with_guest_profile(GuestProfile(interval))),
                           ErrorCode::kInvalidLimit));
  }
}

}  // namespace
}  // namespace synapsed
