#include <synapsed/storage.hpp>

#include <utility>

#include "base/try.hpp"
#include "storage/history.hpp"
#include "storage/layout.hpp"
#include "storage/storage_impl.hpp"
#include "storage/transaction_data.hpp"

namespace synapsed::storage {
namespace {

Result<void> check_options(const StorageOptions& options) {
  if (options.history_commits_max == 0 || options.connections_max == 0 ||
      options.transaction_bytes_max == 0 || options.busy_timeout.count() < 0) {
    return std::unexpected(
        Error(ErrorCode::kInvalidLimit,
              "history_commits_max, connections_max and transaction_bytes_max are at least 1, and "
              "busy_timeout is not negative")
            .at("StorageOptions"));
  }
  return {};
}

Transaction begin_on(Storage::Impl& storage, const TransactionOptions& options) {
  return Transaction(
      std::make_shared<TransactionState>(std::make_shared<TransactionData>(storage, options)));
}

}  // namespace

struct Subscription::Impl {
  ChangeFeed* feed;
  std::shared_ptr<ChangeFeed::Subscriber> subscriber;
};

Subscription::Subscription(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Subscription::Subscription(Subscription&&) noexcept = default;
Subscription& Subscription::operator=(Subscription&& other) noexcept {
  if (this != &other) {
    if (impl_) impl_->feed->remove(impl_->subscriber);
    impl_ = std::move(other.impl_);
  }
  return *this;
}
Subscription::~Subscription() {
  if (impl_) impl_->feed->remove(impl_->subscriber);
}

Storage::Storage(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Storage::Storage() : impl_(std::make_unique<Impl>(StorageOptions{}, open_memory({}))) {}
Storage::Storage(Storage&&) noexcept = default;
Storage& Storage::operator=(Storage&&) noexcept = default;
Storage::~Storage() = default;

Result<Storage> Storage::open(StorageOptions options) {
  TRY(check_options(options));
  auto backend = TRY(open_backend(options));
  return Storage(std::make_unique<Impl>(std::move(options), std::move(backend)));
}

const StorageOptions& Storage::options() const { return impl_->options; }

Transaction Storage::begin(const TransactionOptions& options) {
  return begin_on(*impl_, options);
}

Result<void> Storage::transact(const std::function<Result<void>(Transaction&)>& body) {
  for (std::uint32_t attempt = 0;; ++attempt) {
    Transaction transaction = begin();
    TRY(body(transaction));
    auto committed = transaction.commit();
    const bool again = !committed && committed.error().code() == ErrorCode::kStorageConflict &&
                       attempt < impl_->options.retries_max;
    if (!again) return committed;
  }
}

Result<void> Storage::set(BytesView key, BytesView value, const SpaceName& space) {
  return transact([&](Transaction& transaction) {
    return transaction.space(space).set(key, value);
  });
}

Result<void> Storage::remove(BytesView key, const SpaceName& space) {
  return transact([&](Transaction& transaction) { return transaction.space(space).remove(key); });
}

Result<void> Storage::write(const Batch& batch, const SpaceName& space) {
  return transact([&](Transaction& transaction) {
    Space target = transaction.space(space);
    return batch.apply_to(target);
  });
}

Result<std::optional<Bytes>> Storage::get(BytesView key, const SpaceName& space) {
  const Transaction transaction = begin({.read_only = true});
  return transaction.space(space).get(key);
}

void Storage::set_async(BytesView key, BytesView value, CommitCompletion completion,
                        const SpaceName& space) {
  Batch batch;
  if (auto added = batch.set(key, value); !added) return completion(std::move(added));
  write_async(batch, std::move(completion), space);
}

void Storage::write_async(const Batch& batch, CommitCompletion completion, const SpaceName& space) {
  impl_->worker.post([impl = impl_.get(), batch, space, completion = std::move(completion)] {
    Transaction transaction = begin_on(*impl, {});
    Space target = transaction.space(space);
    if (auto applied = batch.apply_to(target); !applied) return completion(std::move(applied));
    transaction.commit_async(completion);
  });
}

void Storage::get_async(BytesView key,
                        std::function<void(Result<std::optional<Bytes>>)> completion,
                        const SpaceName& space) {
  impl_->worker.post(
      [impl = impl_.get(), key = copy_of(key), space, completion = std::move(completion)] {
        const Transaction transaction = begin_on(*impl, {.read_only = true});
        completion(transaction.space(space).get(key));
      });
}

Result<std::vector<SpaceName>> Storage::spaces() {
  const auto snapshot = TRY(impl_->backend->snapshot());
  const Bytes first{static_cast<std::byte>(KeyClass::kSpaceUsage)};
  const auto cursor = TRY(snapshot->scan(KeyRange::prefix(first), Direction::kForward));
  std::vector<SpaceName> spaces;
  while (TRY(cursor->next())) {
    if (auto name = read_space_usage_key(cursor->key())) spaces.push_back(std::move(*name));
  }
  return spaces;
}

Result<Usage> Storage::usage(const SpaceName& space) {
  TRY(check_name(space));
  const auto snapshot = TRY(impl_->backend->snapshot());
  const auto value = TRY(snapshot->get(space_usage_key(space)));
  return value ? read_usage(*value).value_or(Usage{}) : Usage{};
}

Result<Version> Storage::version() {
  const auto snapshot = TRY(impl_->backend->snapshot());
  return read_version(*snapshot);
}

Result<Subscription> Storage::subscribe(SubscribeOptions options, ChangeCallback callback) {
  auto subscriber = TRY(impl_->feed.add(std::move(options), std::move(callback)));
  return Subscription(std::make_unique<Subscription::Impl>(
      Subscription::Impl{.feed = &impl_->feed, .subscriber = std::move(subscriber)}));
}

}  // namespace synapsed::storage
