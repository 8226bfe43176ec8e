// Loading: what is accepted, what is refused and how that is said.

#include <fstream>

#include "tests/support/results.hpp"

namespace synapsed {
namespace {

using test::fails_with;
using test::load_wat;
using test::must;
using test::small_config;

Bytes wasm_of(std::string_view wat) { return must(wat_to_wasm(wat)); }

class Load : public ::testing::Test {
 protected:
  WasmRuntime runtime = must(WasmRuntime::create(small_config()));

  Result<ModuleId> load(std::string_view wat) { return runtime.load_module_wat("m", wat); }
  static Result<ModuleId> load_under(const RuntimeConfig& config, std::string_view wat) {
    auto other = must(WasmRuntime::create(config));
    return other.load_module_wat("m", wat);
  }
};

TEST_F(Load, TellsAboutALoadedModule) {
  const Bytes wasm = wasm_of(R"((module
    (import "wasi_snapshot_preview1" "sched_yield" (func (result i32)))
    (memory (export "memory") 1 2)
    (func (export "f") (param i64) (result i64) (local.get 0))))");
  const ModuleId id = must(runtime.load_module(
      "wallet", wasm,
      ModuleMetadata{"1.2.3"}.with_capability("smart-contract").with_tag("defi")
          .with_description("keeps money").with_author("somebody")));
  const ModuleInfo info = must(runtime.module_info(id));
  EXPECT_EQ(info.id, id);
  EXPECT_EQ(info.name, "wallet");
  EXPECT_EQ(info.metadata.version, "1.2.3");
  EXPECT_EQ(info.metadata.capabilities, std::vector<std::string>{"smart-contract"});
  EXPECT_EQ(info.metadata.tags, std::vector<std::string>{"defi"});
  EXPECT_EQ(info.metadata.description, "keeps money");
  EXPECT_EQ(info.metadata.authors, std::vector<std::string>{"somebody"});
  EXPECT_EQ(info.size_bytes, wasm.size());
  EXPECT_EQ(info.sha256.size(), 64U);
  EXPECT_GT(info.compile_time.count(), 0);
  ASSERT_EQ(info.imports.size(), 1U);
  EXPECT_EQ(info.imports[0].name, "sched_yield");
  ASSERT_EQ(info.exports.size(), 2U);
  EXPECT_EQ(to_string(info.exports[1].type), "func (i64) -> i64");
}

TEST_F(Load, ListsInTheOrderOfLoadingAndForgetsWhatIsUnloaded) {
  const ModuleId a = load_wat(runtime, "(module)");
  const ModuleId b = load_wat(runtime, "(module)");
  ASSERT_EQ(runtime.list_modules().size(), 2U);
  EXPECT_EQ(runtime.list_modules()[0].id, a);
  must(runtime.unload_module(a));
  ASSERT_EQ(runtime.list_modules().size(), 1U);
  EXPECT_EQ(runtime.list_modules()[0].id, b);
  EXPECT_TRUE(fails_with(runtime.unload_module(a), ErrorCode::kUnknownModule));
  EXPECT_TRUE(fails_with(runtime.module_info(a), ErrorCode::kUnknownModule));
  EXPECT_TRUE(fails_with(runtime.execute_function(a, "f", {}), ErrorCode::kUnknownModule));
  EXPECT_EQ(runtime.get_stats().modules_loaded, 1U);
}

TEST_F(Load, LoadsFilesOfBothFormats) {
  const std::string path = ::testing::TempDir() + "load_test_module";
  const auto write = [&](std::string_view bytes) { std::ofstream(path, std::ios::binary) << bytes; };
  write("  (module (func (export \"f\")))");
  must(runtime.execute_function(must(runtime.load_module_file("text", path)), "f", {}));
  const Bytes wasm = wasm_of("(module (func (export \"g\")))");
  write({reinterpret_cast<const char*>(wasm.data()), wasm.size()});
  must(runtime.execute_function(must(runtime.load_module_file("binary", path)), "g", {}));
  write("no module at all");
  EXPECT_TRUE(fails_with(runtime.load_module_file("junk", path), ErrorCode::kLoadNotWasm));
  write("");
  EXPECT_TRUE(fails_with(runtime.load_module_file("empty", path), ErrorCode::kLoadEmpty));
  EXPECT_TRUE(fails_with(runtime.load_module_file("gone", path + "_gone"), ErrorCode::kLoadUnreadable));
}

TEST_F(Load, AnInvalidModuleNamesItsPlace) {
  const auto binary = runtime.load_module("bad.wasm", wasm_of("(module (func (result i32)))"));
  EXPECT_TRUE(fails_with(binary, ErrorCode::kLoadInvalidModule));
  EXPECT_TRUE(binary.error().where().starts_with("bad.wasm, offset 0x")) << binary.error().where();
  const auto text = runtime.load_module_wat("bad.wat", "(module (nonsense))");
  EXPECT_TRUE(fails_with(text, ErrorCode::kLoadInvalidText));
  EXPECT_EQ(text.error().where(), "bad.wat, line 1, column 10");
}

TEST_F(Load, ChecksNameVersionAndSize) {
  const Bytes wasm = wasm_of("(module)");
  EXPECT_TRUE(fails_with(runtime.load_module("", wasm), ErrorCode::kLoadInvalidMetadata));
  EXPECT_TRUE(fails_with(runtime.load_module(std::string(257, 'n'), wasm),
                         ErrorCode::kLoadInvalidMetadata));
  EXPECT_TRUE(fails_with(runtime.load_module("m", wasm, ModuleMetadata{"one"}),
                         ErrorCode::kLoadInvalidMetadata));
  RuntimeConfig config = small_config();
  config.limits.module_bytes_max = 8;
  EXPECT_TRUE(fails_with(load_under(config, "(module (func))"), ErrorCode::kLoadTooLarge));
}

TEST_F(Load, ImportAndExportLimitsHold) {
  constexpr std::string_view kTwo = R"((module
    (import "wasi_snapshot_preview1" "sched_yield" (func (result i32)))
    (import "wasi_snapshot_preview1" "sched_yield" (func (result i32)))
    (func (export "a")) (func (export "b"))))";
  RuntimeConfig config = small_config();
  config.security.max_imports = 2;
  config.security.max_exports = 2;
  EXPECT_TRUE(load_under(config, kTwo));
  config.security.max_imports = 1;
  EXPECT_TRUE(fails_with(load_under(config, kTwo), ErrorCode::kTooManyImports));
  config.security.max_imports = 2;
  config.security.max_exports = 1;
  EXPECT_TRUE(fails_with(load_under(config, kTwo), ErrorCode::kTooManyExports));
}

