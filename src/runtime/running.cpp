#include "runtime/running.hpp"

namespace synapsed {
namespace {

thread_local const Running* innermost = nullptr;

}  // namespace

Running::Running(const LoadedModule& module, const bool* on_fiber)
    : module_(module), on_fiber_(on_fiber), outer_(innermost) {
  innermost = this;
}

Running::~Running() { innermost = outer_; }

Result<void> Running::check(const LoadedModule& module, bool has_own_instance) {
  if (innermost == nullptr) return {};
  // What a fiber's stack has left for host functions is too little for another guest.
  if (innermost->on_fiber_ != nullptr && *innermost->on_fiber_) {
    return std::unexpected(
        Error(ErrorCode::kReentrant,
              "a host function whose guest runs on a fiber cannot execute another guest")
            .help("make it asynchronous, and start the other guest with execute_function_async"));
  }
  if (has_own_instance) return {};
  for (const Running* running = innermost; running != nullptr; running = running->outer_) {
    if (&running->module_ != &module) continue;
    return std::unexpected(
        Error(ErrorCode::kReentrant,
              "a host function called back into the persistent instance that is calling it"));
  }
  return {};
}

}  // namespace synapsed
