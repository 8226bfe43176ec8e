// WASI preview 1: nothing unless asked for, exit codes as values.

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "base/bytes.hpp"
#include "tests/support/results.hpp"

namespace synapsed {
namespace {

using test::fails_with;
using test::load_wat;
using test::must;
using test::small_config;

// Imports most tests share, and a memory. `write` prints bytes 0..n of memory from address 64.
constexpr std::string_view kPrelude = R"(
  (import "wasi_snapshot_preview1" "fd_write"
    (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_read" (func $fd_read (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $proc_exit (param i32)))
  (import "wasi_snapshot_preview1" "args_sizes_get" (func $args_sizes (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "args_get" (func $args_get (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "environ_sizes_get"
    (func $env_sizes (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "environ_get" (func $env_get (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "path_open"
    (func $path_open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_prestat_get" (func $prestat (param i32 i32) (result i32)))
  (memory (export "memory") 1)
  (func $write (param $fd i32) (param $length i32) (result i32)
    (i32.store (i32.const 0) (i32.const 64))
    (i32.store (i32.const 4) (local.get $length))
    (call $fd_write (local.get $fd) (i32.const 0) (i32.const 1) (i32.const 8)))
)";

class Wasi : public ::testing::Test {
 protected:
  WasmRuntime runtime = must(WasmRuntime::create(small_config()));

  Result<ExecutionResult> run(std::string_view body, std::string_view function,
                              const ExecutionContext& context = {}) {
    const std::string wat = "(module " + std::string(kPrelude) + std::string(body) + ")";
    return runtime.execute_function(load_wat(runtime, wat), function, {}, context);
  }
};

TEST_F(Wasi, ExitCodesAreValues) {
  constexpr std::string_view kExit = R"(
    (func (export "three") (call $proc_exit (i32.const 3)))
    (func (export "zero") (call $proc_exit (i32.const 0)) (unreachable)))";
  EXPECT_EQ(must(run(kExit, "three")).exit_code, 3);
  EXPECT_EQ(must(run(kExit, "zero")).exit_code, 0);
  EXPECT_EQ(runtime.get_stats().functions_failed, 0U);
}

TEST_F(Wasi, ExitFromAStartFunctionIsAnExitToo) {
  EXPECT_EQ(must(run("(func $s (call $proc_exit (i32.const 7))) (start $s) (func (export \"f\"))",
                     "f"))
                .exit_code,
            7);
}

TEST_F(Wasi, OutputIsCapturedUpToItsLimit) {
  constexpr std::string_view kHello = R"((data (i32.const 64) "hello, world")
    (func (export "out") (result i32) (call $write (i32.const 1) (i32.const 12)))
    (func (export "err") (result i32) (call $write (i32.const 2) (i32.const 5))))";
  const auto out = std::make_shared<OutputBuffer>();
  const auto err = std::make_shared<OutputBuffer>();
  const auto context = ExecutionContext{}.with_stdout(out).with_stderr(err);
  EXPECT_EQ(must(run(kHello, "out", context)).values[0], WasmValue(0));
  EXPECT_EQ(must(run(kHello, "err", context)).values[0], WasmValue(0));
  EXPECT_EQ(out->text(), "hello, world");
  EXPECT_EQ(err->text(), "hello");

  const auto tiny = std::make_shared<OutputBuffer>(4);
  EXPECT_NE(must(run(kHello, "out", ExecutionContext{}.with_stdout(tiny))).values[0], WasmValue(0));
  EXPECT_EQ(tiny->text(), "");
}

TEST_F(Wasi, WithoutGrantsThereIsNothing) {
  constexpr std::string_view kAsk = R"(
    (func (export "arguments") (result i32)
      (drop (call $args_sizes (i32.const 0) (i32.const 4))) (i32.load (i32.const 0)))
    (func (export "variables") (result i32)
      (drop (call $env_sizes (i32.const 0) (i32.const 4))) (i32.load (i32.const 0)))
    (func (export "directory") (result i32) (call $prestat (i32.const 3) (i32.const 0)))
    (func (export "input") (result i32)
      (i32.store (i32.const 0) (i32.const 64)) (i32.store (i32.const 4) (i32.const 10))
      (drop (call $fd_read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 8)))
      (i32.load (i32.const 8)))
    (func (export "output") (result i32) (call $write (i32.const 1) (i32.const 3))))";
  constexpr int kBadDescriptor = 8;
  EXPECT_EQ(must(run(kAsk, "arguments")).values[0], WasmValue(0));
  EXPECT_EQ(must(run(kAsk, "variables")).values[0], WasmValue(0));
  EXPECT_EQ(must(run(kAsk, "directory")).values[0], WasmValue(kBadDescriptor));
  EXPECT_EQ(must(run(kAsk, "input")).values[0], WasmValue(0));
  EXPECT_EQ(must(run(kAsk, "output")).values[0], WasmValue(0));
}

TEST_F(Wasi, GivesArgumentsEnvironmentAndInput) {
  constexpr std::string_view kTell = R"(
    (func (export "argument") (result i32)
      (drop (call $args_get (i32.const 0) (i32.const 64))) (call $write_text (i32.const 7)))
    (func (export "variable") (result i32)
      (drop (call $env_get (i32.const 0) (i32.const 64))) (call $write_text (i32.const 7)))
    (func $write_text (param i32) (result i32) (call $write (i32.const 1) (local.get 0)))
    (func (export "input") (result i32)
      (i32.store (i32.const 0) (i32.const 64)) (i32.store (i32.const 4) (i32.const 100))
      (drop (call $fd_read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 8)))
      (call $write (i32.const 1) (i32.load (i32.const 8)))))";
  const auto out = std::make_shared<OutputBuffer>();
  const ByteSpan input = as_bytes("from stdin");
  const auto context = ExecutionContext{}
                           .with_arguments({"prog", "x"})
                           .with_env("KEY", "val")
                           .with_stdin(Bytes(input.begin(), input.end()))
                           .with_stdout(out);
  must(run(kTell, "argument", context));
  EXPECT_EQ(out->text(), std::string("prog\0x\0", 7));
  must(run(kTell, "variable", context));
  EXPECT_EQ(out->text().substr(7), "KEY=val");
  must(run(kTell, "input", context));
  EXPECT_EQ(out->text().substr(14), "from stdin");
}

class WasiDirectories : public Wasi {
 protected:
  WasiDirectories() {
    std::string pattern = ::testing::TempDir() + "synapsed_wasi_XXXXXX";
    folder_ = ::mkdtemp(pattern.data());
    std::ofstream(folder_ / "note") << "x";
  }
  ~WasiDirectories() override { std::filesystem::remove_all(folder_); }

  /// The WASI error of opening `note` (or, creating, `new`), in the granted directory.
  int open(DirectoryAccess access, bool create, std::string_view path = "") {
    const std::string name = !path.empty() ? std::string(path) : create ? "new" : "note";
    const std::string rights = create ? "64" : "2";  // fd_write, fd_read
    const std::string wat = "(data (i32.const 64) \"" + name + "\") (func (export \"open\") (result i32)" +
                            "(call $path_open (i32.const 3) (i32.const 0) (i32.const 64) (i32.const " +
                            std::to_string(name.size()) + ") (i32.const " + (create ? "1" : "0") +
                            ") (i64.const " + rights +
                            ") (i64.const 0) (i32.const 0) (i32.const 32)))";
    const auto context = ExecutionContext{}.with_directory(
        {.host_path = folder_.string(), .guest_path = "/data", .access = access});
    return *must(run(wat, "open", context)).values[0].get_if<std::int32_t>();
  }

  std::filesystem::path folder_;
};

TEST_F(WasiDirectories, ReadOnlyReadsAndDoesNotWrite) {
  EXPECT_EQ(open(DirectoryAccess::kReadOnly, false), 0);
  EXPECT_NE(open(DirectoryAccess::kReadOnly, true), 0);
  EXPECT_FALSE(std::filesystem::exists(folder_ / "new"));
}

TEST_F(WasiDirectories, ReadWriteWrites) {
  EXPECT_EQ(open(DirectoryAccess::kReadWrite, true), 0);
  EXPECT_TRUE(std::filesystem::exists(folder_ / "new"));
}

TEST_F(WasiDirectories, NothingAboveOrBesideIsReached) {
  EXPECT_NE(open(DirectoryAccess::kReadWrite, false, "../note"), 0);
  EXPECT_NE(open(DirectoryAccess::kReadWrite, false, "/etc/passwd"), 0);
  std::filesystem::create_symlink("/etc/passwd", folder_ / "link");
  EXPECT_NE(open(DirectoryAccess::kReadWrite, false, "link"), 0);
}

TEST_F(Wasi, BadGrantsAreErrorsThatNameThem) {
  constexpr std::string_view kNop = "(func (export \"f\"))";
  const auto missing =
      run(kNop, "f", ExecutionContext{}.with_directory({.host_path = "/no/such/place"}));
  EXPECT_TRUE(fails_with(missing, ErrorCode::kPathDenied));
  EXPECT_EQ(missing.error().where(), "/no/such/place");
  const ModuleId without_wasi = load_wat(runtime, "(module (func (export \"f\")))");
  EXPECT_TRUE(fails_with(
      runtime.execute_function(without_wasi, "f", {},
                               ExecutionContext{}.with_directory({.host_path = "/no/such/place"})),
      ErrorCode::kPathDenied));
  EXPECT_TRUE(fails_with(run(kNop, "f", ExecutionContext{}.with_arguments({std::string("a\0b", 3)})),
                         ErrorCode::kArgumentType));
  EXPECT_TRUE(fails_with(run(kNop, "f", ExecutionContext{}.with_arguments({"\xff"})),
                         ErrorCode::kArgumentType));
  EXPECT_TRUE(fails_with(run(kNop, "f", ExecutionContext{}.with_env("A=B", "c")),
                         ErrorCode::kArgumentType));
  EXPECT_TRUE(fails_with(run(kNop, "f", ExecutionContext{}.with_env("", "c")),
                         ErrorCode::kArgumentType));
}

}  // namespace
}  // namespace synapsed
