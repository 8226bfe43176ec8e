#pragma once

/// \file
/// What host functions may know of the execution that calls them. Thread rule: read by the thread
/// that runs the execution.

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <synapsed/cancel.hpp>
#include <synapsed/error.hpp>
#include <synapsed/log.hpp>

#include "base/waker.hpp"

namespace synapsed {

/// What an execution may spend and has spent.
struct GasAccount {
  std::optional<std::uint64_t> limit;  ///< none: counted only
  std::uint64_t used = 0;

  /// Error: `limit.gas`; then all of the limit counts as used.
  [[nodiscard]] std::optional<Error> charge(std::uint64_t gas);
};

struct ExecutionScope {
  std::string_view module;
  std::string_view tenant;
  const std::vector<std::string>* capabilities = nullptr;  ///< the module's; null: none
  std::chrono::steady_clock::time_point deadline;
  const CancelToken& cancellation;
  const LogSink* log = nullptr;   ///< null: nobody reads it
  const std::shared_ptr<Waker>* waker = nullptr;  ///< has the execution go on; null: cannot wait
  GasAccount gas;

  /// Why the execution may not go on; null when it may.
  [[nodiscard]] std::optional<Error> stop_reason() const;
};

}  // namespace synapsed
