// Versions that replace one another while they are called.

#include <atomic>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include <fmt/format.h>
#include <synapsed/module_system.hpp>

#include "base/try.hpp"
#include "tests/support/results.hpp"

namespace synapsed {
namespace {

using test::fails_with;
using test::must;

/// Counts calls; `version` says which it is.
std::string counter(int version, std::string_view more = "") {
  return fmt::format(R"((module
    (@custom "synapsed:interface" "next: func() -> u32; version: func() -> u32; state: func() -> list<u8>; migrate: func(old-version: string, state: list<u8>);")
    (memory (export "memory") 1)
    (global $count (mut i32) (i32.const 0))
    (global $free (mut i32) (i32.const 1024))
    (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
      (global.set $free (i32.add (global.get $free) (i32.const 64)))
      (i32.sub (global.get $free) (i32.const 64)))
    (func (export "next") (result i32)
      (global.set $count (i32.add (global.get $count) (i32.const 1)))
      (global.get $count))
    (func (export "version") (result i32) (i32.const {}))
    (func (export "state") (result i32)
      (i32.store (i32.const 16) (global.get $count))
      (i32.store (i32.const 8) (i32.const 16))
      (i32.store (i32.const 12) (i32.const 4))
      (i32.const 8))
    (func (export "migrate") (param i32 i32 i32 i32)
      (global.set $count (i32.load (local.get 2))))
    {}))",
                     version, more);
}

/// The same without state.
std::string answer(int version, std::string_view more = "") {
  return fmt::format("(module (func (export \"version\") (result i32) (i32.const {})) {})", version,
                     more);
}

class ModuleSystems : public testing::Test {
 protected:
  void add(const std::string& name, const std::string& version, const std::string& wat,
           InstancePolicy policy = InstancePolicy::kPerCall) {
    ModuleManifest manifest;
    manifest.name = name;
    manifest.version = must(SemanticVersion::parse(version));
    manifest.instance_policy = policy;
    must(registry_.add(must(wat_to_wasm(wat)), manifest));
  }
  std::int32_t ask(std::string_view name, std::string_view function = "version") {
    return *must(system_.call(name, function, {})).values.at(0).get_if<std::int32_t>();
  }
  std::vector<std::string> events() {
    std::vector<std::string> all;
    all.swap(events_);
    return all;
  }
  void watch() {
    system_.subscribe([this](const ModuleEvent& event) {
      const std::lock_guard lock(events_mutex_);
      events_.push_back(fmt::format("{}@{} {}{}", event.name, event.version.to_string(),
                                    to_string(event.state),
                                    event.error ? fmt::format(": {}", to_string(event.error->code())) : ""));
    });
  }

  static RuntimeConfig config() {
    RuntimeConfig config = test::small_config();
    config.snapshots.enable = true;
    return config;
  }

  WasmRuntime runtime_ = must(WasmRuntime::create(config()));
  ModuleRegistry registry_ = ModuleRegistry::in_memory();
  ModuleSystem system_{runtime_, registry_, {.drain_timeout = std::chrono::seconds(5)}};
  std::mutex events_mutex_;
  std::vector<std::string> events_;
};