constexpr std::string_view kImports = R"((module
  (import "wasi_snapshot_preview1" "sched_yield" (func (result i32)))
  (import "env" "open_socket" (func $open (result i32)))
  (func (export "quiet") (result i32) (i32.const 7))
  (func (export "open") (result i32) (call $open))))";

TEST_F(Load, AnImportNobodyProvidesIsDeniedByName) {
  const auto denied = runtime.load_module_wat("wallet.wasm", kImports);
  EXPECT_TRUE(fails_with(denied, ErrorCode::kImportDenied));
  EXPECT_NE(denied.error().message().find("\"env.open_socket\""), std::string::npos);
  EXPECT_EQ(denied.error().where(), "wallet.wasm, import 2 of 2");
  const auto several = load(R"((module (import "a" "b" (func)) (import "c" "d" (memory 1))))");
  EXPECT_NE(several.error().message().find("2 imports are not granted: \"a.b\", \"c.d\""),
            std::string::npos);
}

TEST_F(Load, WithoutStrictValidationTheDenialComesAtTheFirstExecution) {
  RuntimeConfig config = small_config();
  config.security.strict_validation = false;
  auto lenient = must(WasmRuntime::create(config));
  const ModuleId id = load_wat(lenient, kImports);
  EXPECT_TRUE(fails_with(lenient.execute_function(id, "quiet", {}), ErrorCode::kImportDenied));
}

TEST_F(Load, UnknownImportsMayTrapOrBeZero) {
  RuntimeConfig config = small_config();
  config.security.unknown_imports = UnknownImports::kTrap;
  auto trapping = must(WasmRuntime::create(config));
  ModuleId id = load_wat(trapping, kImports);
  EXPECT_EQ(must(trapping.execute_function(id, "quiet", {})).values[0], WasmValue(7));
  const auto trapped = trapping.execute_function(id, "open", {});
  EXPECT_TRUE(fails_with(trapped, ErrorCode::kTrapUnknownImport));
  EXPECT_NE(trapped.error().message().find("env::open_socket"), std::string::npos);
  EXPECT_TRUE(fails_with(trapping.load_module_wat("m", R"((module (import "a" "m" (memory 1))))"),
                         ErrorCode::kImportDenied));

  config.security.unknown_imports = UnknownImports::kZero;
  auto zero = must(WasmRuntime::create(config));
  id = load_wat(zero, kImports);
  EXPECT_EQ(must(zero.execute_function(id, "open", {})).values[0], WasmValue(0));
  id = load_wat(zero, R"((module (import "a" "m" (memory 1)) (import "a" "g" (global i64))
    (func (export "f") (result i64) (i64.add (global.get 0) (i64.load (i32.const 0))))))");
  EXPECT_EQ(must(zero.execute_function(id, "f", {})).values[0], WasmValue(std::int64_t{0}));
}

