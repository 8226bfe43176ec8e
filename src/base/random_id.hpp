#pragma once

/// \file
/// Ids that nobody else has, by chance. They are not secrets. Thread rule: safe from any thread.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <random>
#include <span>

namespace synapsed {

/// Fills `id` with random bytes that are not all zeros.
inline void fill_with_random_id(std::span<std::byte> id) {
  thread_local std::mt19937_64 random = [] {
    std::random_device device;
    std::seed_seq seed{device(), device(), device(), device()};
    return std::mt19937_64(seed);
  }();
  do {
    for (std::size_t at = 0; at < id.size(); at += sizeof(std::uint64_t)) {
      const std::uint64_t word = random();
      for (std::size_t i = at; i < std::min(at + sizeof(word), id.size()); ++i) {
        id[i] = static_cast<std::byte>(word >> (8 * (i - at)));
      }
    }
  } while (std::ranges::all_of(id, [](std::byte byte) { return byte == std::byte{0}; }));
}

}  // namespace synapsed
