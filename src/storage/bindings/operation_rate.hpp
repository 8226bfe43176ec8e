#pragma once

/// \file
/// How many operations the guests of a space may ask for: so many per second, and twice as many at
/// once after a pause.
///
/// Thread rule: safe from any thread.

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>

#include <synapsed/storage.hpp>

namespace synapsed::storage {

class OperationRate {
 public:
  using Clock = std::chrono::steady_clock;

  OperationRate(std::uint64_t per_second, Clock::time_point now);

  /// Takes all of them, or none and false.
  [[nodiscard]] bool take(std::uint64_t operations, Clock::time_point now);
  /// Nothing was taken lately: a new one would do as well.
  [[nodiscard]] bool is_rested(Clock::time_point now);

 private:
  void refill(Clock::time_point now);

  const double per_second_;
  std::mutex mutex_;
  double available_;
  Clock::time_point refilled_at_;
};

/// Those of all spaces that were used lately.
class OperationRates {
 public:
  [[nodiscard]] std::shared_ptr<OperationRate> of(const SpaceName& space, std::uint64_t per_second);

 private:
  void forget_rested(OperationRate::Clock::time_point now);

  std::mutex mutex_;
  std::map<SpaceName, std::shared_ptr<OperationRate>> rates_;
  std::size_t forget_at_ = 1024;  ///< so many
};

}  // namespace synapsed::storage