TEST_F(ModuleSystems, AVersionServesUntilTheNextOneDoes) {
  add("a", "1.0.0", answer(1));
  watch();
  EXPECT_TRUE(fails_with(system_.call("a", "version", {}), ErrorCode::kUnknownModule));
  must(system_.start("a"));
  EXPECT_EQ(events(), (std::vector<std::string>{"a@1.0.0 loaded", "a@1.0.0 validated",
                                                "a@1.0.0 compiled", "a@1.0.0 ready"}));
  EXPECT_EQ(ask("a"), 1);
  add("a", "1.1.0", answer(2));
  const UpgradeReport report = must(system_.upgrade("a"));
  EXPECT_EQ(report.from->to_string(), "1.0.0");
  EXPECT_EQ(report.to.to_string(), "1.1.0");
  EXPECT_TRUE(report.drained);
  EXPECT_EQ(events(), (std::vector<std::string>{"a@1.1.0 loaded", "a@1.1.0 validated",
                                                "a@1.1.0 compiled", "a@1.1.0 ready",
                                                "a@1.0.0 draining", "a@1.0.0 retired"}));
  EXPECT_EQ(ask("a"), 2);
  EXPECT_TRUE(must(registry_.find("a@1.1.0")).is_active);
  must(system_.rollback("a"));
  EXPECT_EQ(ask("a"), 1);
  EXPECT_TRUE(must(registry_.find("a@1.0.0")).is_active);
  EXPECT_TRUE(fails_with(system_.rollback("a"), ErrorCode::kUpgradeNothingKept));
  EXPECT_EQ(runtime_.list_modules().size(), 1U) << "nobody needs the other any more";
}

TEST_F(ModuleSystems, AFailureInAnyStepLeavesTheVersionThatServes) {
  add("a", "1.0.0", counter(1), InstancePolicy::kPersistent);
  must(system_.start("a"));
  EXPECT_EQ(ask("a", "next"), 1);
  const struct {
    std::string wat;
    ErrorCode code;
  } bad[]{
      {R"((module (import "nobody" "f" (func))))", ErrorCode::kImportDenied},
      {counter(2, "(func $start unreachable) (start $start)"), ErrorCode::kTrapUnreachable},
      {counter(3, "(func (export \"health\") unreachable)"), ErrorCode::kUpgradeUnhealthy},
      {counter(4, "(func (export \"health\") (result i32) (i32.const 0))"), ErrorCode::kUpgradeUnhealthy},
      {answer(5), ErrorCode::kUpgradeNoMigration},
  };
  int minor = 0;
  watch();
  for (const auto& [wat, code] : bad) {
    add("a", fmt::format("1.{}.0", ++minor), wat, InstancePolicy::kPersistent);
    EXPECT_TRUE(fails_with(system_.upgrade("a"), code)) << minor;
    EXPECT_EQ(events().back(), fmt::format("a@1.{}.0 failed: {}", minor, to_string(code)));
    EXPECT_EQ(ask("a", "next"), minor + 1) << "the state is what it was";
    EXPECT_TRUE(must(registry_.find("a@1.0.0")).is_active);
    EXPECT_EQ(runtime_.list_modules().size(), 1U);
  }
}

TEST_F(ModuleSystems, AMigrationThatTrapsLosesNothing) {
  add("a", "1.0.0", counter(1), InstancePolicy::kPersistent);
  must(system_.start("a"));
  EXPECT_EQ(ask("a", "next"), 1);
  std::string trapping = counter(2);
  const std::string load = "(global.set $count (i32.load (local.get 2)))";
  trapping.replace(trapping.find(load), load.size(), "unreachable");
  add("a", "1.1.0", trapping, InstancePolicy::kPersistent);
  const auto failed = system_.upgrade("a");
  ASSERT_TRUE(fails_with(failed, ErrorCode::kTrapUnreachable));
  EXPECT_NE(failed.error().where().find("a@1.1.0, migrate"), std::string::npos);
  EXPECT_EQ(ask("a", "next"), 2);
}

TEST_F(ModuleSystems, StateMovesForthAndBack) {
  add("a", "1.0.0", counter(1), InstancePolicy::kPersistent);
  add("a", "2.0.0", counter(2), InstancePolicy::kPersistent);
  must(system_.start("a@1.0"));
  EXPECT_EQ(ask("a", "next"), 1);
  EXPECT_TRUE(must(system_.upgrade("a")).state_moved);
  EXPECT_EQ(ask("a"), 2);
  EXPECT_EQ(ask("a", "next"), 2);
  EXPECT_TRUE(must(system_.rollback("a")).state_moved);
  EXPECT_EQ(ask("a"), 1);
  EXPECT_EQ(ask("a", "next"), 3);
}

