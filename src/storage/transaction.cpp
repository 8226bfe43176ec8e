#include <condition_variable>
#include <mutex>
#include <optional>
#include <utility>

#include "base/try.hpp"
#include "storage/transaction_data.hpp"

namespace synapsed::storage {
namespace {

/// The result of something that another thread does.
class Answer {
 public:
  void set(Result<void> result) {
    const std::unique_lock lock(mutex_);
    result_ = std::move(result);
    answered_.notify_all();  // under the lock: who waits may destroy this at once
  }
  Result<void> wait() {
    std::unique_lock lock(mutex_);
    answered_.wait(lock, [&] { return result_.has_value(); });
    return std::move(*result_);
  }

 private:
  std::mutex mutex_;
  std::condition_variable answered_;
  std::optional<Result<void>> result_;
};

}  // namespace

Transaction::Transaction(std::shared_ptr<TransactionState> state) : state_(std::move(state)) {}
Transaction::Transaction(Transaction&&) noexcept = default;

Transaction& Transaction::operator=(Transaction&& other) noexcept {
  if (this != &other) {
    roll_back();
    state_ = std::move(other.state_);
  }
  return *this;
}

Transaction::~Transaction() { roll_back(); }

Space Transaction::space(const SpaceName& name) const { return Space(state_, name); }

Result<void> Transaction::commit() {
  Answer answer;
  state_->commit([&answer](Result<void> result) { answer.set(std::move(result)); });
  return answer.wait();
}

void Transaction::commit_async(CommitCompletion completion) {
  state_->commit(std::move(completion));
}

void Transaction::roll_back() {
  if (state_ != nullptr) state_->roll_back();
}

Result<Transaction> Transaction::begin_nested() {
  auto nested = TRY(state_->begin_nested());
  return Transaction(std::move(nested));
}

}  // namespace synapsed::storage
