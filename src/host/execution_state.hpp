#pragma once

/// \file
/// What a capability keeps for one execution: handles a guest was given, streams it began, a
/// transaction. It is made when it is first asked for, and gone with the execution.
///
/// Thread rule: used by the thread that runs the execution; `commit` may be answered from any.

#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include <synapsed/error.hpp>

namespace synapsed {

class ExecutionState {
 public:
  /// What was not committed is given up.
  virtual ~ExecutionState() = default;

  using Committed = std::function<void(Result<void>)>;
  /// The execution succeeded, and what it did is to last. `done` is called once, from any thread; after
  /// an error the execution has failed with it.
  virtual void commit(Committed done) { done({}); }
};

class ExecutionStates {
 public:
  /// With a parent, those of an execution that is part of another.
  explicit ExecutionStates(std::shared_ptr<ExecutionStates> parent = nullptr)
      : parent_(std::move(parent)) {}
  ExecutionStates(const ExecutionStates&) = delete;
  ExecutionStates& operator=(const ExecutionStates&) = delete;

  /// The state that belongs to `owner`, of type T; `make` gives a `std::unique_ptr<T>`.
  template <typename T, typename Make>
  [[nodiscard]] T& get(const void* owner, const Make& make) {
    for (const auto& [key, state] : states_) {
      if (key == owner) return static_cast<T&>(*state);
    }
    return static_cast<T&>(*states_.emplace_back(owner, make()).second);
  }

  [[nodiscard]] const std::shared_ptr<ExecutionStates>& parent() const { return parent_; }

  /// Commits one after the other, up to the first error. They live until `done` was called.
  void commit(ExecutionState::Committed done) { commit_from(0, std::move(done)); }
  [[nodiscard]] bool is_empty() const { return states_.empty(); }
  void clear() { states_.clear(); }

 private:
  void commit_from(std::size_t index, ExecutionState::Committed done) {
    if (index == states_.size()) return done({});
    states_[index].second->commit([this, index, done = std::move(done)](Result<void> result) {
      if (result) return commit_from(index + 1, done);
      done(std::move(result));
    });
  }

  const std::shared_ptr<ExecutionStates> parent_;
  std::vector<std::pair<const void*, std::unique_ptr<ExecutionState>>> states_;
};

}  // namespace synapsed
