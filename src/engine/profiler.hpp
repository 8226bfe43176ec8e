#pragma once

/// \file
/// Samples of a guest's call stack while it runs. Thread rule: one thread at a time, with the store it is set on.

#include <chrono>
#include <memory>
#include <string>
#include <string_view>

#include <synapsed/error.hpp>

#include "engine/module.hpp"

namespace synapsed::engine {

class Profiler {
 public:
  /// Of guests of `module`, which `name` is shown for.
  Profiler(const Module& module, std::string_view name, std::chrono::nanoseconds interval);
  Profiler(Profiler&&) noexcept;
  Profiler& operator=(Profiler&&) noexcept;
  ~Profiler();

  /// The samples, as the Firefox profiler reads them; once. Error: `host.engine`.
  [[nodiscard]] Result<std::string> finish();

  struct Impl;
  [[nodiscard]] Impl& impl() const { return *impl_; }

 private:
  std::unique_ptr<Impl> impl_;
};

}  // namespace synapsed::engine
