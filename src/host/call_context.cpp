#include "host/call_context.hpp"

#include <cstring>

#include <fmt/format.h>

#include "base/bytes.hpp"
#include "base/utf8.hpp"

namespace synapsed {
namespace {

std::uint32_t unsigned_slot(const RawValue& slot) { return static_cast<std::uint32_t>(slot.i32); }

}  // namespace

std::string_view CallContext::module() const { return impl_.scope.module; }
std::string_view CallContext::tenant() const { return impl_.scope.tenant; }
std::chrono::steady_clock::time_point CallContext::deadline() const {
  return impl_.scope.deadline;
}
bool CallContext::is_cancelled() const { return impl_.scope.cancellation.is_cancelled(); }

Result<std::span<std::byte>> CallContext::memory(std::uint32_t offset, std::uint32_t length) {
  if (!impl_.memory) impl_.memory = impl_.caller.memory();
  if (!impl_.memory) {
    return std::unexpected(Error(ErrorCode::kOutOfBounds,
                                 "the guest passes a pointer and exports no memory \"memory\""));
  }
  return impl_.memory->slice(offset, length);
}

Result<std::uint32_t> GuestBuffer::write(std::span<const std::byte> bytes) {
  if (bytes.size() > room_.size()) {
    return std::unexpected(
        Error(ErrorCode::kOutOfBounds, fmt::format("{} bytes do not fit the guest's buffer of {}",
                                                   bytes.size(), room_.size())));
  }
  if (!bytes.empty()) std::memcpy(room_.data(), bytes.data(), bytes.size());
  return static_cast<std::uint32_t>(bytes.size());
}

namespace host_detail {

std::optional<Error> check_span(CallContext& context, const RawValue* slots, std::size_t parameter,
                                bool is_text) {
  const auto bytes = context.memory(unsigned_slot(slots[0]), unsigned_slot(slots[1]));
  const auto place = [&] { return fmt::format("parameter {} of the host function", parameter + 1); };
  if (!bytes) return Error(bytes.error()).at(place());
  if (!is_text || is_utf8(as_text(*bytes))) return std::nullopt;
  return Error(ErrorCode::kArgumentType, "the guest passes text that is not UTF-8").at(place());
}

std::span<std::byte> checked_span(CallContext& context, const RawValue* slots) {
  return *context.memory(unsigned_slot(slots[0]), unsigned_slot(slots[1]));
}

}  // namespace host_detail
}  // namespace synapsed
