#pragma once

/// \file
/// Cancelling an execution from outside. Owned by the room `base`.
///
/// Thread rule: both classes are safe to use from any thread at once.

#include <cstdint>
#include <functional>
#include <memory>

namespace synapsed {

/// The side that asks. Copies share one state; a default-constructed token is never cancelled.
class CancelToken {
 public:
  CancelToken() = default;
  [[nodiscard]] bool is_cancelled() const;
  /// True when a source exists that could cancel.
  [[nodiscard]] bool can_be_cancelled() const { return state_ != nullptr; }

  /// A token that is cancelled when either is.
  [[nodiscard]] static CancelToken any(const CancelToken& first, const CancelToken& second);

  /// Runs `callback` when the source cancels, at once when it has already. The callback runs on
  /// the cancelling thread. Returns the id that `unsubscribe` takes.
  std::uint64_t subscribe(std::function<void()> callback) const;
  /// After this returns the callback is not running and never will.
  void unsubscribe(std::uint64_t id) const;

 private:
  friend class CancelSource;
  struct State;
  explicit CancelToken(std::shared_ptr<State> state) : state_(std::move(state)) {}
  std::shared_ptr<State> state_;
};

/// The side that decides.
///
///     CancelSource source;
///     std::jthread killer([&] { wait_for_ctrl_c(); source.cancel(); });
///     runtime.execute_function(id, "work", {}, ExecutionContext{}.with_cancellation(source.token()));
class CancelSource {
 public:
  CancelSource();
  void cancel() const;  ///< idempotent
  [[nodiscard]] CancelToken token() const { return CancelToken(state_); }

  /// What cancels as long as a token of this source lives, and does not keep one alive.
  [[nodiscard]] std::function<void()> weak_cancel() const;
  /// Keeps `owned` as long as a token of this source lives.
  void keep(std::shared_ptr<void> owned) const;

 private:
  friend class CancelToken;
  explicit CancelSource(std::shared_ptr<CancelToken::State> state) : state_(std::move(state)) {}
  std::shared_ptr<CancelToken::State> state_;
};

}  // namespace synapsed
