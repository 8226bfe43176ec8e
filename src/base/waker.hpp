#pragma once

namespace synapsed {

/// Tells something that waits to look again. Thread rule: safe from any thread.
class Waker {
 public:
  virtual ~Waker() = default;
  /// Looking once too often does no harm.
  virtual void wake() = 0;
};

}  // namespace synapsed
