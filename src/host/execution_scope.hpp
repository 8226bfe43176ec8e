#pragma once

/// \file
/// What host functions may know of the execution that calls them. Thread rule: read by the thread
/// that runs the execution.

#include <chrono>
#include <string_view>

#include <synapsed/cancel.hpp>

namespace synapsed {

struct ExecutionScope {
  std::string_view module;
  std::string_view tenant;
  std::chrono::steady_clock::time_point deadline;
  const CancelToken& cancellation;
};

}  // namespace synapsed