TEST_F(ModuleSystems, TheSameBytesTakeTheirStateAlong) {
  const std::string plain = R"((module (global $n (mut i32) (i32.const 0))
    (func (export "next") (result i32)
      (global.set $n (i32.add (global.get $n) (i32.const 1))) (global.get $n))))";
  add("a", "1.0.0", plain, InstancePolicy::kPersistent);
  add("a", "1.0.1", plain, InstancePolicy::kPersistent);
  must(system_.start("a@1.0.0"));
  EXPECT_EQ(ask("a", "next"), 1);
  must(system_.upgrade("a"));
  EXPECT_EQ(ask("a", "next"), 2);
}

TEST_F(ModuleSystems, ACanaryGetsItsShare) {
  add("a", "1.0.0", answer(1));
  add("a", "1.1.0", R"((module (func (export "version") (result i32) unreachable)))");
  must(system_.start("a@1.0.0"));
  must(system_.start_canary("a@1.1.0", 0.25));
  int failed = 0;
  for (int i = 0; i < 100; ++i) failed += system_.call("a", "version", {}) ? 0 : 1;
  EXPECT_EQ(failed, 25);
  const ModuleStatus status = must(system_.status("a"));
  ASSERT_TRUE(status.canary);
  EXPECT_EQ(status.canary->calls, 25U);
  EXPECT_EQ(status.canary->failure_rate(), 1.0);
  EXPECT_EQ(status.serving.calls, 75U);
  EXPECT_EQ(status.serving.failure_rate(), 0.0);
  EXPECT_GT(status.serving.average_time().count(), 0);
  must(system_.stop_canary("a"));
  EXPECT_EQ(ask("a"), 1);
  EXPECT_FALSE(must(system_.status("a")).canary);
  EXPECT_EQ(runtime_.list_modules().size(), 1U);
  EXPECT_TRUE(fails_with(system_.promote_canary("a"), ErrorCode::kUpgradeNothingKept));
  EXPECT_TRUE(fails_with(system_.start_canary("a@1.1.0", 1.5), ErrorCode::kInvalidConfig));

  add("a", "1.2.0", answer(3));
  must(system_.start_canary("a@1.2.0", 0));
  EXPECT_EQ(must(system_.promote_canary("a")).to.to_string(), "1.2.0");
  EXPECT_EQ(ask("a"), 3);
  must(system_.rollback("a"));
  EXPECT_EQ(ask("a"), 1);
}

TEST_F(ModuleSystems, ACanaryThatFailsEndsItself) {
  add("a", "1.0.0", answer(1));
  add("a", "1.1.0", R"((module (func (export "version") (result i32) unreachable)))");
  must(system_.start("a@1.0.0"));
  std::vector<ModuleEvent> events;
  system_.subscribe([&](const ModuleEvent& event) { events.push_back(event); });
  must(system_.start_canary("a@1.1.0", 0.5, {.calls_min = 10, .more_failures_max = 0.5}));
  int failed = 0;
  for (int i = 0; i < 100; ++i) failed += system_.call("a", "version", {}) ? 0 : 1;
  EXPECT_EQ(failed, 10);
  const ModuleStatus status = must(system_.status("a"));
  EXPECT_FALSE(status.canary);
  EXPECT_EQ(status.serving.calls, 90U);
  EXPECT_EQ(runtime_.list_modules().size(), 1U);
  ASSERT_GE(events.size(), 2U);
  const ModuleEvent& ended = events[events.size() - 2];
  EXPECT_EQ(ended.state, ModuleState::kDraining);
  ASSERT_TRUE(ended.error);
  EXPECT_EQ(ended.error->code(), ErrorCode::kUpgradeUnhealthy);
  EXPECT_EQ(ended.error->message(), "10 of 10 calls failed, and 0 of 10 on 1.0.0");
  EXPECT_EQ(events.back().state, ModuleState::kRetired);
}

