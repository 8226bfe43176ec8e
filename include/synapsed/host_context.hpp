#pragma once

/// \file
/// What a host function gets: the call it serves, and checked views of its guest's memory. Owned
/// by the room `host`.
///
/// Thread rule: everything here lives during one call, on the guest's thread; a `PendingBuffer`
/// may be kept and used from any thread.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include <synapsed/error.hpp>
#include <synapsed/host_function.hpp>
#include <synapsed/log.hpp>
#include <synapsed/trace.hpp>

namespace synapsed {

class CallContext;

namespace host_detail {
class Operation;  // one wait of a guest for an asynchronous host function
bool needs_ending(const CallContext& context);
}

/// Who calls, as values that may be kept.
struct HostCallInfo {
  std::string module;
  std::string tenant;
  std::chrono::steady_clock::time_point deadline;
};

/// What one call costs, in gas: `base + per_byte * bytes`, the bytes being those of all spans and
/// buffers the guest passes.
struct HostPrice {
  std::uint64_t base = 0;
  std::uint64_t per_byte = 0;

  [[nodiscard]] bool is_free() const { return base == 0 && per_byte == 0; }
};

/// An execution lacks gas.
struct GasRequest {
  std::uint64_t missing = 0;  ///< the least with which it goes on
  std::uint64_t used = 0;     ///< so far
};

/// Says how much to add to an execution's gas limit; less than what is missing ends it. Called by
/// the thread that runs the execution, which it holds meanwhile; an exception ends the guest.
using GasSource = std::function<std::uint64_t(const GasRequest&)>;

/// Gas taken from an execution for another one that its host function starts: see
/// `CallContext::take_gas`. Copies are the same part.
///
/// The first execution that is given it (`ExecutionContext::with_gas`) may spend it. What that did
/// not use goes back once, when it ends, whatever its end; a part that no execution was given goes
/// back with its last copy. What comes back after the giving execution has ended is lost.
///
/// Thread rule: safe from any thread.
class GasPart {
 public:
  struct State;
  explicit GasPart(std::shared_ptr<State> state) : state_(std::move(state)) {}

  [[nodiscard]] std::uint64_t gas() const;
  [[nodiscard]] State& state() const { return *state_; }

 private:
  std::shared_ptr<State> state_;
};

class ExecutionStates;

/// An execution that others can be part of: see `CallContext::as_parent`. Thread rule: a value.
class ParentExecution {
 public:
  explicit ParentExecution(std::shared_ptr<ExecutionStates> states) : states_(std::move(states)) {}
  [[nodiscard]] const std::shared_ptr<ExecutionStates>& states() const { return states_; }

 private:
  std::shared_ptr<ExecutionStates> states_;
};

/// What a host function knows of the call it serves. The library makes it.
class CallContext {
 public:
  CallContext(GuestCaller& caller, const HostPrice& price) : caller_(caller), price_(price) {}
  ~CallContext() {
    if (copies_ != nullptr) drop_copies();
  }
  CallContext(const CallContext&) = delete;
  CallContext& operator=(const CallContext&) = delete;

  [[nodiscard]] std::string_view module() const;  ///< the calling module's name
  [[nodiscard]] std::string_view tenant() const;  ///< the execution's; empty when it has none
  /// When the execution ends; `time_point::max()` when it has no deadline.
  [[nodiscard]] std::chrono::steady_clock::time_point deadline() const;
  [[nodiscard]] bool is_cancelled() const;
  [[nodiscard]] HostCallInfo info() const;
  /// True when the calling module was granted the capability.
  [[nodiscard]] bool is_granted(std::string_view capability) const;

  /// What the execution has left; null when it has no gas limit.
  [[nodiscard]] std::optional<std::uint64_t> gas_left() const;
  /// Takes `gas` beyond the function's declared price. Error: `limit.out_of_gas`.
  Result<void> charge(std::uint64_t gas);
  /// Takes `gas` at once, for an execution that the host function starts. Error: as `charge`.
  [[nodiscard]] Result<GasPart> take_gas(std::uint64_t gas);
  /// For an execution that the host function starts, and waits for, as part of the one that calls it
  /// (`ExecutionContext::with_parent`): what capabilities keep of it, such as writes to storage, lasts
  /// when both succeed, and is gone when either fails.
  [[nodiscard]] ParentExecution as_parent() const;
  /// The call only finds out what gas it needs (`WasmRuntime::dry_run`): a host function does what
  /// its result needs, and leaves out what would last.
  [[nodiscard]] bool is_dry_run() const;

