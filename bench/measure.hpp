#pragma once

/// \file
/// Honest comparison of two ways to do the same: both in one process, taking turns, so that what
/// disturbs one disturbs the other.

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <string_view>
#include <vector>

namespace synapsed::bench {

/// Nanoseconds of one operation.
struct Pair {
  double ours = 0;
  double raw = 0;
  double ratio = 0;  ///< the median of the rounds' ratios
};

template <typename Operation>
double time_of(const Operation& operation, std::uint64_t times) {
  const auto start = std::chrono::steady_clock::now();
  operation(times);
  const std::chrono::duration<double, std::nano> taken = std::chrono::steady_clock::now() - start;
  return taken.count() / static_cast<double>(times);
}

inline double median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::ranges::nth_element(values, middle);
  return *middle;
}

/// Each operation takes how often to do it. The order within a round alternates.
template <typename Ours, typename Raw>
Pair compare(const Ours& ours, const Raw& raw, std::uint64_t times, int rounds = 31) {
  std::vector<double> our_times;
  std::vector<double> raw_times;
  std::vector<double> ratios;
  time_of(ours, times), time_of(raw, times);
  for (int round = 0; round < rounds; ++round) {
    double ours_ns = 0;
    double raw_ns = 0;
    if (round % 2 == 0) {
      ours_ns = time_of(ours, times);
      raw_ns = time_of(raw, times);
    } else {
      raw_ns = time_of(raw, times);
      ours_ns = time_of(ours, times);
    }
    our_times.push_back(ours_ns);
    raw_times.push_back(raw_ns);
    ratios.push_back(ours_ns / raw_ns);
  }
  return {.ours = median(our_times), .raw = median(raw_times), .ratio = median(ratios)};
}

}  // namespace synapsed::bench
