#include "host/guest_results.hpp"

#include <algorithm>

#include "base/try.hpp"

namespace synapsed {

Error guest_error(ErrorCode code) { return Error(code, "the host function refused"); }

Result<std::span<std::byte>> room_for(const GuestBuffer& buffer, std::size_t bytes) {
  if (bytes <= buffer.capacity()) return buffer.room().first(bytes);
  return std::unexpected(guest_error(ErrorCode::kGuestBufferTooSmall));
}

GuestResult give(const GuestBuffer& buffer, ByteSpan bytes) {
  const auto room = TRY(room_for(buffer, bytes.size()));
  std::ranges::copy(bytes, room.begin());
  return static_cast<std::int32_t>(bytes.size());
}

Error translated(std::span<const GuestTranslation> table, const Error& error) {
  const auto found = std::ranges::find(table, error.code(), &GuestTranslation::ours);
  return found == table.end() ? error : guest_error(found->guests);
}

}  // namespace synapsed
