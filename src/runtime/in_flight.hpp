#pragma once

/// \file
/// The asynchronous executions that have not settled. Thread rule: safe from any thread.

#include <memory>
#include <unordered_set>
#include <vector>

#include "base/sync.hpp"

namespace synapsed {

class AsyncExecution;

class InFlight {
 public:
  void add(std::shared_ptr<AsyncExecution> execution) {
    const Lock<Mutex> lock(mutex_);
    executions_.insert(std::move(execution));
  }
  void remove(const std::shared_ptr<AsyncExecution>& execution) {
    const Lock<Mutex> lock(mutex_);
    executions_.erase(execution);
  }
  [[nodiscard]] std::vector<std::shared_ptr<AsyncExecution>> all() const {
    const Lock<Mutex> lock(mutex_);
    return {executions_.begin(), executions_.end()};
  }
  [[nodiscard]] std::size_t size() const {
    const Lock<Mutex> lock(mutex_);
    return executions_.size();
  }

 private:
  mutable Mutex mutex_;
  std::unordered_set<std::shared_ptr<AsyncExecution>> executions_;
};

}  // namespace synapsed