  /// For executions that the host function starts (`ExecutionContext::with_trace`): they belong to this call. None
  /// when the execution has no trace.
  [[nodiscard]] std::optional<Trace> trace() const;
  /// Writes a line to the execution's log, if it has one.
  void log(LogLevel level, std::string_view text) const;

  /// `length` bytes of the guest's memory (its export `memory`) from `offset`. Valid during the
  /// call. Error: `call.out_of_bounds`, also when the guest exports no memory.
  [[nodiscard]] Result<std::span<std::byte>> memory(std::uint32_t offset, std::uint32_t length);

  /// Ends the guest, successfully, when the host function returns. `code`: 0..125.
  void exit(int code) { exit_code_ = code; }

 private:
  friend struct CallContextAccess;
  friend bool host_detail::needs_ending(const CallContext& context);
  struct Copies;  // of guest memory, in builds with AddressSanitizer
  void drop_copies();

  GuestCaller& caller_;
  const HostPrice& price_;
  GuestMemory memory_;  // looked up once: it cannot grow during the call
  std::optional<int> exit_code_;
  bool has_given_gas_ = false;
  Copies* copies_ = nullptr;
  std::shared_ptr<host_detail::Operation>* operation_ = nullptr;  // of a function that waits
};

/// Whether something is left to do when a host function has returned.
inline bool host_detail::needs_ending(const CallContext& context) {
  return context.exit_code_.has_value() || context.copies_ != nullptr || context.has_given_gas_;
}

/// Bytes the guest passes. Cannot be copied, moved or kept.
class GuestBytes {
 public:
  explicit GuestBytes(std::span<const std::byte> bytes) : bytes_(bytes) {}
  GuestBytes(const GuestBytes&) = delete;
  GuestBytes& operator=(const GuestBytes&) = delete;
  /// Valid during the call. Builds with AddressSanitizer report any use of it afterwards.
  [[nodiscard]] std::span<const std::byte> view() const { return bytes_; }

 private:
  std::span<const std::byte> bytes_;
};

/// UTF-8 text the guest passes. Cannot be copied, moved or kept.
class GuestString {
 public:
  explicit GuestString(std::string_view text) : text_(text) {}
  GuestString(const GuestString&) = delete;
  GuestString& operator=(const GuestString&) = delete;
  /// As `GuestBytes::view`.
  [[nodiscard]] std::string_view view() const { return text_; }

 private:
  std::string_view text_;
};

/// Room the guest offers for a result. Cannot be copied, moved or kept.
class GuestBuffer {
 public:
  explicit GuestBuffer(std::span<std::byte> room) : room_(room) {}
  GuestBuffer(const GuestBuffer&) = delete;
  GuestBuffer& operator=(const GuestBuffer&) = delete;
  [[nodiscard]] std::size_t capacity() const { return room_.size(); }
  /// The room itself, as `GuestBytes::view`. Other spans of the call may overlap it.
  [[nodiscard]] std::span<std::byte> room() const { return room_; }
  /// Writes `bytes` from the start and returns their number. Error: `call.out_of_bounds` when they
  /// do not fit; then nothing is written.
  Result<std::uint32_t> write(std::span<const std::byte> bytes);

 private:
  std::span<std::byte> room_;
};

/// Room the guest offers for a result that comes later. What is written is kept, and copied into
/// the guest's memory when the guest goes on.
class PendingBuffer {
 public:
  PendingBuffer(std::shared_ptr<host_detail::Operation> operation, std::uint32_t offset,
                std::uint32_t capacity)
      : operation_(std::move(operation)), offset_(offset), capacity_(capacity) {}

  [[nodiscard]] std::size_t capacity() const { return capacity_; }
  /// As `GuestBuffer::write`; a later write replaces an earlier one.
  Result<std::uint32_t> write(std::span<const std::byte> bytes) const;

 private:
  std::shared_ptr<host_detail::Operation> operation_;
  std::uint32_t offset_;
  std::uint32_t capacity_;
};

}  // namespace synapsed
