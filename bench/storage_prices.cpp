// What the storage functions cost guests, in time and in gas: how far abi/storage.json is off from what
// guest code costs for the same gas, in memory and in an SQLite file.
//
//     bench_storage_prices [DIRECTORY]

#include <cstdlib>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>
#include <synapsed/storage_host.hpp>
#include <synapsed/synapsed.hpp>

#include "bench/measure.hpp"
#include "bench/raw_engine.hpp"

namespace synapsed::bench {
namespace {

constexpr std::int32_t kEntries = 20'000;
constexpr std::int32_t kCalls = 2000;
constexpr int kRounds = 7;
const storage::SpaceName kSpace{.tenant = "", .module = "bench"};

// Key: 8 bytes at 0, a number that jumps about. Counters: 8 bytes at 8. Steps at 1024. Room at 65536.
constexpr std::string_view kImports = R"(
  (import "synapsed:storage@1" "get" (func $get (param i32 i32 i32 i32) (result i32)))
  (import "synapsed:storage@1" "length" (func $length (param i32 i32) (result i64)))
  (import "synapsed:storage@1" "contains" (func $contains (param i32 i32) (result i32)))
  (import "synapsed:storage@1" "set" (func $set (param i32 i32 i32 i32) (result i32)))
  (import "synapsed:storage@1" "remove" (func $remove (param i32 i32) (result i32)))
  (import "synapsed:storage@1" "add" (func $add (param i32 i32 i64) (result i32)))
  (import "synapsed:storage@1" "increment" (func $increment (param i32 i32 i64 i32 i32) (result i32)))
  (import "synapsed:storage@1" "compare_and_set"
    (func $compare_and_set (param i32 i32 i32 i32 i32 i32 i32) (result i32)))
  (import "synapsed:storage@1" "batch" (func $batch (param i32 i32) (result i32)))
  (import "synapsed:storage@1" "scan" (func $scan (param i32 i32 i32 i32 i32 i64) (result i32)))
  (import "synapsed:storage@1" "scan_next" (func $scan_next (param i32 i32 i32) (result i32)))
  (import "synapsed:storage@1" "scan_close" (func $scan_close (param i32) (result i32)))
  (import "synapsed:storage@1" "blob_create" (func $blob_create (param i32 i32) (result i32)))
  (import "synapsed:storage@1" "blob_write" (func $blob_write (param i32 i32 i32) (result i32)))
  (import "synapsed:storage@1" "blob_finish" (func $blob_finish (param i32) (result i32)))
  (import "synapsed:storage@1" "blob_read" (func $blob_read (param i32 i32 i64 i32 i32) (result i32)))
)";

void need(const Result<void>& done) {
  if (done) return;
  fmt::print(stderr, "{}\n", done.error().to_string());
  std::exit(1);
}

struct Work {
  std::string_view name;
  std::string_view call;  ///< leaves nothing on the stack
  std::int32_t calls = kCalls;
};

const Work kWork[]{
    {"get, 100 bytes", "(drop (call $get (i32.const 0) (i32.const 8) (i32.const 65536) (i32.const 1024)))"},
    {"get, 64 KiB", "(drop (call $get (i32.const 16) (i32.const 5) (i32.const 65536) (i32.const 65536)))"},
    {"length", "(drop (call $length (i32.const 0) (i32.const 8)))"},
    {"contains", "(drop (call $contains (i32.const 0) (i32.const 8)))"},
    {"set, 100 bytes", "(drop (call $set (i32.const 0) (i32.const 8) (i32.const 65536) (i32.const 100)))"},
    {"set, 10 KiB", "(drop (call $set (i32.const 0) (i32.const 8) (i32.const 65536) (i32.const 10240)))", 500},
    {"remove", "(drop (call $remove (i32.const 0) (i32.const 8)))"},
    {"add", "(drop (call $add (i32.const 0) (i32.const 7) (i64.const 1)))"},
    {"increment",
     "(drop (call $increment (i32.const 0) (i32.const 7) (i64.const 1) (i32.const 65536) (i32.const 8)))"},
    {"compare_and_set", "(drop (call $compare_and_set (i32.const 0) (i32.const 6) (i32.const 0) "
                        "(i32.const 0) (i32.const 0) (i32.const 65536) (i32.const 100)))"},
    {"batch, 10 steps", "(call $steps) (drop (call $batch (i32.const 1024) (i32.const 1170)))", 200},
    {"scan and close", "(drop (call $scan_close (call $scan (i32.const 0) (i32.const 8) (i32.const 0) "
                       "(i32.const 0) (i32.const 0) (i64.const -1))))"},
    {"scan, 500 entries", "(drop (call $scan_next (call $scan (i32.const 0) (i32.const 1) (i32.const 0) "
                          "(i32.const 0) (i32.const 0) (i64.const 500)) (i32.const 65536) "
                          "(i32.const 65536)))", 20},
    {"blob, 64 KiB", "(local.set $blob (call $blob_create (i32.const 0) (i32.const 5))) (drop (call "
                     "$blob_write (local.get $blob) (i32.const 65536) (i32.const 65536))) (drop (call "
                     "$blob_finish (local.get $blob)))", 50},
    {"blob_read, 64 bytes", "(drop (call $blob_read (i32.const 24) (i32.const 4) (i64.const 70000) "
                            "(i32.const 65536) (i32.const 64)))"},
};

std::string module_of(const Work& work) {
  return fmt::format(R"((module {}
  (memory (export "memory") 3)
  (data (i32.const 16) "large")
  (data (i32.const 24) "blob")
  (func $steps (local $i i32) (local $at i32)
    (loop $l
      (local.set $at (i32.add (i32.const 1024) (i32.mul (local.get $i) (i32.const 117))))
      (i32.store8 (local.get $at) (i32.const 1))
      (i32.store offset=1 (local.get $at) (i32.const 8))
      (i32.store offset=5 (local.get $at) (i32.const 100))
      (i64.store offset=9 (local.get $at)
        (i64.add (i64.load (i32.const 0)) (i64.extend_i32_u (local.get $i))))
      (br_if $l (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 10)))))
  (func (export "run") (param $n i32) (local $i i32) (local $blob i32)
    (loop $l
      (i64.store (i32.const 0) (i64.extend_i32_u
        (i32.rem_u (i32.mul (local.get $i) (i32.const 7919)) (i32.const {}))))
      {}
      (br_if $l (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (local.get $n))))))",
                     kImports, kEntries, work.call) +
         ")";
}

