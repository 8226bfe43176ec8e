#include "host/execution_scope.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace synapsed {
namespace {

constexpr auto kCounterMax = static_cast<std::uint64_t>(INT64_MAX);  // counters are signed

}  // namespace

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
  if (is_exhausted()) return most();
  return guest_ ? used_ + (guest_->granted - counter_left()) : used_;
}

std::uint64_t GasAccount::peak() const { return std::max(peak_, used()); }

std::uint64_t GasAccount::counter_left() const {
  const std::int64_t left = guest_->store->read(guest_->counter);
  return left < 0 ? 0 : static_cast<std::uint64_t>(left);
}

std::uint64_t GasAccount::left() const {
  return guest_ ? counter_left() + guest_->reserve : most() - used_;
}

std::optional<Error> GasAccount::charge(std::uint64_t gas) {
  collect();
  if (can_pay(gas)) {
    spend(gas);
    return std::nullopt;
  }
  if (!limit_ && !guest_) {
    used_ = most();
    return std::nullopt;
  }
  const std::uint64_t rest = left();
  forfeit();
  return Error(ErrorCode::kOutOfGas,
               fmt::format("a host call costs {} gas, and {} of {} is left", gas, rest, most()))
      .help("raise the execution's gas limit");
}

/// Asks once: a source that gives too little has said no.
bool GasAccount::can_pay(std::uint64_t gas) {
  const std::uint64_t rest = left();
  if (gas <= rest) return true;
  if (!limit_ || !has_source()) return false;
  raise_limit((*source_)({.missing = gas - rest, .used = used()}));
  return gas <= left();
}

void GasAccount::raise_limit(std::uint64_t gas) {
  const std::uint64_t room = guest_ ? kCounterMax - left() : UINT64_MAX;
  const std::uint64_t added = std::min({gas, room, UINT64_MAX - most()});
  limit_ = most() + added;
  if (guest_) guest_->reserve += added;
}

/// From the counter first: what is taken from the reserve is of the slice, too.
void GasAccount::spend(std::uint64_t gas) {
  if (!guest_) {
    used_ += gas;
    return;
  }
  const std::uint64_t counted = counter_left();
  if (gas > counted) grant(gas - counted);
  guest_->store->write(guest_->counter, static_cast<std::int64_t>(std::max(counted, gas) - gas));
}

void GasAccount::share(engine::Store& store, engine::Counter counter, std::uint64_t slice) {
  slice_ = slice == 0 ? UINT64_MAX : slice;
  store.write(counter, 0);
  guest_.emplace(Guest{.store = &store,
                       .counter = counter,
                       .granted = 0,
                       .reserve = std::min(most() - used_, kCounterMax),
                       .slice_left = slice_});
  add(0);
}

bool GasAccount::can_add(std::uint64_t missing) { return can_pay(counter_left() + missing); }

bool GasAccount::is_within_slice(std::uint64_t missing) const {
  return missing <= guest_->slice_left;
}

void GasAccount::add(std::uint64_t missing) {
  const std::uint64_t counted = counter_left();
  const std::uint64_t gas = std::min(std::max(missing, guest_->slice_left), guest_->reserve);
  grant(gas);
  guest_->store->write(guest_->counter, static_cast<std::int64_t>(counted + gas));
}

void GasAccount::grant(std::uint64_t gas) {
  guest_->granted += gas;
  guest_->reserve -= gas;
  guest_->slice_left -= std::min(gas, guest_->slice_left);
}

const std::shared_ptr<GasReturns>& GasAccount::returns() {
  if (!returns_) returns_ = std::make_shared<GasReturns>();
  return returns_;
}

void GasAccount::collect() {
  const std::uint64_t gas = returns_ ? returns_->take() : 0;
  if (gas == 0 || is_exhausted()) return;
  peak_ = peak();
  if (!guest_) {
    used_ -= gas;
    return;
  }
  guest_->granted -= gas;
  guest_->reserve += gas;
  add(0);
}

void GasAccount::close() {
  collect();
  is_exhausted_ = is_exhausted();
  used_ = used();
  guest_.reset();
  if (!part_) return;
  part_->state().returns->put(part_->gas() - std::min(used_, part_->gas()));
  part_.reset();
}

bool GasAccount::is_exhausted() const {
  return is_exhausted_ || (guest_ && guest_->store->read(guest_->counter) < 0);
}

void GasAccount::forfeit() {
  is_exhausted_ = true;
  if (guest_) guest_->store->write(guest_->counter, -1);
}

const std::shared_ptr<ExecutionStates>& ExecutionScope::open_states() {
  if (!states) states = std::make_shared<ExecutionStates>(parent_states);
  return states;
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
