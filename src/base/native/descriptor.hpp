#pragma once

/// \file
/// A file descriptor that is closed with its owner. Thread rule: one thread at a time.

#include <unistd.h>

namespace synapsed {

class Descriptor {
 public:
  /// Negative: none.
  explicit Descriptor(int value = -1) : value_(value) {}
  ~Descriptor() { reset(); }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;

  void reset(int value = -1) {
    if (value_ >= 0) ::close(value_);
    value_ = value;
  }
  [[nodiscard]] int get() const { return value_; }

 private:
  int value_;
};

}  // namespace synapsed