TEST_F(ModuleSystems, ACanaryIsComparedWithCallsSinceItStarted) {
  constexpr std::string_view kFails = R"((module (func (export "version") (result i32) unreachable)))";
  add("a", "1.0.0", std::string(kFails));
  add("a", "1.1.0", std::string(kFails));
  must(system_.start("a@1.0.0"));
  must(system_.start_canary("a@1.1.0", 0.5, {.calls_min = 5, .more_failures_max = 0}));
  for (int i = 0; i < 40; ++i) EXPECT_FALSE(system_.call("a", "version", {}));
  EXPECT_TRUE(must(system_.status("a")).canary);  // it fails no more than the other
}

TEST_F(ModuleSystems, ASlowCanaryEndsItself) {
  add("a", "1.0.0", answer(1));
  add("a", "1.1.0", R"((module (func (export "version") (result i32) (local $left i32)
    (local.set $left (i32.const 20000000))
    (loop $again
      (br_if $again (local.tee $left (i32.sub (local.get $left) (i32.const 1)))))
    (i32.const 2))))");
  must(system_.start("a@1.0.0"));
  must(system_.start_canary("a@1.1.0", 0.5, {.calls_min = 2, .slowdown_max = 1.5}));
  for (int i = 0; i < 20 && must(system_.status("a")).canary; ++i) must(system_.call("a", "version", {}));
  EXPECT_FALSE(must(system_.status("a")).canary);
  EXPECT_TRUE(fails_with(system_.start_canary("a@1.1.0", 0.5, {.calls_min = 0}),
                         ErrorCode::kInvalidConfig));
  EXPECT_TRUE(fails_with(system_.start_canary("a@1.1.0", 0.5, {.more_failures_max = -1}),
                         ErrorCode::kInvalidConfig));
  EXPECT_TRUE(fails_with(system_.start_canary("a@1.1.0", 0.5, {.slowdown_max = 0.5}),
                         ErrorCode::kInvalidConfig));
}

TEST_F(ModuleSystems, WhatIsStoppedIsUnloaded) {
  add("a", "1.0.0", answer(1));
  must(system_.start("a"));
  watch();
  must(system_.stop("a"));
  EXPECT_EQ(events(), (std::vector<std::string>{"a@1.0.0 draining", "a@1.0.0 retired"}));
  EXPECT_TRUE(fails_with(system_.call("a", "version", {}), ErrorCode::kUnknownModule));
  EXPECT_TRUE(fails_with(system_.stop("a"), ErrorCode::kUnknownModule));
  EXPECT_EQ(runtime_.list_modules().size(), 0U);
  must(system_.start("a"));
  EXPECT_EQ(ask("a"), 1);
}

/// Imports of `b`, with a string.
constexpr std::string_view kCaller = R"((module
  (import "b" "twice" (func $twice (param i32) (result i32)))
  (import "b" "length" (func $length (param i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 8) "seven b")
  (func (export "through") (param i32) (result i32) (call $twice (local.get 0)))
  (func (export "measured") (result i32) (call $length (i32.const 8) (i32.const 7)))
  (func (export "outside") (result i32) (call $length (i32.const 65536) (i32.const 7)))))";

std::string callee(std::string_view twice) {
  return fmt::format(R"((module
    (@custom "synapsed:interface" "twice: func(n: u32) -> u32; length: func(text: string) -> u32;")
    (memory (export "memory") 1)
    (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (i32.const 1024))
    (func (export "twice") (param i32) (result i32) {})
    (func (export "length") (param i32 i32) (result i32) (local.get 1))))",
                     twice);
}

