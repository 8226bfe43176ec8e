#include "runtime/optimiser.hpp"

#include <deque>
#include <thread>
#include <utility>

#include "base/sync.hpp"

namespace synapsed {
namespace {

class ThreadedOptimiser : public Optimiser {
 public:
  explicit ThreadedOptimiser(std::shared_ptr<RuntimeState> state) : state_(std::move(state)) {}
  ~ThreadedOptimiser() override {
    {
      const Lock<Mutex> lock(mutex_);
      is_over_ = true;
    }
    changed_.notify_all();
    if (thread_.joinable()) thread_.join();
  }

  void add(const std::shared_ptr<ModuleSlot>& slot) override {
    const Lock<Mutex> lock(mutex_);
    waiting_.emplace_back(slot);
    if (!thread_.joinable()) thread_ = std::thread([this] { run(); });
    changed_.notify_all();
  }

 private:
  void run() {
    Lock<Mutex> lock(mutex_);
    while (true) {
      changed_.wait(lock, [this] { return is_over_ || !waiting_.empty(); });
      if (is_over_) return;
      const auto slot = waiting_.front().lock();
      waiting_.pop_front();
      if (slot == nullptr) continue;
      lock.unlock();
      if (slot->optimise(*state_)) state_->statistics.record_optimised();
      lock.lock();
    }
  }

  const std::shared_ptr<RuntimeState> state_;
  Mutex mutex_;
  Condition changed_;
  std::deque<std::weak_ptr<ModuleSlot>> waiting_;  // under mutex_; what was unloaded is passed over
  bool is_over_ = false;                           // under mutex_
  std::thread thread_;                             // under mutex_, until it is joined
};

}  // namespace

std::unique_ptr<Optimiser> make_optimiser(std::shared_ptr<RuntimeState> state) {
  return std::make_unique<ThreadedOptimiser>(std::move(state));
}

}  // namespace synapsed
