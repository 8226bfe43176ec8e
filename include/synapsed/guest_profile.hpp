#pragma once

/// \file
/// Where a guest spends its time, by samples of its call stack. Owned by the room `runtime`.
///
///     RuntimeConfig config = RuntimeConfig::production();
///     config.compilation.interruption = Interruption::kEpochs;   // guests must look up now and then
///     …
///     GuestProfile profile;
///     runtime.execute_function(id, "work", {}, ExecutionContext{}.with_guest_profile(profile));
///     write_file("work.json", profile.json());                   // open it at profiler.firefox.com
///
/// Thread rule: a handle; copies are the same profile. Safe from any thread.

#include <chrono>
#include <memory>
#include <string>

namespace synapsed {

class GuestProfile {
 public:
  /// `interval` is between samples, 100 us to 1 s; an execution refuses others (`config.invalid_limit`).
  explicit GuestProfile(std::chrono::nanoseconds interval = std::chrono::milliseconds{1});

  /// Of the execution that ended last with it, in the processed format of the Firefox profiler; empty when there is
  /// none. Time in host functions is in the samples around them. Positions in a metered module are those of its
  /// instrumented code; names are the module's own.
  [[nodiscard]] std::string json() const;

  [[nodiscard]] std::chrono::nanoseconds interval() const;
  /// For the library itself.
  void set_json(std::string json) const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace synapsed