class Linked : public ModuleSystems {
 protected:
  void add_caller(const std::string& version, const std::string& range,
                  std::string_view wat = kCaller) {
    ModuleManifest manifest;
    manifest.name = "a";
    manifest.version = must(SemanticVersion::parse(version));
    manifest.dependencies = {{.name = "b", .range = must(VersionRange::parse(range))}};
    must(registry_.add(must(wat_to_wasm(wat)), manifest));
  }
  void add_callee(const std::string& version, std::string_view twice) {
    add("b", version, callee(twice));
  }
};

TEST_F(Linked, AnImportOfADependencyIsACallOfWhatServes) {
  add_callee("1.0.0", "(i32.mul (local.get 0) (i32.const 2))");
  add_callee("1.1.0", "(i32.mul (local.get 0) (i32.const 20))");
  add_caller("1.0.0", "~1.0");
  must(system_.start("a"));
  EXPECT_EQ(system_.list().size(), 2U) << "what it needs was started, too";
  EXPECT_EQ(must(system_.call("a", "through", {21})).values[0], WasmValue(42));
  EXPECT_EQ(must(system_.call("a", "measured", {})).values[0], WasmValue(7));
  EXPECT_TRUE(fails_with(system_.call("a", "outside", {}), ErrorCode::kOutOfBounds));
  EXPECT_TRUE(fails_with(system_.upgrade("b"), ErrorCode::kRegistryInUse)) << "a needs ~1.0";
  EXPECT_TRUE(fails_with(system_.stop("b"), ErrorCode::kRegistryInUse));
  add_caller("1.1.0", "^1");
  must(system_.upgrade("a"));
  must(system_.upgrade("b"));
  EXPECT_EQ(must(system_.call("a", "through", {2})).values[0], WasmValue(40)) << "at once";
  must(system_.stop("a"));
  must(system_.stop("b"));
}

TEST_F(Linked, AStringComesBackIntoTheCallersRoom) {
  add("b", "1.0.0", R"((module
    (@custom "synapsed:interface" "name: func(n: u32) -> string;")
    (memory (export "memory") 1)
    (data (i32.const 0) "\10\00\00\00\07\00\00\00") (data (i32.const 16) "seven b")
    (func (export "name") (param i32) (result i32) (i32.const 0))))");
  add_caller("1.0.0", "^1", R"((module
    (@custom "synapsed:interface" "ask: func(room: u32) -> string;")
    (import "b" "name" (func $name (param i32 i32 i32) (result i32)))
    (memory (export "memory") 1)
    (func (export "ask") (param i32) (result i32)
      (i32.store (i32.const 4) (call $name (i32.const 1) (i32.const 64) (local.get 0)))
      (i32.store (i32.const 0) (i32.const 64))
      (i32.const 0))
    (func (export "outside") (result i32)
      (call $name (i32.const 1) (i32.const 65535) (i32.const 7)))))");
  must(system_.start("a"));
  EXPECT_EQ(must(system_.call("a", "ask", {7})).values[0], WasmValue("seven b"));
  EXPECT_EQ(must(system_.call("a", "ask", {6})).values[0], WasmValue(std::string(7, '\0')))
      << "it does not fit: its size, and nothing written";
  const auto calls = must(system_.status("b")).serving.calls;
  EXPECT_TRUE(fails_with(system_.call("a", "outside", {}), ErrorCode::kOutOfBounds));
  EXPECT_EQ(must(system_.status("b")).serving.calls, calls) << "it was not called";
}

TEST_F(Linked, ACalleesSpanIsPartOfTheHostCallThatReachesIt) {
  add_callee("1.0.0", "(local.get 0)");
  add_caller("1.0.0", "^1");
  must(system_.start("a"));
  std::vector<std::string> told;
  std::vector<SpanId> parents;
  std::vector<SpanId> ids;
  ExecutionContext context;
  context.with_trace({.parent = TraceParent::start(), .sink = [&](const TraceSpan& span) {
    told.push_back(fmt::format("{} {}", span.module, span.function));
    parents.push_back(span.parent_id);
    ids.push_back(span.span_id);
  }});
  must(system_.call("a", "through", {21}, context));
  EXPECT_EQ(told, (std::vector<std::string>{"b twice", "a b.twice", "a through"}));
  EXPECT_EQ(parents[0], ids[1]);
  EXPECT_EQ(parents[1], ids[2]);
}

