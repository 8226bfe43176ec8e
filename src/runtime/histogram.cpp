#include "runtime/histogram.hpp"

#include <bit>
#include <cmath>

namespace synapsed {

// Values below 16 have a bucket each; above, the exponent chooses sixteen buckets and the four
// bits after the leading one choose among them.
std::size_t Histogram::bucket_of(std::uint64_t value) {
  constexpr std::uint64_t kCuts = 1U << kCutBits;
  if (value < kCuts) return static_cast<std::size_t>(value);
  const auto exponent = static_cast<unsigned>(std::bit_width(value)) - 1;
  const std::uint64_t cut = (value >> (exponent - kCutBits)) & (kCuts - 1);
  return (static_cast<std::size_t>(exponent - kCutBits + 1) << kCutBits) +
         static_cast<std::size_t>(cut);
}

std::uint64_t Histogram::upper_bound(std::size_t bucket) {
  constexpr std::uint64_t kCuts = 1U << kCutBits;
  if (bucket < kCuts) return bucket;
  const auto shift = static_cast<unsigned>(bucket >> kCutBits) - 1;
  const std::uint64_t cut = bucket & (kCuts - 1);
  return ((kCuts + cut + 1) << shift) - 1;
}

void Histogram::record(std::uint64_t value) {
  counts_[bucket_of(value)].fetch_add(1, std::memory_order_relaxed);
}

std::uint64_t Histogram::quantile(double share) const {
  std::uint64_t total = 0;
  for (const auto& count : counts_) total += count.load(std::memory_order_relaxed);
  if (total == 0) return 0;
  const auto rank = static_cast<std::uint64_t>(std::ceil(share * static_cast<double>(total)));
  std::uint64_t seen = 0;
  for (std::size_t bucket = 0; bucket < counts_.size(); ++bucket) {
    seen += counts_[bucket].load(std::memory_order_relaxed);
    if (seen >= rank) return upper_bound(bucket);
  }
  return upper_bound(counts_.size() - 1);
}

std::uint64_t Histogram::count_up_to(std::uint64_t value) const {
  std::uint64_t count = 0;
  for (std::size_t bucket = 0; bucket <= bucket_of(value); ++bucket) {
    count += counts_[bucket].load(std::memory_order_relaxed);
  }
  return count;
}

}  // namespace synapsed
