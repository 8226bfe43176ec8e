#pragma once

/// \file
/// How gas that was set aside for another execution comes back.
///
/// Invariant: the gas of a part is either claimed by one execution or comes back whole.
/// Thread rule: safe from any thread.

#include <atomic>
#include <cstdint>
#include <memory>
#include <utility>

#include <synapsed/host_context.hpp>

namespace synapsed {

/// What parts of an account have given back, and it has not picked up.
class GasReturns {
 public:
  void put(std::uint64_t gas) { gas_.fetch_add(gas); }
  [[nodiscard]] std::uint64_t take() { return gas_.exchange(0); }

 private:
  std::atomic<std::uint64_t> gas_{0};
};

struct GasPart::State {
  State(std::shared_ptr<GasReturns> account, std::uint64_t part, bool dry_run)
      : returns(std::move(account)), gas(part), is_dry_run(dry_run) {}
  ~State() {
    if (claim()) returns->put(gas);
  }
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  /// True once. Who claims it gives back what is left.
  [[nodiscard]] bool claim() { return !is_claimed_.exchange(true); }

  const std::shared_ptr<GasReturns> returns;
  const std::uint64_t gas;
  const bool is_dry_run;  ///< that of the execution it was taken from

 private:
  std::atomic<bool> is_claimed_{false};
};

}  // namespace synapsed
