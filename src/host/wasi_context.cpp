#include "host/wasi_context.hpp"

#include <algorithm>
#include <cstring>
#include <limits>
#include <string>
#include <utility>

#include "base/sha256.hpp"
#include "base/try.hpp"
#include "engine/linker.hpp"
#include "engine/memory_view.hpp"
#include "host/call_context.hpp"

namespace synapsed {
namespace {

using engine::MemoryView;

constexpr HostPrice kPrice{.base = 100, .per_byte = 0};
constexpr std::uint64_t kGasPerByte = 1;

// WASI preview 1's `errno`.
constexpr std::int32_t kSuccess = 0;
constexpr std::uint16_t kBadDescriptor = 8;
constexpr std::uint16_t kInvalid = 28;
constexpr std::uint16_t kNotSupported = 58;

constexpr std::uint64_t kResolutionNs = 1;

/// `clockid`: realtime and monotonic tell the context's time; there is no processor to measure.
constexpr std::uint32_t kMonotonic = 1;
constexpr std::uint32_t kClocks = 4;
std::uint16_t check_clock(std::uint32_t clock) {
  if (clock <= kMonotonic) return kSuccess;
  return clock < kClocks ? kBadDescriptor : kInvalid;
}

GuestTime& time_of(const CallContext& call) { return *CallContextAccess::scope(call).time; }

MemoryView memory_of(CallContext& call) {
  const GuestMemory memory = CallContextAccess::memory(call);
  return MemoryView({memory.data, memory.size});
}

Result<std::int32_t> tell(CallContext& call, std::uint32_t clock, std::uint64_t value,
                          std::uint32_t pointer) {
  if (const std::uint16_t wrong = check_clock(clock); wrong != kSuccess) return wrong;
  TRY(memory_of(call).write(pointer, value));
  return kSuccess;
}

// --- Waiting. ---

/// A `subscription`, 48 bytes.
struct Subscription {
  static constexpr std::uint64_t kBytes = 48;
  static constexpr std::uint16_t kIsAbsolute = 1;

  std::uint64_t user_data = 0;
  std::uint8_t type = 0;  ///< that of its event
  std::uint32_t clock = 0;
  std::uint64_t timeout_ns = 0;
  std::uint16_t flags = 0;

  [[nodiscard]] bool is_clock() const { return type == 0; }
  [[nodiscard]] std::uint16_t error() const {
    return is_clock() ? check_clock(clock) : kNotSupported;
  }
  /// When it has happened; at once where it is in error.
  [[nodiscard]] GuestTime due(GuestTime now) const {
    if (error() != kSuccess) return now;
    if ((flags & kIsAbsolute) != 0) return std::max(now, timeout_ns);
    return timeout_ns > std::numeric_limits<GuestTime>::max() - now
               ? std::numeric_limits<GuestTime>::max()
               : now + timeout_ns;
  }
};

Result<Subscription> read_subscription(const MemoryView& memory, std::uint64_t at) {
  Subscription read;
  read.user_data = TRY(memory.read<std::uint64_t>(at));
  read.type = TRY(memory.read<std::uint8_t>(at + 8));
  read.clock = TRY(memory.read<std::uint32_t>(at + 16));
  read.timeout_ns = TRY(memory.read<std::uint64_t>(at + 24));
  read.flags = TRY(memory.read<std::uint16_t>(at + 40));
  return read;
}

constexpr std::uint64_t kEventBytes = 32;

Result<void> write_event(const MemoryView& memory, std::uint64_t at, const Subscription& of) {
  const auto bytes = TRY(memory.slice(at, kEventBytes));
  std::ranges::fill(bytes, std::byte{0});
  TRY(memory.write(at, of.user_data));
  TRY(memory.write(at + 8, of.error()));
  TRY(memory.write(at + 10, of.type));
  return {};
}

/// Nobody waits: the time goes on to the first subscription that happens.
Result<std::int32_t> poll(CallContext& call, std::uint32_t subscriptions, std::uint32_t events,
                          std::uint32_t count, std::uint32_t happened) {
  if (count == 0) return kInvalid;
  TRY(call.charge(count * Subscription::kBytes * kGasPerByte));
  const MemoryView memory = memory_of(call);
  GuestTime& now = time_of(call);
  GuestTime first = std::numeric_limits<GuestTime>::max();
  const auto at = [&](std::uint32_t i) { return subscriptions + i * Subscription::kBytes; };
  for (std::uint32_t i = 0; i < count; ++i) {
    first = std::min(first, TRY(read_subscription(memory, at(i))).due(now));
  }
  std::uint32_t written = 0;
  for (std::uint32_t i = 0; i < count; ++i) {
    const Subscription subscription = TRY(read_subscription(memory, at(i)));
    if (subscription.due(now) > first) continue;
    TRY(write_event(memory, events + written++ * kEventBytes, subscription));
  }
  now = first;
  TRY(memory.write(happened, written));
  return kSuccess;
}

Result<std::int32_t> fill_random(CallContext& call, std::uint32_t pointer, std::uint32_t length) {
  TRY(call.charge(length * kGasPerByte));
  const GuestMemory memory = CallContextAccess::memory(call);
  const auto bytes = TRY(MemoryView({memory.data, memory.size}).slice(pointer, length));
  CallContextAccess::scope(call).random->fill(bytes);
  return kSuccess;
}

template <typename F>
void define(HostFunctions& host, std::string name, std::string description, F function) {
  host.define(std::string(engine::kWasiModule), std::move(name), std::move(function),
              {.description = std::move(description), .price = kPrice});
}

}  // namespace

RandomStream::RandomStream(const Seed& seed) { std::ranges::copy(seed, input_.begin()); }

void RandomStream::next_block() {
  for (std::size_t i = 0; i < sizeof count_; ++i) {
    input_[sizeof(Seed) + i] = static_cast<std::byte>(count_ >> (8 * i));
  }
  block_ = sha256(input_);
  ++count_;
  used_ = 0;
}

void RandomStream::fill(std::span<std::byte> bytes) {
  while (!bytes.empty()) {
    if (used_ == block_.size()) next_block();
    const std::size_t some = std::min(bytes.size(), block_.size() - used_);
    std::copy_n(block_.begin() + static_cast<std::ptrdiff_t>(used_), some, bytes.begin());
    used_ += some;
    bytes = bytes.subspan(some);
  }
}

void define_context_clocks(HostFunctions& host) {
  define(host, "clock_time_get", "The time of the context, which sleeping moves on.",
         [](CallContext& call, std::uint32_t clock, std::uint64_t, std::uint32_t pointer) {
           return tell(call, clock, time_of(call), pointer);
         });
  define(host, "clock_res_get", "One nanosecond.",
         [](CallContext& call, std::uint32_t clock, std::uint32_t pointer) {
           return tell(call, clock, kResolutionNs, pointer);
         });
  define(host, "poll_oneoff", "Moves the time on to the first event, without waiting.", poll);
}

void define_context_random(HostFunctions& host) {
  define(host, "random_get", "Bytes that the seed of the context decides.", fill_random);
}

}  // namespace synapsed
