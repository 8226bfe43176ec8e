#pragma once

/// \file
/// Flattened values: the core parameters of an export, as 64 bits each. A value that is narrower
/// than its slot lies in the low bits, so that joined slots of variants need no conversion.

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace synapsed::guest {

enum class Core { kI32, kI64, kF32, kF64 };

template <Core>
struct CoreTypeOf;
template <>
struct CoreTypeOf<Core::kI32> {
  using Type = std::int32_t;
};
template <>
struct CoreTypeOf<Core::kI64> {
  using Type = std::int64_t;
};
template <>
struct CoreTypeOf<Core::kF32> {
  using Type = float;
};
template <>
struct CoreTypeOf<Core::kF64> {
  using Type = double;
};

template <std::size_t kCount>
using FlatTypes = std::array<Core, kCount>;

template <std::size_t... kCounts>
constexpr auto concatenate(const FlatTypes<kCounts>&... parts) {
  FlatTypes<(std::size_t{0} + ... + kCounts)> all{};
  std::size_t at = 0;
  const auto append = [&](const auto& part) {
    for (const Core type : part) all[at++] = type;
  };
  (append(parts), ...);
  return all;
}

/// The type that holds either of two in a variant.
constexpr Core join(Core left, Core right) {
  if (left == right) return left;
  const bool narrow =
      (left == Core::kI32 || left == Core::kF32) && (right == Core::kI32 || right == Core::kF32);
  return narrow ? Core::kI32 : Core::kI64;
}

template <std::size_t kLeft, std::size_t kRight>
constexpr auto join_all(const FlatTypes<kLeft>& left, const FlatTypes<kRight>& right) {
  FlatTypes<(kLeft > kRight ? kLeft : kRight)> joined{};
  for (std::size_t i = 0; i < joined.size(); ++i) {
    joined[i] = i >= kLeft ? right[i] : i >= kRight ? left[i] : join(left[i], right[i]);
  }
  return joined;
}

using Slot = std::uint64_t;

constexpr Slot to_slot(std::int32_t value) { return static_cast<std::uint32_t>(value); }
constexpr Slot to_slot(std::int64_t value) { return static_cast<std::uint64_t>(value); }
constexpr Slot to_slot(float value) { return std::bit_cast<std::uint32_t>(value); }
constexpr Slot to_slot(double value) { return std::bit_cast<std::uint64_t>(value); }

constexpr std::size_t align_to(std::size_t offset, std::size_t alignment) {
  return (offset + alignment - 1) / alignment * alignment;
}

}  // namespace synapsed::guest
