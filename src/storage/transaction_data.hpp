#pragma once

/// \file
/// What a transaction and those nested in it share: the snapshot, what was read, what was written.
///
/// Thread rule: used under `mutex`. The storage outlives it.

#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "storage/backend.hpp"
#include "storage/read_set.hpp"
#include "storage/usage_projection.hpp"
#include "storage/write_buffer.hpp"

namespace synapsed::storage {

class Committer;

/// The cursors that a transaction has open end with it.
using CursorPlaces = std::list<std::unique_ptr<BackendCursor>>;

class TransactionData {
 public:
  TransactionData(Storage::Impl& storage, const TransactionOptions& options);
  ~TransactionData();

  [[nodiscard]] const StorageOptions& options() const;

  /// What is stored under a backend's key, or will be. Valid until the next call. The first call takes
  /// the snapshot.
  [[nodiscard]] Result<std::optional<ByteSpan>> read(ByteSpan key);
  /// The same, and whether somebody changes it meanwhile makes no difference.
  [[nodiscard]] Result<std::optional<ByteSpan>> peek(ByteSpan key);
  /// Errors: `storage.read_only`, `storage.too_large` when the transaction is.
  Result<void> write(Bytes key, BufferedChange change);
  /// A record, or none: removes.
  Result<void> put(Bytes key, std::optional<Bytes> record);
  [[nodiscard]] Result<BackendSnapshot*> snapshot();
  void undo_writes(std::size_t mark);

  /// What the backend has under it with what is added.
  [[nodiscard]] Result<std::optional<ByteSpan>> resolve(const BufferedChange& change,
                                                        std::optional<ByteSpan> stored,
                                                        Bytes& room) const;

  /// Ends it. `done` is called once, without the lock, which is that of `mutex`.
  void commit(std::unique_lock<std::mutex> lock, CommitCompletion done);
  void close();

  std::mutex mutex;
  bool is_open = true;
  /// Those around the innermost one, and it: numbers that are given once. The first is the outermost.
  std::vector<std::uint64_t> nested{0};
  std::uint64_t last_nested = 0;
  ReadSet reads;
  WriteBuffer writes;
  CursorPlaces cursors;
  bool records_reads = true;

 private:
  [[nodiscard]] Result<std::optional<ByteSpan>> find(ByteSpan key);

  Storage::Impl& storage_;
  const bool is_read_only_;
  std::unique_ptr<BackendSnapshot> snapshot_;
  Version version_ = 0;  ///< of the snapshot
  Bytes room_;           ///< of what `read` made
  UsageProjection projection_;
};

/// A transaction, or one nested in it.
class TransactionState {
 public:
  /// The outermost has the number 0.
  explicit TransactionState(std::shared_ptr<TransactionData> data, std::uint64_t number = 0,
                            std::size_t mark = 0)
      : data_(std::move(data)), number_(number), mark_(mark) {}
  ~TransactionState() { roll_back(); }
  TransactionState(const TransactionState&) = delete;
  TransactionState& operator=(const TransactionState&) = delete;

  /// Its data while nobody else uses them.
  class Access {
   public:
    Access(std::unique_lock<std::mutex> lock, TransactionData& data)
        : lock_(std::move(lock)), data_(&data) {}
    TransactionData* operator->() const { return data_; }
    TransactionData& operator*() const { return *data_; }

   private:
    std::unique_lock<std::mutex> lock_;
    TransactionData* data_;
  };
  /// Error: `storage.closed` when it has ended, or one nested in it has not.
  [[nodiscard]] Result<Access> enter();

  void commit(CommitCompletion done);
  void roll_back();
  [[nodiscard]] Result<std::shared_ptr<TransactionState>> begin_nested();

 private:
  [[nodiscard]] bool is_innermost() const {
    return data_->is_open && data_->nested.back() == number_;
  }

  const std::shared_ptr<TransactionData> data_;
  const std::uint64_t number_;
  const std::size_t mark_;  ///< of the writes of the one around it
};

}  // namespace synapsed::storage
