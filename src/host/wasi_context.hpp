#pragma once

/// \file
/// WASI preview 1's clocks and random numbers as the context of an execution gives them: the same
/// on every machine (docs/reference/wasi.md).
///
/// Thread rule: the functions may be called from several threads at once, each for another guest.

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include <synapsed/host.hpp>

namespace synapsed {

/// What 1970-01-01T00:00:00Z is for guests that know nothing but nanoseconds.
using GuestTime = std::uint64_t;

/// A stream of bytes that its seed decides: SHA-256 (FIPS 180-4) in counter mode. Block n is the
/// digest of the seed and n, 64 bits, the smaller bytes first.
///
/// Thread rule: a value.
class RandomStream {
 public:
  using Seed = std::array<std::byte, 32>;

  explicit RandomStream(const Seed& seed);
  void fill(std::span<std::byte> bytes);

 private:
  void next_block();

  std::array<std::byte, sizeof(Seed) + sizeof(std::uint64_t)> input_{};
  std::array<std::byte, 32> block_{};
  std::size_t used_ = sizeof(block_);
  std::uint64_t count_ = 0;
};

/// `clock_time_get`, `clock_res_get` and `poll_oneoff`; the execution must have a time.
void define_context_clocks(HostFunctions& host);
/// `random_get`; the execution must have a random stream.
void define_context_random(HostFunctions& host);

}  // namespace synapsed
