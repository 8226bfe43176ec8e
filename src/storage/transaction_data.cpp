#include "storage/transaction_data.hpp"

#include <algorithm>
#include <utility>

#include "base/try.hpp"
#include "storage/history.hpp"
#include "storage/storage_impl.hpp"

namespace synapsed::storage {
namespace {

Error closed() {
  return Error(ErrorCode::kStorageClosed,
               "the transaction has ended, or waits for one that is nested in it");
}

Error too_large(std::string_view what, std::uint64_t bytes_max) {
  return Error(ErrorCode::kStorageTooLarge, "a transaction " + std::string(what) + " more than " +
                                                std::to_string(bytes_max) + " bytes")
      .help("make several of it, or raise the storage's transaction_bytes_max");
}

}  // namespace

TransactionData::TransactionData(Storage::Impl& storage, const TransactionOptions& options)
    : records_reads(!options.read_only),
      storage_(storage),
      is_read_only_(options.read_only),
      projection_(storage_.options.quotas) {}

void TransactionData::undo_writes(std::size_t mark) {
  writes.undo_to(mark);
  projection_.forget();
}

TransactionData::~TransactionData() { close(); }

const StorageOptions& TransactionData::options() const { return storage_.options; }

Result<BackendSnapshot*> TransactionData::snapshot() {
  if (snapshot_ == nullptr) {
    auto taken = TRY(storage_.backend->snapshot());
    version_ = TRY(read_version(*taken));
    snapshot_ = std::move(taken);
  }
  return snapshot_.get();
}

Result<std::optional<ByteSpan>> TransactionData::find(ByteSpan key) {
  BackendSnapshot* stored = TRY(snapshot());
  return stored->get(key);
}

Result<std::optional<ByteSpan>> TransactionData::peek(ByteSpan key) {
  const BufferedChange* change = writes.find(key);
  if (change == nullptr) return find(key);
  if (change->kind != BufferedChange::Kind::kAdd) return resolve(*change, std::nullopt, room_);
  const auto stored = TRY(find(key));
  return resolve(*change, stored, room_);
}

Result<std::optional<ByteSpan>> TransactionData::read(ByteSpan key) {
  const BufferedChange* change = writes.find(key);
  if (records_reads && (change == nullptr || change->kind == BufferedChange::Kind::kAdd)) {
    reads.add_key(key);
    if (reads.bytes() > options().transaction_bytes_max) {
      reads.compact();
      if (reads.bytes() > options().transaction_bytes_max / 2) {
        return std::unexpected(too_large("reads keys of", options().transaction_bytes_max));
      }
    }
  }
  return peek(key);
}

Result<std::optional<ByteSpan>> TransactionData::resolve(const BufferedChange& change,
                                                         std::optional<ByteSpan> stored,
                                                         Bytes& room) const {
  switch (change.kind) {
    case BufferedChange::Kind::kSet: return ByteSpan(change.value);
    case BufferedChange::Kind::kRemove: return std::optional<ByteSpan>();
    case BufferedChange::Kind::kAdd: break;
  }
  const auto before = stored ? counter_of(*stored) : std::optional<std::int64_t>(0);
  const auto sum = before ? add_numbers(*before, change.delta) : std::nullopt;
  if (!sum) {
    return std::unexpected(
        Error(ErrorCode::kStorageNotACounter,
              "the value is no counter of 8 bytes, or would be beyond 64 bits"));
  }
  room = make_counter(*sum);
  return ByteSpan(room);
}

Result<void> TransactionData::write(Bytes key, BufferedChange change) {
  if (is_read_only_ || options().read_only) {
    return std::unexpected(Error(ErrorCode::kStorageReadOnly, "the transaction only reads"));
  }
  if (writes.bytes() + WriteBuffer::cost(key, change.value.size()) >
      options().transaction_bytes_max) {
    return std::unexpected(too_large("writes", options().transaction_bytes_max));
  }
  if (projection_.is_needed()) TRY(projection_.add(*this, key, change));
  writes.put(std::move(key), std::move(change));
  return {};
}

Result<void> TransactionData::put(Bytes key, std::optional<Bytes> record) {
  if (!record) return write(std::move(key), {.kind = BufferedChange::Kind::kRemove, .value = {}});
  return write(std::move(key),
               {.kind = BufferedChange::Kind::kSet, .value = std::move(*record)});
}

void TransactionData::close() {
  is_open = false;
  for (auto& cursor : cursors) cursor.reset();
  snapshot_.reset();
}

void TransactionData::commit(std::unique_lock<std::mutex> lock, CommitCompletion done) {
  CommitRequest request{.snapshot = snapshot_ ? std::optional(version_) : std::nullopt,
                        .reads = std::move(reads),
                        .changes = writes.take(),
                        .done = std::move(done)};
  close();
  lock.unlock();
  if (request.changes.empty()) return request.done({});
  storage_.committer.submit(std::move(request));
}

Result<TransactionState::Access> TransactionState::enter() {
  std::unique_lock lock(data_->mutex);
  if (!is_innermost()) return std::unexpected(closed());
  return Access(std::move(lock), *data_);
}

void TransactionState::commit(CommitCompletion done) {
  std::unique_lock lock(data_->mutex);
  if (!is_innermost()) {
    lock.unlock();
    return done(std::unexpected(closed()));
  }
  if (number_ == 0) return data_->commit(std::move(lock), std::move(done));
  data_->nested.pop_back();
  data_->writes.forget_mark();
  lock.unlock();
  done({});
}

void TransactionState::roll_back() {
  const std::unique_lock lock(data_->mutex);
  auto& nested = data_->nested;
  const auto place = std::ranges::find(nested, number_);
  if (!data_->is_open || place == nested.end()) return;
  if (number_ == 0) {
    static_cast<void>(data_->writes.take());
    data_->close();
    return;
  }
  // Those nested in it are gone, too.
  data_->undo_writes(mark_);
  for (auto gone = place; gone != nested.end(); ++gone) data_->writes.forget_mark();
  nested.erase(place, nested.end());
}

Result<std::shared_ptr<TransactionState>> TransactionState::begin_nested() {
  const Access data = TRY(enter());
  const std::size_t mark = data->writes.mark();
  const std::uint64_t number = ++data->last_nested;
  data->nested.push_back(number);
  return std::make_shared<TransactionState>(data_, number, mark);
}

}  // namespace synapsed::storage
