// What snapshots are for: N calls give what k calls, a snapshot, the end of the process, and N - k calls in
// a new one give: the same results, the same gas, the same state. The new process also compiles otherwise.

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/bytes.hpp"
#include "base/files.hpp"
#include "tests/support/results.hpp"

extern char** environ;

namespace synapsed {
namespace {

using test::must;

constexpr int kCalls = 24;
constexpr int kBefore = 9;
constexpr const char* kFolder = "SYNAPSED_SNAPSHOT_LAW";

struct Program {
  std::string name;
  std::string text;  ///< empty: a guest of the tests
};

/// Each exports `step`, i32 to i64.
std::vector<Program> programs() {
  return {
      {"globals", R"((module
        (global $a (mut i64) (i64.const 3)) (global $b (mut f64) (f64.const 0.1))
        (global $c (mut f32) (f32.const 2)) (global $d (mut v128) (v128.const i32x4 1 2 3 4))
        (func (export "step") (param $n i32) (result i64)
          (global.set $a (i64.add (i64.mul (global.get $a) (i64.const 31))
                                  (i64.extend_i32_u (local.get $n))))
          (global.set $b (f64.sqrt (f64.add (global.get $b) (f64.convert_i32_s (local.get $n)))))
          (global.set $c (f32.mul (global.get $c) (f32.demote_f64 (global.get $b))))
          (global.set $d (i32x4.add (global.get $d) (i32x4.splat (local.get $n))))
          (i64.xor (i64.add (global.get $a) (i64.reinterpret_f64 (global.get $b)))
                   (i64.add (i64.extend_i32_u (i32.reinterpret_f32 (global.get $c)))
                            (i64x2.extract_lane 1 (global.get $d)))))))"},
      {"tables", R"((module
        (type $op (func (param i64) (result i64)))
        (table $t 4 64 funcref)
        (table $other 2 funcref)
        (global $sum (mut i64) (i64.const 1))
        (global $last (mut funcref) (ref.null func))
        (elem (table $t) (i32.const 0) func $double $add $double $negate)
        (elem $spare func $negate $add)
        (elem declare func $shift)
        (data $spare_data "\01\02\03\04\05\06\07\08\09")
        (memory 1)
        (func $double (param i64) (result i64) (i64.mul (local.get 0) (i64.const 2)))
        (func $add (param i64) (result i64) (i64.add (local.get 0) (i64.const 7)))
        (func $negate (param i64) (result i64) (i64.sub (i64.const 0) (local.get 0)))
        (func $shift (param i64) (result i64) (i64.rotl (local.get 0) (i64.const 5)))
        (func (export "step") (param $n i32) (result i64)
          (if (i32.eq (local.get $n) (i32.const 3))
            (then (table.init $t $spare (i32.const 0) (i32.const 0) (i32.const 2))
                  (elem.drop $spare)
                  (memory.init $spare_data (i32.const 100) (i32.const 0) (i32.const 9))))
          (if (i32.eq (local.get $n) (i32.const 5))
            (then (drop (table.grow $t (ref.func $shift) (i32.const 3)))
                  (data.drop $spare_data)))
          (if (i32.eq (local.get $n) (i32.const 7))
            (then (table.copy $other $t (i32.const 0) (i32.const 4) (i32.const 2))
                  (global.set $last (table.get $other (i32.const 1)))))
          (if (i32.eq (local.get $n) (i32.const 12))
            (then (table.set $t (i32.const 1) (global.get $last))))
          (global.set $sum (call_indirect $t (type $op) (global.get $sum)
            (i32.rem_u (local.get $n) (table.size $t))))
          (i64.add (global.get $sum) (i64.load8_u (i32.const 104))))))"},
      {"memories", R"((module
        (memory $a 1 64) (memory $b i64 1 64)
        (data (memory $a) (i32.const 4000) "a text over two of the pages that are compared: ................................................")
        (data (memory $b) (i64.const 8) "another")
        (func (export "step") (param $n i32) (result i64)
          (local $at i32)
          (drop (memory.grow $a (i32.and (local.get $n) (i32.const 1))))
          (if (i32.eq (local.get $n) (i32.const 6)) (then (drop (memory.grow $b (i64.const 2)))))
          (local.set $at (i32.rem_u (i32.mul (local.get $n) (i32.const 7919))
                                    (i32.sub (i32.mul (memory.size $a) (i32.const 65536))
                                             (i32.const 8))))
          (i64.store $a (local.get $at)
            (i64.add (i64.load $a (i32.const 4090)) (i64.extend_i32_u (local.get $n))))
          (memory.copy $a $a (i32.const 4090) (local.get $at) (i32.const 40))
          (i64.store $b (i64.extend_i32_u (i32.shl (local.get $n) (i32.const 9)))
            (i64.load $a (local.get $at)))
          (memory.fill $a (i32.const 8192) (local.get $n) (i32.const 5000))
          (i64.add (i64.load $a (i32.const 4093))
                   (i64.add (i64.load $b (i64.const 8)) (i64.extend_i32_u (memory.size $a)))))))"},
      {"start", R"((module
        (memory 2) (global $n (mut i32) (i32.const 0))
        (func $init (loop $l
          (i32.store (i32.mul (global.get $n) (i32.const 4)) (i32.mul (global.get $n) (global.get $n)))
          (global.set $n (i32.add (global.get $n) (i32.const 1)))
          (br_if $l (i32.lt_u (global.get $n) (i32.const 30000)))))
        (start $init)
        (func (export "step") (param $s i32) (result i64)
          (local $at i32)
          (local.set $at (i32.mul (local.get $s) (i32.const 4804)))
          (i32.store (local.get $at) (i32.add (i32.load (local.get $at)) (global.get $n)))
          (global.set $n (i32.xor (global.get $n) (i32.load (i32.shl (local.get $s) (i32.const 8)))))
          (i64.extend_i32_u (global.get $n)))))"},
      {"sorting", R"((module
        (memory 4)
        (global $count (mut i32) (i32.const 0))
        (func (export "step") (param $n i32) (result i64)
          ;; Inserts into a sorted list, moving what is larger.
          (local $value i32) (local $at i32)
          (local.set $value (i32.rem_u (i32.mul (local.get $n) (i32.const 1103515245)) (i32.const 10007)))
          (local.set $at (global.get $count))
          (block $done (loop $l
            (br_if $done (i32.eqz (local.get $at)))
            (br_if $done (i32.le_u
              (i32.load (i32.shl (i32.sub (local.get $at) (i32.const 1)) (i32.const 2)))
              (local.get $value)))
            (i32.store (i32.shl (local.get $at) (i32.const 2))
              (i32.load (i32.shl (i32.sub (local.get $at) (i32.const 1)) (i32.const 2))))
            (local.set $at (i32.sub (local.get $at) (i32.const 1)))
            (br $l)))
          (i32.store (i32.shl (local.get $at) (i32.const 2)) (local.get $value))
          (global.set $count (i32.add (global.get $count) (i32.const 1)))
          (i64.extend_i32_u (i32.load (i32.shl (i32.shr_u (global.get $count) (i32.const 1))
                                               (i32.const 2)))))))"},
      {"exceptions", R"((module
        (tag $odd (param i64))
        (global $sum (mut i64) (i64.const 0))
        (func $check (param $n i32)
          (if (i32.and (local.get $n) (i32.const 1))
            (then (throw $odd (i64.extend_i32_u (local.get $n))))))
        (func (export "step") (param $n i32) (result i64)
          (block $caught (result i64)
            (try_table (catch $odd $caught) (call $check (local.get $n)))
            (i64.const 1000))
          (global.set $sum (i64.add (global.get $sum)))
          (global.get $sum))))"},
      {"containers", ""},
  };
}

