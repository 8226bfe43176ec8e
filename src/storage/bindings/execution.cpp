#include "storage/bindings/execution.hpp"

#include <utility>

#include "base/try.hpp"
#include "storage/bindings/grants.hpp"

namespace synapsed::storage {
namespace {

using Shared = std::shared_ptr<Storage>;

StorageExecution& execution_in(ExecutionStates& states, const Shared& storage);

Result<Transaction> begin_in(ExecutionStates& states, const Shared& storage) {
  if (states.parent() == nullptr) return storage->begin();
  Transaction& outer = *TRY(execution_in(*states.parent(), storage).transaction());
  return outer.begin_nested();
}

StorageExecution& execution_in(ExecutionStates& states, const Shared& storage) {
  return states.get<StorageExecution>(storage.get(), [&] {
    return std::make_unique<StorageExecution>(storage, begin_in(states, storage));
  });
}

}  // namespace

HostState::HostState(StorageHostOptions with) : options(std::move(with)) {
  if (options.storage == nullptr) options.storage = std::make_shared<Storage>();
}

StorageExecution::StorageExecution(Shared storage, Result<Transaction> transaction)
    : storage_(std::move(storage)), transaction_(std::move(transaction)) {}

/// Whoever is told may give the storage up at once, and a thread of the storage's own, which tells it,
/// may be the last to hold this: it must not be the last to hold the storage. Meanwhile the functions
/// of the execution hold it.
void StorageExecution::commit(Committed done) {
  module_.reset();
  if (!transaction_) return done(std::unexpected(transaction_.error()));
  storage_.reset();
  transaction_->commit_async(std::move(done));
}

Result<Transaction*> StorageExecution::transaction() {
  if (!transaction_) return std::unexpected(transaction_.error());
  return &*transaction_;
}

Result<void> StorageExecution::use(const CallContext& call, const Host& host) {
  if (module_) return {};
  const Transaction& began = *TRY(transaction());
  SpaceName name{.tenant = std::string(call.tenant()), .module = std::string(call.module())};
  const Quota& quota = storage_->options().quotas.of(name);
  Space space = began.space(name);
  const std::uint64_t rate = quota.operations_per_second;
  module_.emplace(Module{.host = host,
                         .name = name,
                         .grant = grant_of(host->options, call.module()),
                         .rate = rate == 0 ? nullptr : host->rates.of(name, rate),
                         .space = std::move(space),
                         .open = Open(quota.open_max == 0 ? UINT32_MAX : quota.open_max)});
  return {};
}

Result<void> StorageExecution::count(std::uint64_t operations) {
  if (module_->rate == nullptr ||
      module_->rate->take(operations, OperationRate::Clock::now())) {
    return {};
  }
  return std::unexpected(guest_error(ErrorCode::kGuestExhausted));
}

StorageExecution& execution_of(const CallContext& call, const Host& host) {
  return execution_in(*CallContextAccess::scope(call).open_states(), host->options.storage);
}

}  // namespace synapsed::storage