TEST_F(Linked, WhatTheCalleeFailsWithIsTheCallersError) {
  add_callee("1.0.0", "unreachable");
  add_caller("1.0.0", "^1");
  must(system_.start("a"));
  EXPECT_TRUE(fails_with(system_.call("a", "through", {1}), ErrorCode::kTrapUnreachable));
  EXPECT_EQ(must(system_.status("b")).serving.failed, 1U);
}

TEST_F(Linked, ImportsThatAreNotThereAreRefused) {
  add_callee("1.0.0", "(local.get 0)");
  add_caller("1.0.0", "^1", R"((module (import "b" "absent" (func))))");
  EXPECT_TRUE(fails_with(system_.start("a"), ErrorCode::kUnknownExport));
  add_caller("1.0.1", "^1", R"((module (import "b" "twice" (func (param i64)))))");
  EXPECT_TRUE(fails_with(system_.upgrade("a"), ErrorCode::kImportMismatch));
  add_caller("1.0.2", "^1", R"((module (import "b" "memory" (memory 1))))");
  EXPECT_TRUE(fails_with(system_.upgrade("a"), ErrorCode::kUnsupportedType));
  add_caller("1.0.3", "^2");
  EXPECT_TRUE(fails_with(system_.upgrade("a"), ErrorCode::kRegistryNotFound));
}

TEST_F(Linked, ACalleeSpendsOfItsCallersGasAndTime) {
  RuntimeConfig metered = RuntimeConfig::blockchain();
  metered.pooling.enable = false;
  WasmRuntime runtime = must(WasmRuntime::create(metered));
  ModuleSystem system(runtime, registry_);
  add_callee("1.0.0", "(loop $on (br_if $on (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))) (local.get 0)");
  add_caller("1.0.0", "^1");
  must(system.start("a"));
  const auto few = must(system.call("a", "through", {10}, ExecutionContext().with_gas_limit(1'000'000)));
  const auto many = must(system.call("a", "through", {10'000}, ExecutionContext().with_gas_limit(1'000'000)));
  EXPECT_GT(many.usage.gas, few.usage.gas + 9'990);
  EXPECT_TRUE(fails_with(system.call("a", "through", {10'000}, ExecutionContext().with_gas_limit(1'000)),
                         ErrorCode::kOutOfGas));
  const auto late = system.call("a", "through", {0x7fffffff},
                                ExecutionContext().with_timeout(std::chrono::milliseconds(50)));
  EXPECT_TRUE(fails_with(late, ErrorCode::kDeadline));
}

class LinkedIn : public Linked {
 protected:
  void add_with(const std::string& name, std::string_view wat, const std::string& library) {
    ModuleManifest manifest;
    manifest.name = name;
    manifest.version = must(SemanticVersion::parse("1.0.0"));
    manifest.dependencies = {{.name = library, .range = {}, .linking = ModuleLinking::kLinked}};
    must(registry_.add(must(wat_to_wasm(wat)), manifest));
  }
  static constexpr std::string_view kUser = R"((module
    (import "b" "add" (func $add (param i32 i32) (result i32)))
    (import "b" "memory" (memory 1))
    (import "b" "calls" (global $calls (mut i32)))
    (func (export "sum") (param i32) (result i32)
      (i32.store (i32.const 16) (local.get 0))
      (call $add (i32.load (i32.const 16)) (i32.load8_u (i32.const 8))))
    (func (export "calls") (result i32) (global.get $calls))))";
  static constexpr std::string_view kLibrary = R"((module
    (memory (export "memory") 1)
    (data (i32.const 8) "\05")
    (global $calls (export "calls") (mut i32) (i32.const 0))
    (func (export "add") (param i32 i32) (result i32)
      (global.set $calls (i32.add (global.get $calls) (i32.const 1)))
      (i32.add (local.get 0) (local.get 1)))))";
};

