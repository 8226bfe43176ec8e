#include "modules/serving.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace synapsed::modules {
namespace {

/// The calls alone: who ends a call while there is a canary asks for it, and copies no text.
ServingVersion since(const ServingVersion& now, const ServingVersion& before) {
  ServingVersion more;
  more.calls = now.calls - before.calls;
  more.failed = now.failed - before.failed;
  more.time = now.time - before.time;
  return more;
}

}  // namespace

Serving::Call::Call(Serving& serving, std::shared_ptr<Version> version)
    : serving_(serving), version_(std::move(version)) {}

Serving::Call::~Call() {
  serving_.leave(*version_, std::chrono::steady_clock::now() - began_, has_failed_);
}

std::shared_ptr<Version> Serving::enter() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return !is_paused_; });
  std::shared_ptr<Version> version = stable_;
  if (canary_) {
    canary_due_ += canary_share_;
    if (canary_due_ >= 1) {
      canary_due_ -= 1;
      version = canary_;
    }
  }
  if (version) ++version->seen.running;
  return version;
}

void Serving::leave(Version& version, std::chrono::nanoseconds time, bool has_failed) {
  bool is_retired = false;
  std::shared_ptr<Version> ended;  // unloaded without the lock
  std::optional<Error> reason;
  {
    const std::lock_guard lock(mutex_);
    --version.seen.running;
    ++version.seen.calls;
    version.seen.failed += has_failed ? 1 : 0;
    version.seen.time += time;
    if (canary_ && (reason = judge_canary())) ended = std::exchange(canary_, nullptr);
    is_retired = retire_if_idle(version);
    if (version.seen.running == 0 && (is_retired || is_paused_)) changed_.notify_all();
  }
  if (is_retired) listener_.retired(version);
  if (ended) {
    listener_.canary_ended(*ended, *reason);
    release(*ended);
  }
}

std::optional<Error> Serving::judge_canary() const {
  const ServingVersion& canary = canary_->seen;
  const ServingVersion serving = since(stable_->seen, before_canary_);
  if (std::min(canary.calls, serving.calls) < canary_limits_.calls_min) return std::nullopt;
  const auto ended = [&](std::string why) {
    return Error(ErrorCode::kUpgradeUnhealthy, std::move(why)).at(canary_->module.reference());
  };
  if (canary.failure_rate() - serving.failure_rate() > canary_limits_.more_failures_max) {
    return ended(fmt::format("{} of {} calls failed, and {} of {} on {}", canary.failed, canary.calls,
                             serving.failed, serving.calls, stable_->seen.version.to_string()));
  }
  if (canary_limits_.slowdown_max &&
      static_cast<double>(canary.average_time().count()) >
          *canary_limits_.slowdown_max * static_cast<double>(serving.average_time().count())) {
    return ended(fmt::format("a call took {} ns on average, and {} ns on {}",
                             canary.average_time().count(), serving.average_time().count(),
                             stable_->seen.version.to_string()));
  }
  return std::nullopt;
}

bool Serving::retire_if_idle(Version& version) {
  if (version.seen.state != ModuleState::kDraining || version.seen.running != 0) return false;
  version.seen.state = ModuleState::kRetired;
  return true;
}

void Serving::release(Version& version) {
  bool is_retired = false;
  {
    const std::lock_guard lock(mutex_);
    if (version.seen.state == ModuleState::kReady) version.seen.state = ModuleState::kDraining;
    is_retired = retire_if_idle(version);
  }
  if (is_retired) listener_.retired(version);
}

std::shared_ptr<Version> Serving::stable() const {
  const std::lock_guard lock(mutex_);
  return stable_;
}

std::shared_ptr<Version> Serving::canary() const {
  const std::lock_guard lock(mutex_);
  return canary_;
}

std::shared_ptr<Version> Serving::kept() const {
  const std::lock_guard lock(mutex_);
  return kept_.empty() ? nullptr : kept_.front();
}

void Serving::set_state(Version& version, ModuleState state) {
  const std::lock_guard lock(mutex_);
  version.seen.state = state;
}

void Serving::pause() {
  const std::lock_guard lock(mutex_);
  is_paused_ = true;
}

void Serving::resume() {
  const std::lock_guard lock(mutex_);
  is_paused_ = false;
  changed_.notify_all();
}

bool Serving::drain(const Version& version, std::chrono::nanoseconds timeout) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, timeout, [&] { return version.seen.running == 0; });
}

void Serving::serve(std::shared_ptr<Version> next, std::size_t versions_kept) {
  std::vector<std::shared_ptr<Version>> dropped;  // unloaded without the lock
  const std::lock_guard lock(mutex_);
  next->seen.state = ModuleState::kReady;
  const bool is_rollback = !kept_.empty() && kept_.front() == next;
  std::shared_ptr<Version> before = std::exchange(stable_, std::move(next));
  if (canary_ == stable_) canary_.reset();
  before_canary_ = stable_->seen;
  if (is_rollback) {
    kept_.pop_front();
    dropped.push_back(std::move(before));
    return;
  }
  if (before) kept_.push_front(std::move(before));
  while (kept_.size() > versions_kept) {
    dropped.push_back(std::move(kept_.back()));
    kept_.pop_back();
  }
}

void Serving::set_canary(std::shared_ptr<Version> version, double share, const CanaryLimits& limits) {
  const std::lock_guard lock(mutex_);
  version->seen.state = ModuleState::kReady;
  canary_ = std::move(version);
  canary_limits_ = limits;
  before_canary_ = stable_->seen;
  canary_share_ = share;
  canary_due_ = 0;
}

void Serving::end_canary() {
  const std::lock_guard lock(mutex_);
  canary_.reset();  // who ends it holds it
}

void Serving::clear() {
  std::vector<std::shared_ptr<Version>> all;  // unloaded without the lock
  const std::lock_guard lock(mutex_);
  for (const auto& version : kept_) all.push_back(version);
  all.push_back(std::exchange(canary_, nullptr));
  all.push_back(std::exchange(stable_, nullptr));
  kept_.clear();
}

std::optional<ModuleStatus> Serving::status() const {
  const std::lock_guard lock(mutex_);
  if (!stable_) return std::nullopt;
  ModuleStatus status{.name = name_,
                      .serving = stable_->seen,
                      .canary = {},
                      .canary_share = canary_ ? canary_share_ : 0,
                      .kept = {}};
  if (canary_) status.canary = canary_->seen;
  for (const auto& version : kept_) status.kept.push_back(version->seen);
  return status;
}

}  // namespace synapsed::modules
