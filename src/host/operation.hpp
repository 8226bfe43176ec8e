#pragma once

/// \file
/// The state that the two sides of an asynchronous host call share: the guest that waits, and the
/// `HostCompletion` that ends the wait.
///
/// Invariant: an operation is settled exactly once, by a completion or by the guest's side.
/// Thread rule: safe from any thread.

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include <synapsed/error.hpp>
#include <synapsed/host_context.hpp>
#include <synapsed/host_function.hpp>
#include <synapsed/raw_value.hpp>
#include <synapsed/value.hpp>

#include "base/sync.hpp"
#include "base/waker.hpp"

namespace synapsed::host_detail {

class Operation {
 public:
  struct Write {
    std::uint32_t offset = 0;
    Bytes bytes;
  };
  struct Outcome {
    StopHandle stop;  ///< ends the guest; may be null
    std::vector<RawValue> results;
    std::vector<Write> writes;  ///< to guest memory, one for each offset
  };

  explicit Operation(std::shared_ptr<Waker> waker) : waker_(std::move(waker)) {}

  /// The other side's: ends the wait. False when it was over.
  bool settle(StopHandle stop, std::vector<RawValue> results);
  void on_cancel(std::function<void()> callback);
  [[nodiscard]] bool is_cancelled() const;
  void write(std::uint32_t offset, std::span<const std::byte> bytes);

  /// The guest's side.
  [[nodiscard]] bool is_settled() const;
  /// The guest no longer waits: whoever works for it is told, and what comes later is dropped.
  void cancel();
  [[nodiscard]] Outcome take();

 private:
  enum class State : std::uint8_t { kPending, kSettled, kCancelled };

  mutable Mutex mutex_;
  State state_ = State::kPending;
  Outcome outcome_;
  std::shared_ptr<Waker> waker_;
  std::function<void()> on_cancel_;
};

}  // namespace synapsed::host_detail