TEST_F(LinkedIn, AModuleIsOneWithWhatItLinks) {
  add("b", "1.0.0", std::string(kLibrary));
  add_with("a", kUser, "b");
  must(system_.start("a"));
  EXPECT_EQ(system_.list().size(), 1U) << "what is linked in does not serve by itself";
  EXPECT_EQ(must(system_.call("a", "sum", {37})).values[0], WasmValue(42));
  const Bytes linked = must(registry_.linked(must(registry_.find("a"))));
  EXPECT_TRUE(must(describe_module(linked)).imports.empty());
  EXPECT_EQ(must(registry_.linked(must(registry_.find("b")))), must(registry_.read(must(registry_.find("b")))));
}

TEST_F(LinkedIn, CallsSpendTheSameGas) {
  RuntimeConfig metered = RuntimeConfig::blockchain();
  metered.pooling.enable = false;
  WasmRuntime runtime = must(WasmRuntime::create(metered));
  ModuleSystem system(runtime, registry_);
  add("b", "1.0.0", R"((module (func (export "spin") (param i32)
    (loop $on (br_if $on (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))))))");
  add_with("a", R"((module (import "b" "spin" (func $spin (param i32)))
    (func (export "go") (param i32) (call $spin (local.get 0)))))", "b");
  must(system.start("a"));
  const auto gas = [&](std::int32_t rounds) {
    return must(system.call("a", "go", {rounds}, ExecutionContext().with_gas_limit(1'000'000))).usage.gas;
  };
  EXPECT_EQ(gas(1001) - gas(1), 100 * (gas(11) - gas(1))) << "each round costs the same";
  EXPECT_TRUE(fails_with(system.call("a", "go", {10'000}, ExecutionContext().with_gas_limit(1000)),
                         ErrorCode::kOutOfGas));
}

TEST_F(LinkedIn, WhatIsLinkedInMayLinkOthersAndImportNothingElse) {
  add("c", "1.0.0", R"((module (func (export "two") (result i32) (i32.const 2))))");
  add_with("b", R"((module (import "c" "two" (func $two (result i32)))
    (func (export "four") (result i32) (i32.mul (call $two) (call $two)))))", "c");
  add_with("a", R"((module (import "b" "four" (func $four (result i32))) (export "four" (func $four))))", "b");
  must(system_.start("a"));
  EXPECT_EQ(must(system_.call("a", "four", {})).values[0], WasmValue(4));

  add("needs", "1.0.0", R"((module (import "env" "log" (func)) (func (export "f"))))");
  add_with("d", R"((module (import "needs" "f" (func))))", "needs");
  const auto refused = system_.start("d");
  ASSERT_TRUE(fails_with(refused, ErrorCode::kUnsupportedType));
  EXPECT_NE(refused.error().message().find("env.log"), std::string::npos);
}

TEST_F(LinkedIn, OneThatWouldHaveTwoStatesIsRefused) {
  add("c", "1.0.0", R"((module (global (export "n") (mut i32) (i32.const 0)) (func (export "f"))))");
  add_with("b", R"((module (import "c" "f" (func $f)) (export "f" (func $f))))", "c");
  ModuleManifest manifest;
  manifest.name = "a";
  manifest.version = must(SemanticVersion::parse("1.0.0"));
  manifest.dependencies = {{.name = "b", .range = {}, .linking = ModuleLinking::kLinked},
                           {.name = "c", .range = {}, .linking = ModuleLinking::kLinked}};
  must(registry_.add(must(wat_to_wasm(R"((module (import "b" "f" (func)) (import "c" "n" (global (mut i32)))))")),
                     manifest));
  EXPECT_TRUE(fails_with(system_.start("a"), ErrorCode::kLoadInvalidMetadata));
}