RuntimeConfig config(bool restored) {
  RuntimeConfig config = test::small_config();
  config.snapshots.enable = true;
  config.metering.enable = true;
  config.limits.call_stack_bytes_max = 64 << 10;
  config.security.enable_deterministic_execution = true;
  config.compilation.optimisation = restored ? Optimisation::kNone : Optimisation::kSpeed;
  return config;
}

/// What a call gave, in a line.
std::string call(Session& session, int number) {
  const auto result = must(session.call("step", {number}));
  return fmt::format("{} {}\n", *result.values.at(0).get_if<std::int64_t>(), result.usage.gas);
}

void write(const std::filesystem::path& path, ByteSpan bytes) {
  must(write_file_atomically(path.string(), bytes));
}
Bytes read(const std::filesystem::path& path) { return must(read_file(path.string(), 1 << 30)); }

/// The new process: this program again, with nothing but the second half of the test.
int run_again(const std::filesystem::path& folder) {
  ::setenv(kFolder, folder.c_str(), 1);
  const std::string self = std::filesystem::read_symlink("/proc/self/exe").string();
  std::string filter = "--gtest_filter=SnapshotLaw.InTheNewProcess";
  std::vector<char*> arguments{const_cast<char*>(self.c_str()), filter.data(), nullptr};
  pid_t child = 0;
  const int spawned =
      posix_spawn(&child, self.c_str(), nullptr, nullptr, arguments.data(), environ);
  ::unsetenv(kFolder);
  if (spawned != 0) return spawned;
  int status = 0;
  waitpid(child, &status, 0);
  return status;
}

