// Snapshots of a memory of 64 MiB, beside what anybody has to do for them: copying and compressing the pages
// that changed, and making an instance with Wasmtime's C API.
//
//     bench_snapshot [fork]

#include <cstring>
#include <string_view>
#include <vector>

#include <fmt/format.h>
#include <zstd.h>

#include "bench/measure.hpp"
#include "bench/raw_engine.hpp"

namespace synapsed::bench {
namespace {

constexpr std::size_t kPage = 4096;
constexpr std::int32_t kPages = (64 << 20) / kPage;
constexpr std::int32_t kDirty = kPages / 100;

constexpr std::string_view kGuest = R"((module
  (memory (export "memory") 1024 1024)
  (data (i32.const 1024) "what most programs have: constants")
  (global $seed (mut i64) (i64.const 88172645463325252))
  ;; Fills whole pages, `step` pages apart, with numbers that compress by about a half.
  (func (export "fill") (param $first i32) (param $count i32) (param $step i32)
    (local $at i32) (local $end i32)
    (loop $pages
      (local.set $at (i32.mul (local.get $first) (i32.const 4096)))
      (local.set $end (i32.add (local.get $at) (i32.const 4096)))
      (loop $words
        (global.set $seed (i64.xor (global.get $seed) (i64.shl (global.get $seed) (i64.const 13))))
        (global.set $seed (i64.xor (global.get $seed) (i64.shr_u (global.get $seed) (i64.const 7))))
        (global.set $seed (i64.xor (global.get $seed) (i64.shl (global.get $seed) (i64.const 17))))
        (i64.store (local.get $at) (i64.and (global.get $seed) (i64.const 0xffffffff)))
        (br_if $words (i32.lt_u (local.tee $at (i32.add (local.get $at) (i32.const 8)))
                                (local.get $end))))
      (local.set $first (i32.add (local.get $first) (local.get $step)))
      (br_if $pages (local.tee $count (i32.sub (local.get $count) (i32.const 1))))))
))";

/// The pages that changed, somewhere else.
class Floor {
 public:
  /// A memory like the guest's.
  Floor() {
    std::uint64_t seed = 88172645463325252;
    for (std::size_t at = 0; at < memory_.size(); at += sizeof(seed)) {
      seed ^= seed << 13;
      seed ^= seed >> 7;
      seed ^= seed << 17;
      const std::uint64_t word = seed & 0xffffffff;
      std::memcpy(&memory_[at], &word, sizeof(word));
    }
  }

  void copy() {
    for (std::int32_t i = 0; i < kDirty; ++i) {
      std::memcpy(&pages_[i * kPage], &memory_[static_cast<std::size_t>(i) * 100 * kPage], kPage);
    }
  }
  void compress() {
    compressed_size_ = ZSTD_compress(compressed_.data(), compressed_.size(), pages_.data(),
                                     pages_.size(), 1);
  }
  void decompress() {
    if (ZSTD_decompress(pages_.data(), pages_.size(), compressed_.data(), compressed_size_) !=
        pages_.size()) {
      std::exit(1);
    }
  }
  [[nodiscard]] std::size_t compressed_size() const { return compressed_size_; }

 private:
  std::vector<std::byte> memory_ = std::vector<std::byte>(std::size_t{kPages} * kPage);
  std::vector<std::byte> pages_ = std::vector<std::byte>(kDirty * kPage);
  std::vector<std::byte> compressed_ = std::vector<std::byte>(ZSTD_compressBound(kDirty * kPage));
  std::size_t compressed_size_ = 0;
};

void report(std::string_view what, const Pair& pair, double most, std::string_view floor) {
  fmt::print("{:<44} {:>9.1f} us  {:>6.2f} of {} ({:.1f} us)  at most {}{}\n", what,
             pair.ours / 1000, pair.ratio, floor, pair.raw / 1000, most,
             pair.ratio <= most ? "" : "  MISSED");
}

int run(bool only_forks) {
  RuntimeConfig config = RuntimeConfig::production();
  config.pooling.enable = false;
  config.snapshots.enable = true;
  WasmRuntime runtime = must(WasmRuntime::create(config));
  const Bytes wasm = must(wat_to_wasm(kGuest));
  const ModuleId id = must(runtime.load_module("guest", wasm));
  RawEngine raw(config);
  RawModule raw_module(raw.get(), wasm);

  Session warming = must(runtime.open_session(id));
  must(warming.call("fill", {std::int32_t{0}, kPages, std::int32_t{1}}));
  const Snapshot warm = must(warming.snapshot());
  const auto fresh_raw = [&](std::uint64_t times) {
    for (std::uint64_t i = 0; i < times; ++i) RawInstance(raw.get(), raw_module);
  };

  const auto fork = [&](std::uint64_t times) {
    for (std::uint64_t i = 0; i < times; ++i) static_cast<void>(must(runtime.fork(id, warm)));
  };
  report("fork of a warm instance", compare(fork, fresh_raw, 200), 1.3, "a fresh one, raw");
  const auto fresh = [&](std::uint64_t times) {
    for (std::uint64_t i = 0; i < times; ++i) static_cast<void>(must(runtime.open_session(id)));
  };
  report("fork of a warm instance", compare(fork, fresh, 200), 1.3, "a fresh session");

  if (only_forks) return 0;
  Session session = must(runtime.fork(id, warm));
  must(session.call("fill", {std::int32_t{0}, kDirty, std::int32_t{100}}));
  Bytes bytes;
  const auto save = [&](std::uint64_t times) {
    for (std::uint64_t i = 0; i < times; ++i) {
      bytes = must(must(session.snapshot()).to_bytes_since(warm));
    }
  };
  Floor floor;
  const auto copy_and_compress = [&](std::uint64_t times) {
    for (std::uint64_t i = 0; i < times; ++i) {
      floor.copy();
      floor.compress();
    }
  };
  report("snapshot, 1 % dirty, as bytes", compare(save, copy_and_compress, 10), 3,
         "copy and compress");
  const auto take = [&](std::uint64_t times) {
    for (std::uint64_t i = 0; i < times; ++i) static_cast<void>(must(session.snapshot()));
  };
  const auto copy = [&](std::uint64_t times) {
    for (std::uint64_t i = 0; i < times; ++i) floor.copy();
  };
  report("snapshot, 1 % dirty, in memory", compare(take, copy, 10), 3, "copy");
  fmt::print("{} bytes saved, {} compressed by the floor\n", bytes.size(), floor.compressed_size());

  const auto restore = [&](std::uint64_t times) {
    for (std::uint64_t i = 0; i < times; ++i) {
      static_cast<void>(must(runtime.fork(id, must(Snapshot::from_bytes(bytes, warm)))));
    }
  };
  const auto decompress_and_copy = [&](std::uint64_t times) {
    for (std::uint64_t i = 0; i < times; ++i) {
      floor.decompress();
      floor.copy();
      RawInstance(raw.get(), raw_module);
    }
  };
  report("restore of these bytes", compare(restore, decompress_and_copy, 10), 3,
         "decompress, copy, fresh one");
  return 0;
}

}  // namespace
}  // namespace synapsed::bench

int main(int count, char** arguments) {
  return synapsed::bench::run(count > 1 && std::string_view(arguments[1]) == "fork");
}