TEST_F(Linked, ModulesThatNeedEachOtherInACircleAreRefused) {
  ModuleManifest manifest;
  manifest.name = "b";
  manifest.version = must(SemanticVersion::parse("1.0.0"));
  manifest.dependencies = {{.name = "a", .range = {}}};
  must(registry_.add(must(wat_to_wasm(callee("(local.get 0)"))), manifest));
  add_caller("1.0.0", "^1");
  EXPECT_TRUE(fails_with(system_.start("a"), ErrorCode::kRegistryCycle));
}

/// A hundred upgrades and rollbacks under load; every third new version fails in another step.
class UnderLoad : public ModuleSystems, public testing::WithParamInterface<InstancePolicy> {};

TEST_P(UnderLoad, NoCallIsLost) {
  constexpr int kRounds = 100;
  constexpr int kClients = 4;
  const bool is_persistent = GetParam() == InstancePolicy::kPersistent;
  const std::string_view function = is_persistent ? "next" : "version";
  const auto good = [&](int version) { return is_persistent ? counter(version) : answer(version); };
  add("a", "1.0.0", good(0), GetParam());
  must(system_.start("a"));

  std::atomic<bool> is_over = false;
  std::atomic<std::uint64_t> failed = 0;
  std::mutex seen_mutex;
  std::set<std::int32_t> seen;
  std::uint64_t calls = 0;
  std::vector<std::thread> clients;
  for (int client = 0; client < kClients; ++client) {
    clients.emplace_back([&] {
      std::vector<std::int32_t> mine;
      while (!is_over) {
        const auto result = system_.call("a", function, {});
        if (result) {
          mine.push_back(*result->values.at(0).get_if<std::int32_t>());
        } else {
          ++failed;
        }
      }
      const std::lock_guard lock(seen_mutex);
      seen.insert(mine.begin(), mine.end());
      calls += mine.size();
    });
  }

  std::uint64_t upgraded = 0;
  std::uint64_t refused = 0;
  for (int round = 1; round <= kRounds; ++round) {
    std::string wat = good(round);
    if (round % 3 == 0) {
      const std::string more[]{"(import \"nobody\" \"f\" (func))", "(func $start unreachable) (start $start)",
                               "(func (export \"health\") unreachable)"};
      wat = round / 3 % 3 == 0 ? fmt::format("(module {})", more[0])
            : is_persistent    ? counter(round, more[round / 3 % 3])
                               : answer(round, more[round / 3 % 3]);
    }
    add("a", fmt::format("1.{}.0", round), wat, GetParam());
    const auto report = system_.upgrade("a");
    if (round % 3 != 0) {
      EXPECT_TRUE(report) << round << ": " << report.error().to_string();
      ++upgraded;
      EXPECT_TRUE(system_.rollback("a")) << round;
      EXPECT_TRUE(system_.upgrade(fmt::format("a@1.{}.0", round))) << round;
    } else {
      EXPECT_FALSE(report) << round;
      ++refused;
    }
  }
  is_over = true;
  for (std::thread& client : clients) client.join();
  EXPECT_EQ(upgraded + refused, static_cast<std::uint64_t>(kRounds));
  EXPECT_EQ(failed, 0U);
  EXPECT_GT(calls, 0U);
  if (is_persistent) {
    EXPECT_EQ(seen.size(), calls) << "every number was given once";
    EXPECT_EQ(*seen.rbegin(), static_cast<std::int32_t>(calls)) << "and none is missing";
  }
  RecordProperty("calls", static_cast<int>(calls));
}

INSTANTIATE_TEST_SUITE_P(Policies, UnderLoad,
                         testing::Values(InstancePolicy::kPerCall, InstancePolicy::kPersistent),
                         [](const auto& instance) {
                           return instance.param == InstancePolicy::kPerCall ? "PerCall" : "Persistent";
                         });

}  // namespace
}  // namespace synapsed
