// The rules that make results the same on every machine: what the report says of a module, and what
// a runtime refuses.

#include <algorithm>
#include <string>

#include <fmt/format.h>

#include "tests/support/results.hpp"

namespace synapsed {
namespace {

using test::fails_with;
using test::must;

RuntimeConfig blockchain() {
  RuntimeConfig config = RuntimeConfig::blockchain();
  config.pooling.enable = false;
  return config;
}

/// The rules that are not met, in order, with a blank between.
std::string broken(std::string_view fields, const RuntimeConfig& config) {
  std::string names;
  for (const DeterminismRule& rule : must(determinism_report(
           must(wat_to_wasm(fmt::format("(module {})", fields))), config))) {
    EXPECT_EQ(rule.is_met, rule.help.empty()) << rule.rule;
    EXPECT_FALSE(rule.message.empty()) << rule.rule;
    if (!rule.is_met) names += (names.empty() ? "" : " ") + rule.rule;
  }
  return names;
}

DeterminismRule rule_of(std::string_view name, std::string_view fields,
                        const RuntimeConfig& config) {
  const auto rules =
      must(determinism_report(must(wat_to_wasm(fmt::format("(module {})", fields))), config));
  return *std::ranges::find(rules, name, &DeterminismRule::rule);
}

Result<ModuleId> load_under(const RuntimeConfig& config, std::string_view fields) {
  auto runtime = must(WasmRuntime::create(config));
  return runtime.load_module_wat("test", fmt::format("(module {})", fields));
}

constexpr std::string_view kFloats =
    "(func) (func $half (export \"half\") (param f64) (result f64) "
    "(f64.div (local.get 0) (f64.const 2)))";
constexpr std::string_view kRelaxed =
    "(func (param v128) (result v128) "
    "(i8x16.relaxed_swizzle (local.get 0) (local.get 0)))";
constexpr std::string_view kAtomic =
    "(memory 1 1) (func $add (result i32) (i32.atomic.load (i32.const 0)))";
constexpr std::string_view kClock =
    R"((import "wasi_snapshot_preview1" "clock_time_get"
        (func (param i32 i64 i32) (result i32))))";

constexpr std::string_view kFiles =
    R"((import "wasi_snapshot_preview1" "path_unlink_file"
        (func (param i32 i32 i32) (result i32))))";

TEST(Determinism, IsTheRuntimesWhereTheModuleIsPlain) {
  EXPECT_EQ(broken("(func)", blockchain()), "");
  EXPECT_EQ(broken("(func)", RuntimeConfig::production()), "stack gas");
}

TEST(Determinism, OfFloatsAndRelaxedSimdIsTheProfiles) {
  EXPECT_EQ(broken(kFloats, blockchain()), "");
  EXPECT_EQ(broken(kRelaxed, blockchain()), "");
  EXPECT_EQ(broken(kFloats, RuntimeConfig::production()), "floats stack gas");
  EXPECT_EQ(broken(kRelaxed, RuntimeConfig::production()), "relaxed-simd stack gas");
}

TEST(Determinism, OfClocksIsThatOfContextsWhereNobodyElseAnswers) {
  EXPECT_EQ(broken(kClock, blockchain()), "");
  EXPECT_EQ(broken(kClock, RuntimeConfig::production()), "environment stack gas");
  EXPECT_NE(rule_of("environment", kClock, blockchain()).message.find("context"),
            std::string::npos);
}

TEST(Determinism, EndsWithThreadsAndFiles) {
  EXPECT_EQ(broken(kAtomic, blockchain()), "threads");
  EXPECT_EQ(broken("(memory 1 1 shared)", blockchain()), "threads");
  EXPECT_EQ(broken(kFiles, blockchain()), "environment");
}

TEST(Determinism, OfGrowthNeedsALimitThatNobodyLifts) {
  constexpr std::string_view kUnbounded = "(memory 1)";
  EXPECT_EQ(broken(kUnbounded, blockchain()), "");
  EXPECT_NE(rule_of("memory", kUnbounded, blockchain()).message.find("ends the guest"),
            std::string::npos);
  RuntimeConfig config = blockchain();
  config.security.enable_sandboxing = false;
  EXPECT_EQ(broken(kUnbounded, config), "memory");
  EXPECT_EQ(broken("(memory 1 2)", config), "");
}

TEST(Determinism, ReportSaysWhere) {
  RuntimeConfig config = blockchain();
  config.security.allow_floats = false;
  const DeterminismRule rule = rule_of("floats", kFloats, config);
  EXPECT_FALSE(rule.is_met);
  EXPECT_EQ(rule.function, 1U);
  EXPECT_EQ(rule.function_name, "half");
  EXPECT_NE(rule.offset, 0U);
}

TEST(Determinism, FloatsAreRefusedWhereTheConfigurationSaysSo) {
  RuntimeConfig config = blockchain();
  EXPECT_TRUE(load_under(config, kFloats));
  config.security.allow_floats = false;
  const auto refused = load_under(config, kFloats);
  ASSERT_TRUE(fails_with(refused, ErrorCode::kFloatsDenied));
  EXPECT_NE(refused.error().where().find("function 1 (half)"), std::string::npos);
  EXPECT_NE(refused.error().where().find("offset 0x"), std::string::npos);
  EXPECT_TRUE(load_under(config, "(func (export \"f\") (param i64))"));
}

TEST(Determinism, AtomicsAreRefusedWithTheirPlace) {
  const auto refused = load_under(blockchain(), kAtomic);
  ASSERT_TRUE(fails_with(refused, ErrorCode::kSharedMemoryDenied));
  EXPECT_NE(refused.error().where().find("function 0 (add)"), std::string::npos);
}

TEST(Determinism, CheckAgreesWithLoading) {
  RuntimeConfig config = blockchain();
  config.security.allow_floats = false;
  const auto findings = must(check_module(
      must(wat_to_wasm(fmt::format("(module {})", kFloats))),
      {.config = config, .granted_imports = {}, .wanted_exports = {}, .refused_features = {}}));
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings.front().rule, "feature.floats");
}

}  // namespace
}  // namespace synapsed
