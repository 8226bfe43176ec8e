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
#include "host/gas_part.hpp"

namespace synapsed {

/// What an execution may spend and has spent. The guest of a metered module spends by itself: then
/// its counter is the account's only place, and the host looks there.
class GasAccount {
 public:
  /// None: counted only.
  explicit GasAccount(std::optional<std::uint64_t> limit) : limit_(limit) {}
  /// It has the part, or nothing when another has it, and at most `limit` of it.
  GasAccount(std::optional<std::uint64_t> limit, const GasPart& part);

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

  /// Gives what is left to the guest whose counter this is. `store` outlives the sharing.
  void share(engine::Store& store, engine::Counter counter);
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
    std::uint64_t granted;
  };

  [[nodiscard]] std::uint64_t most() const { return limit_.value_or(UINT64_MAX); }
  [[nodiscard]] std::uint64_t guest_left() const;

  std::optional<std::uint64_t> limit_;
  std::uint64_t used_ = 0;  // before it was shared
  std::uint64_t peak_ = 0;  // when something came back
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
  const std::shared_ptr<Waker>* waker = nullptr;  ///< has the execution go on; null: cannot wait
  bool is_dry_run = false;
  GasAccount gas{std::nullopt};

  /// Why the execution may not go on; null when it may.
  [[nodiscard]] std::optional<Error> stop_reason() const;
};

}  // namespace synapsed
