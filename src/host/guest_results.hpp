#pragma once

/// \file
/// What capabilities give to guests: numbers, bytes in a buffer, and errors that a guest can handle.
///
/// Thread rule: that of host functions.

#include <cstddef>
#include <cstdint>
#include <span>

#include <synapsed/host_context.hpp>

#include "base/bytes.hpp"

namespace synapsed {

/// A count, a handle or 0; as an error one of the band `guest`, or one that ends the guest.
using GuestResult = Result<std::int32_t>;

[[nodiscard]] Error guest_error(ErrorCode code);

/// The first `bytes` of the room. Error: the guest's `buffer_too_small`.
[[nodiscard]] Result<std::span<std::byte>> room_for(const GuestBuffer& buffer, std::size_t bytes);
/// Copies into the guest; the number of bytes.
[[nodiscard]] GuestResult give(const GuestBuffer& buffer, ByteSpan bytes);

/// A room's error, and what guests get for it.
struct GuestTranslation {
  ErrorCode ours;
  ErrorCode guests;
};
/// By the table; an error that is not in it stays, and ends the guest.
[[nodiscard]] Error translated(std::span<const GuestTranslation> table, const Error& error);

}  // namespace synapsed
