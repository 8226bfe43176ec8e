#include "host/call_context.hpp"

#include <algorithm>
#include <cstring>

#include <fmt/format.h>

#include "base/bytes.hpp"
#include "base/try.hpp"
#include "base/utf8.hpp"
#include "host/operation.hpp"

namespace synapsed {
namespace {

using Access = CallContextAccess;

constexpr int kExitCodeMost = 125;  // WASI keeps the codes above for the host

Error does_not_fit(std::size_t bytes, std::size_t capacity) {
  return Error(ErrorCode::kOutOfBounds,
               fmt::format("{} bytes do not fit the guest's buffer of {}", bytes, capacity));
}

std::uint32_t unsigned_slot(const RawValue& slot) { return static_cast<std::uint32_t>(slot.i32); }

/// The span of the guest's memory; none when it is outside.
std::optional<std::span<std::byte>> span_of(CallContext& context, std::uint32_t offset,
                                            std::uint32_t length) {
  const auto [data, size] = Access::memory(context);
  if (data == nullptr || offset > size || length > size - offset) return std::nullopt;
  return std::span(data + offset, length);
}

Error outside(CallContext& context, std::uint32_t offset, std::uint32_t length) {
  const GuestMemory memory = Access::memory(context);
  if (memory.data == nullptr) {
    return Error(ErrorCode::kOutOfBounds,
                 "the guest passes a pointer and exports no memory \"memory\"");
  }
  return Error(ErrorCode::kOutOfBounds,
               fmt::format("{} bytes at {:#x} are outside the guest's memory of {} bytes", length,
                           offset, memory.size));
}

}  // namespace

std::string_view CallContext::module() const { return Access::scope(*this).module; }
std::string_view CallContext::tenant() const { return Access::scope(*this).tenant; }
std::chrono::steady_clock::time_point CallContext::deadline() const {
  return Access::scope(*this).deadline;
}
bool CallContext::is_cancelled() const { return Access::scope(*this).cancellation.is_cancelled(); }

HostCallInfo CallContext::info() const {
  return {.module = std::string(module()), .tenant = std::string(tenant()),
          .deadline = deadline()};
}

bool CallContext::is_granted(std::string_view capability) const {
  const auto* granted = Access::scope(*this).capabilities;
  return granted != nullptr && std::ranges::find(*granted, capability) != granted->end();
}

std::optional<std::uint64_t> CallContext::gas_left() const {
  GasAccount& gas = Access::scope(*this).gas;
  gas.collect();
  if (!gas.limit()) return std::nullopt;
  return *gas.limit() - gas.used();
}

Result<void> CallContext::charge(std::uint64_t gas) {
  if (auto refused = Access::scope(*this).gas.charge(gas)) {
    return std::unexpected(std::move(*refused));
  }
  return {};
}

ParentExecution CallContext::as_parent() const {
  return ParentExecution(Access::scope(*this).open_states());
}

Result<GasPart> CallContext::take_gas(std::uint64_t gas) {
  TRY(charge(gas));
  ExecutionScope& scope = Access::scope(*this);
  has_given_gas_ = true;
  return GasPart(
      std::make_shared<GasPart::State>(scope.gas.returns(), gas, scope.is_dry_run));
}

bool CallContext::is_dry_run() const { return Access::scope(*this).is_dry_run; }

std::optional<Trace> CallContext::trace() const {
  const auto& trace = Access::scope(*this).trace;
  if (!trace) return std::nullopt;
  return Trace{.parent = trace->current, .sink = trace->sink};
}

void CallContext::log(LogLevel level, std::string_view text) const {
  const LogSink* sink = Access::scope(*this).log;
  if (sink == nullptr || !*sink) return;
  (*sink)({.module = module(), .tenant = tenant(), .level = level, .text = text});
}

Result<std::span<std::byte>> CallContext::memory(std::uint32_t offset, std::uint32_t length) {
  const auto span = span_of(*this, offset, length);
  if (!span) return std::unexpected(outside(*this, offset, length));
  return Access::shown(*this, *span);
}

void CallContext::drop_copies() { delete copies_; }

std::span<std::byte> CallContext::Copies::copy_of(std::span<std::byte> guest) {
  const std::vector<std::byte> now(guest.begin(), guest.end());
  return copies.emplace_back(Copy{.guest = guest, .original = now, .bytes = now}).bytes;
}

void CallContext::Copies::write_back() const {
  for (const Copy& copy : copies) {
    for (std::size_t i = 0; i < copy.guest.size(); ++i) {
      if (copy.bytes[i] != copy.original[i]) copy.guest[i] = copy.bytes[i];
    }
  }
}

Result<std::uint32_t> GuestBuffer::write(std::span<const std::byte> bytes) {
  if (bytes.size() > room_.size()) {
    return std::unexpected(does_not_fit(bytes.size(), room_.size()));
  }
  if (!bytes.empty()) std::memcpy(room_.data(), bytes.data(), bytes.size());
  return static_cast<std::uint32_t>(bytes.size());
}

Result<std::uint32_t> PendingBuffer::write(std::span<const std::byte> bytes) const {
  if (bytes.size() > capacity_) return std::unexpected(does_not_fit(bytes.size(), capacity_));
  operation_->write(offset_, bytes);
  return static_cast<std::uint32_t>(bytes.size());
}

namespace host_detail {

bool find_span(CallContext& context, const RawValue* slots, bool is_text,
               std::span<std::byte>& span) {
  const auto found = span_of(context, unsigned_slot(slots[0]), unsigned_slot(slots[1]));
  if (!found) return false;
  span = Access::shown(context, *found);
  return !is_text || is_utf8(as_text(span));
}

StopHandle refused_span(CallContext& context, const RawValue* slots, std::size_t parameter) {
  const std::uint32_t offset = unsigned_slot(slots[0]);
  const std::uint32_t length = unsigned_slot(slots[1]);
  Error error = span_of(context, offset, length)
                    ? Error(ErrorCode::kArgumentType, "the guest passes text that is not UTF-8")
                    : outside(context, offset, length);
  return std::make_unique<Stop>(
      std::move(error).at(fmt::format("parameter {} of the host function", parameter + 1)));
}

PendingBuffer pending_buffer(CallContext& context, const RawValue* slots) {
  return PendingBuffer(Access::operation(context), unsigned_slot(slots[0]),
                       unsigned_slot(slots[1]));
}

StopHandle charge_call(CallContext& context, std::uint64_t bytes) {
  const HostPrice& price = Access::price(context);
  std::uint64_t gas = 0;
  if (__builtin_mul_overflow(price.per_byte, bytes, &gas) ||
      __builtin_add_overflow(gas, price.base, &gas)) {
    gas = UINT64_MAX;
  }
  if (gas == 0) return nullptr;
  auto refused = Access::scope(context).gas.charge(gas);
  return refused ? std::make_unique<Stop>(std::move(*refused)) : nullptr;
}

StopHandle ending(CallContext& context) {
  if constexpr (kCopiesSpans) Access::write_back(context);
  Access::scope(context).gas.collect();
  const std::optional<int> code = Access::exit_code(context);
  if (!code) return nullptr;
  if (*code >= 0 && *code <= kExitCodeMost) return std::make_unique<Stop>(ProcessExit{*code});
  return std::make_unique<Stop>(
      Error(ErrorCode::kHostFunctionFailed,
            fmt::format("a host function gave the exit code {}", *code))
          .help("exit codes are 0 to 125"));
}

std::optional<std::int32_t> guest_code(const Error& error) { return guest_number(error.code()); }

}  // namespace host_detail
}  // namespace synapsed