/// Nanoseconds of guest code for one gas.
double code_ns_per_gas() {
  RuntimeConfig config = RuntimeConfig::production();
  config.metering.enable = true;
  WasmRuntime runtime = must(WasmRuntime::create(config));
  const ModuleId id = must(runtime.load_module_wat("code", R"((module (memory 1)
    (func (export "run") (param $n i32) (result i32) (local $h i32) (local $at i32)
      (loop $l
        (local.set $h (i32.mul (i32.xor (local.get $h) (i32.load (local.get $at))) (i32.const 16777619)))
        (i32.store (local.get $at) (local.get $h))
        (local.set $at (i32.and (i32.add (local.get $at) (i32.const 36)) (i32.const 65528)))
        (br_if $l (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
      (local.get $h))))"));
  std::vector<double> times;
  for (int round = 0; round < kRounds; ++round) {
    std::uint64_t gas = 1;
    const double ns = time_of(
        [&](std::uint64_t) { gas = must(runtime.execute_function(id, "run", {5'000'000})).usage.gas; },
        1);
    times.push_back(ns / static_cast<double>(gas));
  }
  return median(times);
}

void fill(storage::Storage& kept) {
  storage::Batch batch;
  for (std::int64_t i = 0; i < kEntries; ++i) {
    need(batch.set(std::as_bytes(std::span(&i, 1)), Bytes(100)));
  }
  need(batch.set("large", Bytes(65536)));
  need(kept.write(batch, kSpace));
  need(kept.transact([](storage::Transaction& transaction) -> Result<void> {
    auto blob = transaction.space(kSpace).write_blob("blob");
    if (!blob) return std::unexpected(blob.error());
    if (auto written = blob->write(Bytes(200'000)); !written) return written;
    return blob->finish();
  }));
}

struct Cost {
  double ns = 0;
  double gas = 0;
};

Cost cost_of(const Work& work, const std::string& url) {
  auto kept = std::make_shared<storage::Storage>(must(storage::Storage::open({.url = url})));
  if (must(kept->usage(kSpace)).keys == 0) fill(*kept);
  WasmRuntime runtime = must(WasmRuntime::create());
  for (auto& [name, function] : storage::create_storage_host_functions({.storage = kept})) {
    runtime.register_host_function(name, std::move(function));
  }
  const ModuleId id = must(runtime.load_module_wat(
      "bench", module_of(work),
      ModuleMetadata{}.with_capability("storage").with_capability("storage.write")));
  Cost cost;
  std::vector<double> times;
  for (int round = 0; round < kRounds; ++round) {
    times.push_back(time_of(
        [&](std::uint64_t) {
          const auto result = must(runtime.execute_function(id, "run", {work.calls}));
          cost.gas = static_cast<double>(result.usage.gas) / work.calls;
        },
        1));
  }
  cost.ns = median(times) / work.calls;
  return cost;
}

void run(const std::filesystem::path& directory) {
  const double code = code_ns_per_gas();
  fmt::print("guest code: {:.3f} ns for one gas\n\n| {:<22} | {:>12} | {:>12} | {:>9} | memory | SQLite |\n",
             code, "", "memory", "SQLite", "gas");
  fmt::print("|---|---:|---:|---:|---:|---:|\n");
  for (const Work& work : kWork) {
    const auto path = directory / "bench_storage_prices.db";
    const Cost memory = cost_of(work, "memory:");
    const Cost file = cost_of(work, "sqlite:" + path.string());
    for (const char* suffix : {"", "-wal", "-shm"}) std::filesystem::remove(path.string() + suffix);
    // 1: priced as guest code that takes as long.
    fmt::print("| {:<22} | {:>9.0f} ns | {:>9.0f} ns | {:>9.0f} | {:>6.2f} | {:>6.2f} |\n", work.name,
               memory.ns, file.ns, memory.gas, memory.gas * code / memory.ns,
               file.gas * code / file.ns);
  }
}

}  // namespace
}  // namespace synapsed::bench

int main(int argc, char** argv) {
  synapsed::bench::run(argc > 1 ? argv[1] : std::filesystem::current_path());
  return 0;
}
