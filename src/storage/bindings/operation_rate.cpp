#include "storage/bindings/operation_rate.hpp"

#include <algorithm>

namespace synapsed::storage {
namespace {

constexpr double kBurstSeconds = 2;
constexpr std::size_t kForgetAtLeast = 1024;

}  // namespace

OperationRate::OperationRate(std::uint64_t per_second, Clock::time_point now)
    : per_second_(static_cast<double>(per_second)),
      available_(per_second_ * kBurstSeconds),
      refilled_at_(now) {}

void OperationRate::refill(Clock::time_point now) {
  if (now <= refilled_at_) return;
  const std::chrono::duration<double> passed = now - refilled_at_;
  available_ = std::min(available_ + passed.count() * per_second_, per_second_ * kBurstSeconds);
  refilled_at_ = now;
}

bool OperationRate::take(std::uint64_t operations, Clock::time_point now) {
  const std::scoped_lock lock(mutex_);
  refill(now);
  const auto wanted = static_cast<double>(operations);
  if (wanted > available_) return false;
  available_ -= wanted;
  return true;
}

bool OperationRate::is_rested(Clock::time_point now) {
  const std::scoped_lock lock(mutex_);
  refill(now);
  return available_ >= per_second_ * kBurstSeconds;
}

std::shared_ptr<OperationRate> OperationRates::of(const SpaceName& space,
                                                  std::uint64_t per_second) {
  const auto now = OperationRate::Clock::now();
  const std::scoped_lock lock(mutex_);
  auto& rate = rates_[space];
  if (rate == nullptr) rate = std::make_shared<OperationRate>(per_second, now);
  std::shared_ptr<OperationRate> found = rate;
  if (rates_.size() > forget_at_) forget_rested(now);
  return found;
}

void OperationRates::forget_rested(OperationRate::Clock::time_point now) {
  std::erase_if(rates_, [now](const auto& entry) {
    return entry.second.use_count() == 1 && entry.second->is_rested(now);
  });
  forget_at_ = std::max(kForgetAtLeast, 2 * rates_.size());
}

}  // namespace synapsed::storage
