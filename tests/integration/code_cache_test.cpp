// Compiled code that is found instead of made: in the process, and in a directory.

#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "tests/support/results.hpp"
#include "tests/support/temporary_directory.hpp"

namespace synapsed {
namespace {

using test::fails_with;
using test::must;

constexpr std::string_view kCounter = R"((module
  (memory 1)
  (func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
  (func (export "loop") (param i32) (result i32) (local i32)
    (loop $again
      (local.set 1 (i32.add (local.get 1) (i32.const 3)))
      (br_if $again (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
    (local.get 1))
  (func $divide (export "divide") (param i32) (result i32)
    (i32.div_u (i32.const 1) (local.get 0)))))";

class CompiledCode : public testing::Test {
 protected:
  [[nodiscard]] RuntimeConfig config(RuntimeConfig from = test::small_config()) const {
    from.pooling.enable = false;
    from.compilation.cache_directory = directory_ + "/code";
    return from;
  }
  [[nodiscard]] std::vector<std::filesystem::path> entries() const {
    std::vector<std::filesystem::path> found;
    for (const auto& entry : std::filesystem::directory_iterator(directory_ + "/code")) {
      if (entry.path().filename() != "key") found.push_back(entry.path());
    }
    return found;
  }

  const test::TemporaryDirectory temporary_;
  const std::string directory_ = temporary_.path().string();
};

TEST_F(CompiledCode, AnotherRuntimeMapsWhatOneCompiled) {
  for (const bool is_first : {true, false}) {
    WasmRuntime runtime = must(WasmRuntime::create(config()));
    const ModuleId id = must(runtime.load_module_wat("counter", kCounter));
    EXPECT_EQ(must(runtime.execute_function(id, "add", {2, 3})).values[0], WasmValue(5));
    const CodeCacheStats stats = runtime.get_stats().code_cache;
    EXPECT_EQ(stats.compiled, is_first ? 1U : 0U);
    EXPECT_EQ(stats.hits, is_first ? 0U : 1U);
    EXPECT_EQ(stats.written, is_first ? 1U : 0U);
    EXPECT_EQ(stats.refused, 0U);
  }
}

TEST_F(CompiledCode, MeteredModulesKeepTheirGasAndTheirPlaces) {
  std::vector<std::uint64_t> gas;
  std::vector<std::string> traps;
  for (int round = 0; round < 2; ++round) {
    WasmRuntime runtime = must(WasmRuntime::create(config(RuntimeConfig::blockchain())));
    const ModuleId id = must(runtime.load_module_wat("counter", kCounter));
    EXPECT_EQ(runtime.get_stats().code_cache.hits, static_cast<std::uint64_t>(round));
    const ExecutionContext context = ExecutionContext().with_gas_limit(1'000'000);
    gas.push_back(must(runtime.execute_function(id, "loop", {1000}, context)).usage.gas);
    const auto trapped = runtime.execute_function(id, "divide", {0}, context);
    ASSERT_TRUE(fails_with(trapped, ErrorCode::kTrapIntegerDivisionByZero));
    traps.push_back(trapped.error().to_string());
  }
  EXPECT_EQ(gas[0], gas[1]);
  EXPECT_EQ(traps[0], traps[1]);
}

TEST_F(CompiledCode, WhatDependsOnTheConfigurationIsNotShared) {
  RuntimeConfig slow = config();
  slow.compilation.optimisation = Optimisation::kNone;
  RuntimeConfig snapshots = config();
  snapshots.snapshots.enable = true;
  RuntimeConfig winch = config();
  winch.compilation.compiler = Compiler::kWinch;
  winch.memory.enable_gc = false;
  for (const RuntimeConfig& each :
       {config(), slow, snapshots, winch, config(RuntimeConfig::blockchain())}) {
    WasmRuntime runtime = must(WasmRuntime::create(each));
    must(runtime.load_module_wat("counter", kCounter));
    EXPECT_EQ(runtime.get_stats().code_cache.compiled, 1U);
  }
  EXPECT_EQ(entries().size(), 5U);
}

TEST_F(CompiledCode, WhatWasTamperedWithIsCompiledAgain) {
  {
    WasmRuntime runtime = must(WasmRuntime::create(config()));
    must(runtime.load_module_wat("counter", kCounter));
  }
  ASSERT_EQ(entries().size(), 1U);
  const std::filesystem::path entry = entries().front();
  const auto size = std::filesystem::file_size(entry);
  for (const std::uintmax_t offset : {std::uintmax_t{0}, size / 2, size - 1}) {
    {
      std::fstream file(entry, std::ios::in | std::ios::out | std::ios::binary);
      file.seekg(static_cast<std::streamoff>(offset));
      const int before = file.get();
      file.seekp(static_cast<std::streamoff>(offset));
      file.put(static_cast<char>(before ^ 1));
    }
    WasmRuntime runtime = must(WasmRuntime::create(config()));
    const ModuleId id = must(runtime.load_module_wat("counter", kCounter));
    EXPECT_EQ(must(runtime.execute_function(id, "add", {2, 3})).values[0], WasmValue(5));
    EXPECT_EQ(runtime.get_stats().code_cache.refused, 1U) << offset;
    EXPECT_EQ(runtime.get_stats().code_cache.written, 1U) << "and is whole again";
  }
}

TEST_F(CompiledCode, LoadedModulesWithTheSameBytesShareTheirCode) {
  WasmRuntime runtime = must(WasmRuntime::create(test::small_config()));
  const ModuleId one = must(runtime.load_module_wat("one", kCounter));
  const ModuleId two = must(runtime.load_module_wat("two", kCounter));
  EXPECT_EQ(runtime.get_stats().code_cache.shared, 1U);
  must(runtime.unload_module(one));
  EXPECT_EQ(must(runtime.execute_function(two, "add", {2, 3})).values[0], WasmValue(5));
  must(runtime.unload_module(two));
  must(runtime.load_module_wat("three", kCounter));
  EXPECT_EQ(runtime.get_stats().code_cache.compiled, 2U) << "nobody held it any more";
}

TEST_F(CompiledCode, IsMadeOnceHoweverManyAsk) {
  WasmRuntime runtime = must(WasmRuntime::create(test::small_config()));
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      const ModuleId id = must(runtime.load_module_wat("counter", kCounter));
      EXPECT_EQ(must(runtime.execute_function(id, "add", {2, 3})).values[0], WasmValue(5));
    });
  }
  for (std::thread& thread : threads) thread.join();
  const CodeCacheStats stats = runtime.get_stats().code_cache;
  EXPECT_EQ(stats.compiled, 1U);
  EXPECT_EQ(stats.shared, 7U);
}

TEST_F(CompiledCode, OfAModuleThatIsNoneIsNotKept) {
  WasmRuntime runtime = must(WasmRuntime::create(config()));
  const std::array<std::byte, 9> bad{std::byte{0}, std::byte{'a'}, std::byte{'s'}, std::byte{'m'}, std::byte{1}};
  for (int i = 0; i < 2; ++i) EXPECT_FALSE(runtime.load_module("bad", bad));
  EXPECT_EQ(entries().size(), 0U);
  EXPECT_EQ(runtime.get_stats().code_cache.compiled, 0U);
}

TEST_F(CompiledCode, ADirectoryOfOthersIsRefused) {
  std::filesystem::create_directory(directory_ + "/code");
  std::filesystem::permissions(directory_ + "/code", std::filesystem::perms::all);
  EXPECT_TRUE(fails_with(WasmRuntime::create(config()), ErrorCode::kInvalidConfig));
}

}  // namespace
}  // namespace synapsed
