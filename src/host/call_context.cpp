#include "host/call_context.hpp"

#include <algorithm>
#include <cstring>

#include <fmt/format.h>

#include "base/bytes.hpp"
#include "base/utf8.hpp"
#include "host/operation.hpp"

namespace synapsed {
namespace {

Error does_not_fit(std::size_t bytes, std::size_t capacity) {
  return Error(ErrorCode::kOutOfBounds,
               fmt::format("{} bytes do not fit the guest's buffer of {}", bytes, capacity));
}

std::uint32_t unsigned_slot(const RawValue& slot) { return static_cast<std::uint32_t>(slot.i32); }

}  // namespace

std::string_view CallContext::module() const { return impl_.scope.module; }
std::string_view CallContext::tenant() const { return impl_.scope.tenant; }
std::chrono::steady_clock::time_point CallContext::deadline() const {
  return impl_.scope.deadline;
}
bool CallContext::is_cancelled() const { return impl_.scope.cancellation.is_cancelled(); }

HostCallInfo CallContext::info() const {
  return {.module = std::string(module()), .tenant = std::string(tenant()),
          .deadline = deadline()};
}

bool CallContext::is_granted(std::string_view capability) const {
  const auto* granted = impl_.scope.capabilities;
  return granted != nullptr && std::ranges::find(*granted, capability) != granted->end();
}

std::optional<std::uint64_t> CallContext::gas_left() const {
  const GasAccount& gas = impl_.scope.gas;
  if (!gas.limit) return std::nullopt;
  return *gas.limit - gas.used;
}

Result<void> CallContext::charge(std::uint64_t gas) {
  if (auto refused = impl_.scope.gas.charge(gas)) return std::unexpected(std::move(*refused));
  return {};
}

void CallContext::log(LogLevel level, std::string_view message) const {
  const LogSink* sink = impl_.scope.log;
  if (sink != nullptr && *sink) (*sink)(level, module(), message);
}

Result<std::span<std::byte>> CallContext::memory(std::uint32_t offset, std::uint32_t length) {
  if (!impl_.memory) impl_.memory = impl_.caller.memory();
  if (!impl_.memory) {
    return std::unexpected(Error(ErrorCode::kOutOfBounds,
                                 "the guest passes a pointer and exports no memory \"memory\""));
  }
  auto slice = impl_.memory->slice(offset, length);
  if constexpr (kCopiesSpans) {
    if (slice) return impl_.copies.copy_of(*slice);
  }
  return slice;
}

std::span<std::byte> SpanCopies::copy_of(std::span<std::byte> guest) {
  auto bytes = std::make_unique<std::byte[]>(guest.size());
  std::ranges::copy(guest, bytes.get());
  const std::span copy(bytes.get(), guest.size());
  copies_.push_back({guest, {guest.begin(), guest.end()}, std::move(bytes)});
  return copy;
}

void SpanCopies::write_back() const {
  for (const Copy& copy : copies_) {
    for (std::size_t i = 0; i < copy.guest.size(); ++i) {
      if (copy.bytes[i] != copy.original[i]) copy.guest[i] = copy.bytes[i];
    }
  }
}

Result<std::uint32_t> PendingBuffer::write(std::span<const std::byte> bytes) const {
  if (bytes.size() > capacity_) return std::unexpected(does_not_fit(bytes.size(), capacity_));
  operation_->write(offset_, bytes);
  return static_cast<std::uint32_t>(bytes.size());
}

Result<std::uint32_t> GuestBuffer::write(std::span<const std::byte> bytes) {
  if (bytes.size() > room_.size()) {
    return std::unexpected(does_not_fit(bytes.size(), room_.size()));
  }
  if (!bytes.empty()) std::memcpy(room_.data(), bytes.data(), bytes.size());
  return static_cast<std::uint32_t>(bytes.size());
}

namespace host_detail {

std::optional<Error> check_span(CallContext& context, const RawValue* slots, std::size_t parameter,
                                bool is_text, std::uint64_t& total) {
  const auto bytes = context.memory(unsigned_slot(slots[0]), unsigned_slot(slots[1]));
  const auto place = [&] { return fmt::format("parameter {} of the host function", parameter + 1); };
  if (!bytes) return Error(bytes.error()).at(place());
  total += bytes->size();
  if (!is_text || is_utf8(as_text(*bytes))) return std::nullopt;
  return Error(ErrorCode::kArgumentType, "the guest passes text that is not UTF-8").at(place());
}

std::span<std::byte> checked_span(CallContext& context, const RawValue* slots) {
  return *context.memory(unsigned_slot(slots[0]), unsigned_slot(slots[1]));
}

PendingBuffer pending_buffer(CallContext& context, const RawValue* slots) {
  return PendingBuffer(CallContextAccess::impl(context).operation, unsigned_slot(slots[0]),
                       unsigned_slot(slots[1]));
}

std::optional<Error> charge_call(CallContext& context, std::uint64_t bytes) {
  auto& [caller, scope, price, operation, memory, copies] = CallContextAccess::impl(context);
  if (price.base == 0 && price.per_byte == 0) return std::nullopt;
  std::uint64_t gas = 0;
  if (__builtin_mul_overflow(price.per_byte, bytes, &gas) ||
      __builtin_add_overflow(gas, price.base, &gas)) {
    gas = UINT64_MAX;
  }
  return scope.gas.charge(gas);
}

std::optional<std::int32_t> guest_code(const Error& error) { return guest_number(error.code()); }

}  // namespace host_detail
}  // namespace synapsed
