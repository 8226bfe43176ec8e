#pragma once

/// \file
/// A latency histogram with logarithmic buckets: each power of two is cut in sixteen, so a
/// quantile is at most 1/16 off. Thread rule: safe from any thread.

#include <array>
#include <atomic>
#include <cstdint>

namespace synapsed {

class Histogram {
 public:
  void record(std::uint64_t value);
  /// The upper bound of the bucket that holds the `share` quantile, 0 < share <= 1; 0 when empty.
  [[nodiscard]] std::uint64_t quantile(double share) const;
  /// How many values there are up to `value`, to within a sixteenth of it.
  [[nodiscard]] std::uint64_t count_up_to(std::uint64_t value) const;

 private:
  static constexpr unsigned kCutBits = 4;
  static constexpr std::size_t kBuckets = (64 - kCutBits + 1) << kCutBits;
  static std::size_t bucket_of(std::uint64_t value);
  static std::uint64_t upper_bound(std::size_t bucket);

  std::array<std::atomic<std::uint64_t>, kBuckets> counts_{};
};

}  // namespace synapsed
