#pragma once

/// \file
/// The errors that host functions return to guests: negative numbers that every guest knows. Owned
/// by the room `base`.
///
///     host.define("kv", "get", [&](GuestString key, GuestBuffer out) -> std::int32_t {
///       const auto value = store.find(key.view());
///       return value ? copy(*value, out) : to_guest(GuestError::kNotFound);
///     });
///
/// docs/reference/host-functions.md lists them; the guest's SDK calls them `HostError`.
///
/// Thread rule: values.

#include <cstdint>
#include <string_view>

namespace synapsed {

enum class GuestError : std::int32_t {
#define SYNAPSED_GUEST_ERROR(enumerator, code, name, meaning) k##enumerator = code,
#include <synapsed/guest_errors.def>
#undef SYNAPSED_GUEST_ERROR
};

/// What the guest gets.
[[nodiscard]] constexpr std::int32_t to_guest(GuestError error) {
  return static_cast<std::int32_t>(error);
}

/// `not_found`; empty for a number that is no error.
[[nodiscard]] constexpr std::string_view to_string(GuestError error) {
  switch (error) {
#define SYNAPSED_GUEST_ERROR(enumerator, code, name, meaning) \
  case GuestError::k##enumerator:                             \
    return name;
#include <synapsed/guest_errors.def>
#undef SYNAPSED_GUEST_ERROR
  }
  return {};
}

}  // namespace synapsed
