#include "host/execution_scope.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace synapsed {

std::uint64_t GasPart::gas() const { return state_->gas; }

GasAccount::GasAccount(std::optional<std::uint64_t> limit, const GasPart& part) : limit_(limit) {
  std::uint64_t granted = 0;
  if (part.state().claim()) {
    part_ = part;
    granted = part.gas();
  }
  limit_ = std::min(limit_.value_or(granted), granted);
}

std::uint64_t GasAccount::used() const {
  if (is_exhausted_) return most();
  if (!guest_) return used_;
  const std::int64_t left = guest_->store->read(guest_->counter);
  return left < 0 ? most() : used_ + (guest_->granted - static_cast<std::uint64_t>(left));
}

std::uint64_t GasAccount::peak() const { return std::max(peak_, used()); }

std::optional<Error> GasAccount::charge(std::uint64_t gas) {
  collect();
  const std::uint64_t left = guest_ ? guest_left() : most() - used_;
  if (gas <= left) {
    if (guest_) {
      guest_->store->write(guest_->counter, static_cast<std::int64_t>(left - gas));
    } else {
      used_ += gas;
    }
    return std::nullopt;
  }
  if (!limit_ && !guest_) {
    used_ = most();
    return std::nullopt;
  }
  forfeit();
  return Error(ErrorCode::kOutOfGas,
               fmt::format("a host call costs {} gas, and {} of {} is left", gas, left, most()))
      .help("raise the execution's gas limit");
}

std::uint64_t GasAccount::guest_left() const {
  const std::int64_t left = guest_->store->read(guest_->counter);
  return left < 0 ? 0 : static_cast<std::uint64_t>(left);
}

void GasAccount::share(engine::Store& store, engine::Counter counter) {
  constexpr auto kMost = static_cast<std::uint64_t>(INT64_MAX);  // counters are signed
  const std::uint64_t granted = std::min(most() - used_, kMost);
  guest_.emplace(Guest{.store = &store, .counter = counter, .granted = granted});
  store.write(counter, static_cast<std::int64_t>(granted));
}

const std::shared_ptr<GasReturns>& GasAccount::returns() {
  if (!returns_) returns_ = std::make_shared<GasReturns>();
  return returns_;
}

void GasAccount::collect() {
  const std::uint64_t gas = returns_ ? returns_->take() : 0;
  if (gas == 0 || is_exhausted()) return;
  peak_ = peak();
  if (guest_) {
    guest_->store->write(guest_->counter, static_cast<std::int64_t>(guest_left() + gas));
  } else {
    used_ -= gas;
  }
}

void GasAccount::close() {
  collect();
  is_exhausted_ = is_exhausted();
  used_ = used();
  guest_.reset();
  if (!part_) return;
  part_->state().returns->put(part_->gas() - used_);
  part_.reset();
}

bool GasAccount::is_exhausted() const {
  return is_exhausted_ || (guest_ && guest_->store->read(guest_->counter) < 0);
}

void GasAccount::forfeit() {
  is_exhausted_ = true;
  if (guest_) guest_->store->write(guest_->counter, -1);
}

std::optional<Error> ExecutionScope::stop_reason() const {
  if (cancellation.is_cancelled()) {
    return Error(ErrorCode::kCancelled, "the execution was cancelled");
  }
  if (deadline == std::chrono::steady_clock::time_point::max() ||
      std::chrono::steady_clock::now() < deadline) {
    return std::nullopt;
  }
  return Error(ErrorCode::kDeadline, "the execution reached its deadline");
}

}  // namespace synapsed
