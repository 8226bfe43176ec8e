#pragma once

/// \file
/// A number, vector or reference as compiled code passes it: no type, 16 bytes. Owned by the room
/// `base`.
///
/// Thread rule: a value.

#include <cstdint>

namespace synapsed {

union alignas(8) RawValue {
  std::int32_t i32;
  std::int64_t i64;
  float f32;
  double f64;
  std::uint8_t v128[16];       // first byte least significant
  std::uint32_t extern_ref;    // 0: null
  void* func_ref;              // null: null

  RawValue() : i64(0) {}
  explicit RawValue(std::int32_t value) : i32(value) {}
  explicit RawValue(std::int64_t value) : i64(value) {}
  explicit RawValue(float value) : f32(value) {}
  explicit RawValue(double value) : f64(value) {}
};

static_assert(sizeof(RawValue) == 16);

}  // namespace synapsed
