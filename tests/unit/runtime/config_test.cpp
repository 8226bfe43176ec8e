#include <synapsed/config.hpp>

#include "runtime/config_fields.hpp"
#include "tests/support/results.hpp"

namespace synapsed {
namespace {

using test::fails_with;
using test::must;

TEST(Config, EveryProfileIsConsistent) {
  for (const std::string_view name : RuntimeConfig::profile_names()) {
    const RuntimeConfig config = must(RuntimeConfig::named(name));
    EXPECT_EQ(config.profile, name);
    EXPECT_TRUE(config.problems().empty()) << name << ": " << config.problems().front();
  }
}

TEST(Config, ProfilesDiffer) {
  EXPECT_TRUE(RuntimeConfig::blockchain().security.enable_deterministic_execution);
  EXPECT_TRUE(RuntimeConfig::development().compilation.debug_info);
  EXPECT_TRUE(RuntimeConfig::production().pooling.enable);
  EXPECT_TRUE(RuntimeConfig::web().security.disable_unsafe_host_functions);
}

TEST(Config, AnUnknownProfileIsAnError) {
  EXPECT_TRUE(fails_with(RuntimeConfig::named("prod"), ErrorCode::kInvalidConfig));
}

TEST(Config, ListsEveryInconsistencyAtOnce) {
  RuntimeConfig config = RuntimeConfig::blockchain();
  config.memory.enable_memory_sharing = true;
  config.compilation.compiler = Compiler::kWinch;
  config.limits.timeout = std::chrono::seconds{-1};
  config.limits.memory_bytes_max = 0;
  config.pooling.instances_max = 0;
  const auto problems = config.problems();
  EXPECT_EQ(problems.size(), 6U);
  const auto valid = config.validate();
  EXPECT_TRUE(fails_with(valid, ErrorCode::kInvalidConfig));
  for (const std::string& problem : problems) {
    EXPECT_NE(valid.error().message().find(problem), std::string::npos) << problem;
  }
}

TEST(Config, EachInconsistencyIsFound) {
  const auto problems_after = [](auto change) {
    RuntimeConfig config = RuntimeConfig::production();
    change(config);
    return config.problems().size();
  };
  EXPECT_EQ(problems_after([](auto& c) { c.memory.memory_pool_size = 100 << 20; c.memory.gc_threshold = 0; }), 1U);
  EXPECT_EQ(problems_after([](auto& c) { c.memory.gc_threshold = std::uint64_t{2} << 30; }), 1U);
  EXPECT_EQ(problems_after([](auto& c) { c.limits.timeout = {}; }), 1U);
  EXPECT_EQ(problems_after([](auto& c) { c.limits.stack_bytes_max = 1; }), 1U);
  EXPECT_EQ(problems_after([](auto& c) { c.limits.module_bytes_max = 0; }), 1U);
  EXPECT_EQ(problems_after([](auto& c) { c.limits.table_elements_max = UINT64_MAX; }), 1U);
  EXPECT_EQ(problems_after([](auto& c) { c.security.max_imports = 1'000'000; }), 1U);
  EXPECT_EQ(problems_after([](auto& c) { c.security.max_exports = 1'000'000; }), 1U);
  EXPECT_EQ(problems_after([](auto& c) { c.compilation.compiler = Compiler::kWinch; }), 1U);
}

TEST(Config, AnInvalidOneMakesNoRuntime) {
  RuntimeConfig config = RuntimeConfig::production();
  config.limits.memory_bytes_max = 1;
  EXPECT_TRUE(fails_with(WasmRuntime::create(config), ErrorCode::kInvalidConfig));
}

TEST(Config, TheFieldTablePrintsValues) {
  std::map<std::string, std::string> texts;
  for (const ConfigField& field : config_fields()) {
    texts[std::string(field.group) + "." + std::string(field.name)] =
        field.text(RuntimeConfig::production());
    EXPECT_FALSE(field.why.empty());
  }
  EXPECT_EQ(texts.at("limits.timeout"), "30 s");
  EXPECT_EQ(texts.at("limits.memory_bytes_max"), "256 MiB");
  EXPECT_EQ(texts.at("limits.table_elements_max"), "1000000");
  EXPECT_EQ(texts.at("security.unknown_imports"), "deny");
  EXPECT_EQ(texts.at("pooling.enable"), "on");
}

}  // namespace
}  // namespace synapsed