TEST_F(Load, AnImportOfAnotherTypeIsAMismatch) {
  EXPECT_TRUE(fails_with(load(R"((module (import "wasi_snapshot_preview1" "sched_yield" (func))))"),
                         ErrorCode::kImportMismatch));
}

TEST_F(Load, UnsafeHostFunctionsCanBeForbidden) {
  RuntimeConfig config = small_config();
  config.security.disable_unsafe_host_functions = true;
  const auto yields = load_under(config, R"((module
    (import "wasi_snapshot_preview1" "sched_yield" (func (result i32)))))");
  EXPECT_TRUE(fails_with(yields, ErrorCode::kUnsafeHostFunction));
  EXPECT_TRUE(load_under(config, R"((module
    (import "wasi_snapshot_preview1" "proc_exit" (func (param i32)))))"));
  auto other = must(WasmRuntime::create(config));
  const ModuleId id = load_wat(other, "(module (func (export \"f\")))");
  EXPECT_TRUE(fails_with(other.execute_function(
                             id, "f", {}, ExecutionContext{}.with_directory({.host_path = "/"})),
                         ErrorCode::kPathDenied));
}

TEST_F(Load, SharedMemoriesNeedMemorySharingAndFitTheLimit) {
  constexpr std::string_view kShared = "(module (memory 1 16 shared))";
  EXPECT_TRUE(fails_with(load(kShared), ErrorCode::kSharedMemoryDenied));
  RuntimeConfig config = small_config();
  config.memory.enable_memory_sharing = true;
  EXPECT_TRUE(load_under(config, kShared));
  EXPECT_TRUE(fails_with(load_under(config, "(module (memory 1 65536 shared))"),
                         ErrorCode::kMemoryLimit));
}

TEST_F(Load, GcModulesNeedGc) {
  constexpr std::string_view kGc = R"((module (type $p (struct (field i32)))
    (func (export "f") (result i32) (struct.get $p 0 (struct.new $p (i32.const 5))))))";
  const ModuleId id = load_wat(runtime, kGc);
  EXPECT_EQ(must(runtime.execute_function(id, "f", {})).values[0], WasmValue(5));
  RuntimeConfig config = small_config();
  config.memory.enable_gc = false;
  EXPECT_TRUE(fails_with(load_under(config, kGc), ErrorCode::kLoadInvalidModule));
}

TEST_F(Load, AMemoryThatStartsTooLargeIsRefused) {
  EXPECT_TRUE(fails_with(load("(module (memory 5000))"), ErrorCode::kMemoryLimit));
  EXPECT_TRUE(fails_with(load("(module (memory 3000) (memory 3000))"), ErrorCode::kMemoryLimit));
}

TEST_F(Load, WinchCompilesToo) {
  RuntimeConfig config = small_config();
  config.compilation.compiler = Compiler::kWinch;
  config.memory.enable_gc = false;
  auto winch = must(WasmRuntime::create(config));
  const ModuleId id = load_wat(winch, R"((module
    (func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))))");
  EXPECT_EQ(must(winch.execute_function(id, "add", {10, 20})).values[0], WasmValue(30));
}

TEST_F(Load, DescribesWithoutRunning) {
  const ModuleDescription description = must(describe_module(wasm_of(R"((module
    (import "env" "f" (func)) (memory (export "m") 1) (memory 2) (table 3 funcref)
    (func $start) (start $start) (@custom "note" "x")))")));
  EXPECT_EQ(description.imports.size(), 1U);
  EXPECT_EQ(description.exports.size(), 1U);
  EXPECT_EQ(description.memories.size(), 2U);
  EXPECT_EQ(description.tables.size(), 1U);
  EXPECT_EQ(description.functions, 1U);
  EXPECT_TRUE(description.has_start_function);
  ASSERT_EQ(description.features.size(), 1U);
  EXPECT_EQ(description.features.front().name, "multi-memory");
  EXPECT_TRUE(description.sections.back().is_custom);
  EXPECT_TRUE(fails_with(describe_module(wasm_of("(module (func (result i32)))")),
                         ErrorCode::kLoadInvalidModule));
}

TEST_F(Load, ExecutesAModuleDirectly) {
  const Bytes wasm = wasm_of("(module (func (export \"f\") (result i32) (i32.const 9)))");
  EXPECT_EQ(must(runtime.execute_module(wasm, "f", {})).values[0], WasmValue(9));
  EXPECT_EQ(runtime.get_stats().modules_loaded, 0U);
}

}  // namespace
}  // namespace synapsed
