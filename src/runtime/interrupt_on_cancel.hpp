#pragma once

#include <cstdint>

#include <synapsed/cancel.hpp>

#include "engine/store.hpp"

namespace synapsed {

/// While it lives, interrupts the store's guest when the token is cancelled, or is already. The
/// token outlives it. Thread rule: one thread at a time.
class InterruptOnCancel {
 public:
  InterruptOnCancel(const CancelToken& token, const engine::Store& store) : token_(token) {
    if (!token.can_be_cancelled()) return;
    subscription_ = token.subscribe([interrupt = store.interrupt()] { interrupt.cancel(); });
  }
  ~InterruptOnCancel() { token_.unsubscribe(subscription_); }
  InterruptOnCancel(const InterruptOnCancel&) = delete;
  InterruptOnCancel& operator=(const InterruptOnCancel&) = delete;

 private:
  const CancelToken& token_;
  std::uint64_t subscription_ = 0;
};

}  // namespace synapsed
