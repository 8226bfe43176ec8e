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
#include "engine/store.hpp"
#include "host/execution_state.hpp"
#include "host/active_trace.hpp"
#include "host/gas_part.hpp"
#include "host/wasi_context.hpp"

namespace synapsed {

/// What an execution may spend and has spent. The guest of a metered module spends by itself what
/// its counter was given, and the host looks there; what it was not given is the *reserve*.
class GasAccount {
 public:
  /// None: counted only.
  explicit GasAccount(std::optional<std::uint64_t> limit) : limit_(limit) {}
  /// It has the part, or nothing when another has it, and at most `limit` of it.
  GasAccount(std::optional<std::uint64_t> limit, const GasPart& part);

  /// Asked for more when the limit is reached; it outlives the account. Null, or empty: nobody.
  void set_source(const GasSource* source) { source_ = source; }
  [[nodiscard]] bool has_source() const { return source_ != nullptr && *source_; }

  [[nodiscard]] std::optional<std::uint64_t> limit() const { return limit_; }
  [[nodiscard]] std::uint64_t used() const;
  /// The most that has been used at once: less of it is used when parts come back.
  [[nodiscard]] std::uint64_t peak() const;

  /// Error: `limit.out_of_gas`; then all of the limit counts as used.
  [[nodiscard]] std::optional<Error> charge(std::uint64_t gas);

  /// Where parts that were charged give back what they do not use.
  [[nodiscard]] const std::shared_ptr<GasReturns>& returns();
  /// Picks up what came back.
  void collect();

  /// Gives what is left to the guest whose counter this is: all of it, or with a `slice` that is
  /// not zero so much of it, and as much again by `begin_slice`. `store` outlives the sharing.
  void share(engine::Store& store, engine::Counter counter, std::uint64_t slice);
  /// Whether there is `missing` gas for the counter, once the source was asked.
  [[nodiscard]] bool can_add(std::uint64_t missing);
  /// Whether what the counter lacks is within its slice.
  [[nodiscard]] bool is_within_slice(std::uint64_t missing) const;
  void begin_slice() { guest_->slice_left = slice_; }
  /// Gives the counter what it lacks, and what else there is within its slice.
  void add(std::uint64_t missing);

  /// The execution has ended: the guest spends no more, and what is left of a part goes back.
  void close();
  /// The guest tried to spend more than there is.
  [[nodiscard]] bool is_exhausted() const;
  /// Nothing is left, whatever was.
  void forfeit();

 private:
  struct Guest {
    engine::Store* store;
    engine::Counter counter;
    std::uint64_t granted;     // to the counter, altogether
    std::uint64_t reserve;     // not yet granted
    std::uint64_t slice_left;  // that may be granted before the next slice
  };

  [[nodiscard]] std::uint64_t most() const { return limit_.value_or(UINT64_MAX); }
  [[nodiscard]] std::uint64_t counter_left() const;
  [[nodiscard]] std::uint64_t left() const;
  [[nodiscard]] bool can_pay(std::uint64_t gas);
  void raise_limit(std::uint64_t gas);
  void grant(std::uint64_t gas);
  void spend(std::uint64_t gas);

  std::optional<std::uint64_t> limit_;
  std::uint64_t used_ = 0;  // before it was shared
  std::uint64_t peak_ = 0;  // when something came back
  std::uint64_t slice_ = 0;
  const GasSource* source_ = nullptr;
  bool is_exhausted_ = false;
  std::optional<Guest> guest_;
  std::shared_ptr<GasReturns> returns_;  // null: no part was taken
  std::optional<GasPart> part_;          // that it spends; none after closing
};

struct ExecutionScope {
  std::string_view module;
  std::string_view tenant;
  const std::vector<std::string>* capabilities = nullptr;  ///< the module's; null: none
  std::chrono::steady_clock::time_point deadline;
  const CancelToken& cancellation;
  const LogSink* log = nullptr;   ///< null: nobody reads it
  std::optional<ActiveTrace> trace;  ///< none: nobody is told
  const std::shared_ptr<Waker>* waker = nullptr;  ///< has the execution go on; null: cannot wait
  bool is_dry_run = false;
  /// Set when the guest's slice of gas is over; it goes on when whoever runs it has cleared this.
  bool has_used_slice = false;
  GasAccount gas{std::nullopt};
  std::optional<GuestTime> time;         ///< none: guests have the host's clocks
  std::unique_ptr<RandomStream> random;  ///< null: guests have the host's random numbers
  /// Results must be the same everywhere: nothing may come from this machine's chance.
  bool is_deterministic = false;
  /// What capabilities keep of the execution this one is part of; null: it is part of none.
  std::shared_ptr<ExecutionStates> parent_states;
  std::shared_ptr<ExecutionStates> states;  ///< of this one; null: nothing yet

  /// Those of this execution, made when there are none.
  [[nodiscard]] const std::shared_ptr<ExecutionStates>& open_states();

  /// Why the execution may not go on; null when it may.
  [[nodiscard]] std::optional<Error> stop_reason() const;
};

}  // namespace synapsed
