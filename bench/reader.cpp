// How long the reader of modules takes on hostile bytes, and how much memory: a module is refused
// or read before anybody could know that it is hostile.
//
//     bench_reader [rounds=5]
//
// A time is the least of its rounds, because whatever disturbs a reading only adds to it.

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <string>

#include <fmt/format.h>

#include "bench/heap_use.hpp"
#include "bytecode/module.hpp"
#include "tests/support/hostile_modules.hpp"

namespace {

using namespace synapsed;
using bytecode::test::HostileModule;

/// More is a fault of the reader.
constexpr double kReadMsMax = 100;

struct Cost {
  double ms = 0;
  double memory_factor = 0;  ///< the most memory held at once, in sizes of the module
};

Cost cost_of_reading(const Bytes& bytes) {
  const bench::HeapUse heap;
  const auto start = std::chrono::steady_clock::now();
  const auto read = bytecode::read_module(bytes);
  const std::chrono::duration<double, std::milli> taken = std::chrono::steady_clock::now() - start;
  return {
      .ms = taken.count(),
      .memory_factor = static_cast<double>(heap.peak_bytes()) / static_cast<double>(bytes.size())};
}

Cost least_cost(const HostileModule& hostile, int rounds) {
  const Bytes bytes = hostile.make();
  Cost least = cost_of_reading(bytes);
  for (int round = 1; round < rounds; ++round) {
    least.ms = std::min(least.ms, cost_of_reading(bytes).ms);
  }
  return least;
}

}  // namespace

int main(int argc, char** argv) {
  const int rounds = argc > 1 ? std::stoi(argv[1]) : 5;
  bool is_cheap = true;
  fmt::print("| 10 MiB of | ms | limit | memory |\n|---|---:|---:|---:|\n");
  for (const HostileModule& hostile : bytecode::test::kHostileModules) {
    const Cost cost = least_cost(hostile, rounds);
    fmt::print("| {} | {:.1f} | {} | {:.2f} |\n", hostile.what, cost.ms, kReadMsMax,
               cost.memory_factor);
    is_cheap = is_cheap && cost.ms <= kReadMsMax;
  }
  return is_cheap ? EXIT_SUCCESS : EXIT_FAILURE;
}
