#pragma once

/// \file
/// Stopping a running guest from outside. Thread rule: safe from any thread.

#include <memory>

namespace synapsed::engine {

/// Stops the execution its store is armed for; does nothing when there is none, or no store any
/// more.
class Interrupt {
 public:
  void cancel() const;

  struct Impl;
  explicit Interrupt(std::shared_ptr<Impl> impl) : impl_(std::move(impl)) {}

 private:
  std::shared_ptr<Impl> impl_;
};

}  // namespace synapsed::engine