TEST(SnapshotLaw, InTheNewProcess) {
  const char* chosen = std::getenv(kFolder);
  if (chosen == nullptr) GTEST_SKIP() << "a part of SnapshotLaw";
  const std::filesystem::path folder = chosen;
  auto runtime = must(WasmRuntime::create(config(true)));
  const ModuleId id = must(runtime.load_module("program", read(folder / "module")));
  const auto snapshot = must(Snapshot::from_bytes(read(folder / "before")));
  Session session = must(runtime.fork(id, snapshot));
  std::string lines;
  for (int i = kBefore; i < kCalls; ++i) lines += call(session, i);
  write(folder / "lines", as_bytes(lines));
  write(folder / "after", must(must(session.snapshot()).to_bytes()));
}

class SnapshotLaw : public ::testing::TestWithParam<Program> {};

TEST_P(SnapshotLaw, ARestoredInstanceGoesOnAsTheFirstWouldHave) {
  Bytes wasm;
  if (GetParam().text.empty()) {
    const std::string path = std::string(SYNAPSED_TEST_MODULES) + "/tests/stateful.wasm";
    if (!std::filesystem::exists(path)) GTEST_SKIP() << "no guest at " << path;
    wasm = read(path);
  } else {
    wasm = must(wat_to_wasm(GetParam().text));
  }
  const auto folder = std::filesystem::temp_directory_path() /
                      fmt::format("synapsed-law-{}-{}", getpid(), GetParam().name);
  std::filesystem::create_directories(folder);
  auto runtime = must(WasmRuntime::create(config(false)));
  const ModuleId id = must(runtime.load_module("program", wasm));
  Session session = must(runtime.open_session(id));
  std::string lines;
  for (int i = 0; i < kCalls; ++i) {
    if (i == kBefore) {
      write(folder / "module", wasm);
      write(folder / "before", must(must(session.snapshot()).to_bytes()));
      lines.clear();
    }
    lines += call(session, i);
  }
  const Snapshot after = must(session.snapshot());
  ASSERT_EQ(run_again(folder), 0);
  EXPECT_EQ(as_text(read(folder / "lines")), lines);
  const Snapshot other = must(Snapshot::from_bytes(read(folder / "after")));
  EXPECT_TRUE(must(other.difference(after)).is_none());
  EXPECT_EQ(must(other.digest()), must(after.digest()));
  std::filesystem::remove_all(folder);
}

INSTANTIATE_TEST_SUITE_P(Each, SnapshotLaw, ::testing::ValuesIn(programs()),
                         [](const auto& each) { return each.param.name; });

}  // namespace
}  // namespace synapsed
