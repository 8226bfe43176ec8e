#pragma once

/// \file
/// Storage: ordered keys and values in transactions. Owned by the room `storage`.
///
///     storage::Storage storage;                                  // in memory, or
///     auto storage = storage::Storage::open({.url = "sqlite:notes.db"}).value();
///     storage.set("key", "value");
///
///     auto transaction = storage.begin();
///     auto notes = transaction.space({.tenant = "alice", .module = "notes"});
///     notes.set("title", "Storage");
///     transaction.commit();                                      // all of it, or an error
///
/// Keys and values are bytes; keys are ordered as unsigned bytes. Each belongs to a *space*, the one
/// of a tenant and a module; no key of one space is seen in another.
///
/// A transaction reads the state of one moment, the snapshot, and what it wrote itself. What it writes
/// is buffered until it commits. Transactions are serialisable: a commit succeeds only if what the
/// transaction read is still so; otherwise it is a `storage.conflict`, and nothing was written. A
/// transaction that only reads never conflicts. One that is dropped leaves no trace.
///
/// Errors: `storage.invalid_argument` for keys and names that are none; `storage.too_large` for a key,
/// value or transaction beyond its limit; `storage.quota`; `storage.conflict`; `storage.closed` after a
/// transaction's end; `storage.not_a_counter`; `storage.read_only`; `storage.full` for a full disk;
/// `storage.busy` when others hold the storage for too long; `storage.unavailable` when the server
/// cannot be reached; `storage.corrupt`; `storage.schema` for a storage of a newer version;
/// `storage.sealed` for values whose key is missing or wrong; `host.io` for others of the file system.
///
/// Thread rule: `Storage` and `Subscription` are safe from any thread; a transaction and what belongs
/// to it are used by one thread at a time.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <synapsed/error.hpp>
#include <synapsed/value.hpp>

namespace synapsed::storage {

inline constexpr std::size_t kKeyBytesMax = 1024;
inline constexpr std::size_t kNameBytesMax = 256;  ///< of a tenant and of a module
/// Blobs are stored, read and written in pieces of this many bytes.
inline constexpr std::size_t kBlobChunkBytes = std::size_t{64} << 10;

/// Bytes, or text as its bytes. Views its argument.
class BytesView {
 public:
  BytesView(std::span<const std::byte> bytes) : bytes_(bytes) {}
  BytesView(std::span<std::byte> bytes) : bytes_(bytes) {}
  BytesView(const Bytes& bytes) : bytes_(bytes) {}
  BytesView(std::string_view text) : bytes_(std::as_bytes(std::span(text))) {}
  BytesView(const std::string& text) : BytesView(std::string_view(text)) {}
  BytesView(const char* text) : BytesView(std::string_view(text)) {}

  operator std::span<const std::byte>() const { return bytes_; }
  [[nodiscard]] std::span<const std::byte> span() const { return bytes_; }

 private:
  std::span<const std::byte> bytes_;
};

/// Whose keys: UTF-8 without NUL, 0 to 256 bytes each.
struct SpaceName {
  std::string tenant;
  std::string module;
  auto operator<=>(const SpaceName&) const = default;
};

/// Keys from `begin` on, before `end`.
struct KeyRange {
  Bytes begin;
  std::optional<Bytes> end;  ///< none: to the last key

  [[nodiscard]] static KeyRange all() { return {}; }
  [[nodiscard]] static KeyRange prefix(BytesView prefix);
};

enum class Direction : std::uint8_t { kForward, kBackward };

struct ScanOptions {
  KeyRange range;
  Direction direction = Direction::kForward;
  std::uint64_t limit = UINT64_MAX;  ///< entries
};

// --- Faces ---

class Readable {
 public:
  virtual ~Readable() = default;
  [[nodiscard]] virtual Result<std::optional<Bytes>> get(BytesView key) = 0;
  [[nodiscard]] virtual Result<bool> contains(BytesView key) = 0;
  /// Of a value, in bytes; also of a blob and of a counter (8).
  [[nodiscard]] virtual Result<std::optional<std::uint64_t>> length(BytesView key) = 0;
};

class Writable {
 public:
  virtual ~Writable() = default;
  virtual Result<void> set(BytesView key, BytesView value) = 0;
  /// A key that does not exist stays so.
  virtual Result<void> remove(BytesView key) = 0;
  /// Adds to a counter; a key that does not exist counts from 0. Additions of several transactions do
  /// not conflict. A counter's value is 8 bytes, a signed number, little-endian. Beyond 64 bits the
  /// commit fails: `storage.not_a_counter`.
  virtual Result<void> add(BytesView key, std::int64_t delta) = 0;
};

/// Walks over entries; it begins before the first. It sees what its transaction writes beyond its
/// place, and ends with the transaction (`storage.closed`).
class Cursor {
 public:
  virtual ~Cursor() = default;
  /// To the next entry; false after the last.
  virtual Result<bool> next() = 0;
  [[nodiscard]] virtual std::span<const std::byte> key() const = 0;    ///< valid until `next`
  [[nodiscard]] virtual std::span<const std::byte> value() const = 0;  ///< valid until `next`
};

class Iterable {
 public:
  virtual ~Iterable() = default;
  [[nodiscard]] virtual Result<std::unique_ptr<Cursor>> scan(const ScanOptions& options = {}) = 0;
};

/// Changes to be made together. Later ones of a key replace earlier ones, but additions add up.
class Batch final : public Writable {
 public:
  Result<void> set(BytesView key, BytesView value) override;
  Result<void> remove(BytesView key) override;
  Result<void> add(BytesView key, std::int64_t delta) override;
  [[nodiscard]] std::size_t size() const { return steps_.size(); }
  /// In order.
  Result<void> apply_to(Writable& target) const;

 private:
  struct Step {
    Bytes key;
    std::optional<Bytes> value;         ///< none: removes or adds
    std::optional<std::int64_t> delta;  ///< adds
  };
  std::vector<Step> steps_;
};

// --- Transactions ---

class TransactionState;

/// Writes a blob: a value of any length, in parts. The key has it once `finish` was called, and its
/// transaction commits.
class BlobWriter {
 public:
  explicit BlobWriter(std::unique_ptr<struct BlobWriting> writing);
  BlobWriter(BlobWriter&&) noexcept;
  BlobWriter& operator=(BlobWriter&&) noexcept;
  ~BlobWriter();
  Result<void> write(BytesView part);
  Result<void> finish();

 private:
  std::unique_ptr<BlobWriting> writing_;
};

/// The keys of a tenant and a module within a transaction, which it keeps.
class Space final : public Readable, public Writable, public Iterable {
 public:
  Space(std::shared_ptr<TransactionState> state, const SpaceName& name);

  /// Error for a blob that is longer than a value may be: `storage.too_large`.
  [[nodiscard]] Result<std::optional<Bytes>> get(BytesView key) override;
  /// Copies the value to the start of `room`; its length, or none. What does not fit is not copied.
  [[nodiscard]] Result<std::optional<std::uint64_t>> get_into(BytesView key,
                                                              std::span<std::byte> room);
  [[nodiscard]] Result<bool> contains(BytesView key) override;
  [[nodiscard]] Result<std::optional<std::uint64_t>> length(BytesView key) override;
  Result<void> set(BytesView key, BytesView value) override;
  Result<void> remove(BytesView key) override;
  Result<void> add(BytesView key, std::int64_t delta) override;
  /// A blob's value is empty here; `read_blob` reads it.
  [[nodiscard]] Result<std::unique_ptr<Cursor>> scan(const ScanOptions& options = {}) override;

  /// Sets the key if it has the value `expected`, or none of none; whether it did.
  Result<bool> compare_and_set(BytesView key, const std::optional<BytesView>& expected,
                               BytesView value);
  /// Adds, and reads: conflicts as a read does. Error: `storage.not_a_counter` beyond 64 bits.
  Result<std::int64_t> increment(BytesView key, std::int64_t delta);

  [[nodiscard]] Result<BlobWriter> write_blob(BytesView key);
  /// Bytes of a blob, or of any value, from `offset` on; how many there were, fewer than `room` at the
  /// end only. None: no such key.
  [[nodiscard]] Result<std::optional<std::size_t>> read_blob(BytesView key, std::uint64_t offset,
                                                             std::span<std::byte> room);

 private:
  std::shared_ptr<TransactionState> state_;
  SpaceName name_;
  Bytes prefix_;
};

/// Called once, from any thread, which it must not hold for long. Must not throw.
using CommitCompletion = std::function<void(Result<void>)>;

struct TransactionOptions {
  bool read_only = false;  ///< writing is refused (`storage.read_only`); saves some work
};

class Transaction {
 public:
  explicit Transaction(std::shared_ptr<TransactionState> state);
  Transaction(Transaction&&) noexcept;
  Transaction& operator=(Transaction&&) noexcept;
  /// Rolls back what was not committed.
  ~Transaction();

  [[nodiscard]] Space space(const SpaceName& name = {}) const;

  /// Once it returns, everything was written and lasts; or nothing was. A nested transaction hands
  /// what it wrote to its parent.
  Result<void> commit();
  /// The same, later.
  void commit_async(CommitCompletion completion);
  void roll_back();

  /// A transaction inside of this one, which can be rolled back alone. Until it has ended this one
  /// cannot be used: `storage.closed`.
  [[nodiscard]] Result<Transaction> begin_nested();

  [[nodiscard]] const std::shared_ptr<TransactionState>& state() const { return state_; }

 private:
  std::shared_ptr<TransactionState> state_;
};

// --- The storage ---

/// 0: no limit.
struct Quota {
  std::uint64_t keys_max = 0;
  std::uint64_t bytes_max = 0;  ///< keys and values together
  std::uint64_t value_bytes_max = std::uint64_t{1} << 20;
  std::uint64_t blob_bytes_max = std::uint64_t{64} << 20;
  std::uint64_t operations_per_second = 0;  ///< of guests; twice as many may come at once
  std::uint32_t open_max = 64;              ///< iterators and blobs of an execution
};

/// What spaces and tenants may hold. The most that a tenant's spaces hold together is of
/// `tenants` or `tenant`: their keys and bytes alone count.
struct Quotas {
  Quota space;                           ///< of those that are not named
  std::map<SpaceName, Quota> spaces;     ///< by name
  Quota tenant{.value_bytes_max = 0, .blob_bytes_max = 0, .open_max = 0};
  std::map<std::string, Quota> tenants;  ///< by name

  [[nodiscard]] const Quota& of(const SpaceName& name) const;
  [[nodiscard]] const Quota& of_tenant(const std::string& tenant) const;
};

struct Usage {
  std::uint64_t keys = 0;
  std::uint64_t bytes = 0;  ///< keys and values as they are stored: with a byte each, or their seal
  bool operator==(const Usage&) const = default;
};

/// Seals values before they are written: see `<synapsed/sealed_storage.hpp>`.
///
/// Thread rule: safe from any thread.
class ValueCipher {
 public:
  virtual ~ValueCipher() = default;
  /// `place` is authenticated: what was sealed for one does not open for another.
  [[nodiscard]] virtual Result<Bytes> seal(std::string_view tenant, std::span<const std::byte> place,
                                           std::span<const std::byte> value) = 0;
  /// Error: `storage.sealed`.
  [[nodiscard]] virtual Result<Bytes> open(std::string_view tenant, std::span<const std::byte> place,
                                           std::span<const std::byte> sealed) = 0;
};

struct StorageOptions {
  /// `memory:`; `sqlite:PATH`, made when it does not exist; or `postgresql://…`, as libpq takes it, and
  /// what the build has of them.
  std::string url = "memory:";
  bool read_only = false;
  bool create = true;  ///< false: what does not exist is an error (`storage.unavailable`)
  /// How long to wait for a storage that others hold, for a server, and for a free connection.
  std::chrono::milliseconds busy_timeout{5000};
  std::uint32_t connections_max = 64;  ///< as many transactions can read at once
  std::uint64_t transaction_bytes_max = std::uint64_t{64} << 20;  ///< written, and read, keys alone
  /// So many commits are remembered: for conflicts, and for subscriptions that were away. A transaction
  /// during which others made more conflicts.
  std::uint64_t history_commits_max = 10'000;
  /// Retries of a single operation of `Storage` that conflicts.
  std::uint32_t retries_max = 64;
  Quotas quotas;
  std::shared_ptr<ValueCipher> cipher;  ///< null: values are stored as they are
};

/// Numbers the commits; 0 is before the first.
using Version = std::uint64_t;

struct Change {
  Version version = 0;
  SpaceName space;
  Bytes key;
  bool is_removed = false;
};

/// Ends when it is destroyed; then its callback is not running and never will.
class Subscription {
 public:
  struct Impl;
  explicit Subscription(std::unique_ptr<Impl> impl);
  Subscription(Subscription&&) noexcept;
  Subscription& operator=(Subscription&&) noexcept;
  ~Subscription();

 private:
  std::unique_ptr<Impl> impl_;
};

struct SubscribeOptions {
  SpaceName space;
  Bytes prefix;
  std::optional<Version> after;  ///< from the commit after this one on; none: from now on
  std::chrono::milliseconds poll{50};  ///< how soon commits of other processes are seen
};
/// Changes of one commit, in the order of keys. An error is the last call: `storage.conflict` when
/// commits are asked for that are no longer remembered, or that of reading.
using ChangeCallback = std::function<void(Result<std::vector<Change>>)>;

struct StorageReport {
  Version version = 0;
  std::uint64_t spaces = 0;
  std::uint64_t keys = 0;
  std::uint64_t bytes = 0;
};

class Storage {
 public:
  /// In memory: gone with the object.
  Storage();
  [[nodiscard]] static Result<Storage> open(StorageOptions options);
  Storage(Storage&&) noexcept;
  Storage& operator=(Storage&&) noexcept;
  /// Transactions and subscriptions are gone before. Waits for what was asked for asynchronously.
  ~Storage();

  [[nodiscard]] Transaction begin(const TransactionOptions& options = {});

  // Each a transaction of its own, in the space without names or the one named last; repeated when it
  // conflicts.
  Result<void> set(BytesView key, BytesView value, const SpaceName& space = {});
  [[nodiscard]] Result<std::optional<Bytes>> get(BytesView key, const SpaceName& space = {});
  Result<void> remove(BytesView key, const SpaceName& space = {});
  Result<void> write(const Batch& batch, const SpaceName& space = {});
  /// `completion` is called once, from any thread.
  void set_async(BytesView key, BytesView value, CommitCompletion completion,
                 const SpaceName& space = {});
  void write_async(const Batch& batch, CommitCompletion completion, const SpaceName& space = {});
  void get_async(BytesView key, std::function<void(Result<std::optional<Bytes>>)> completion,
                 const SpaceName& space = {});

  /// Runs `body` in a transaction and commits it; again when it conflicts, at most
  /// `StorageOptions::retries_max` times. An error of `body` rolls back.
  Result<void> transact(const std::function<Result<void>(Transaction&)>& body);

  [[nodiscard]] Result<std::vector<SpaceName>> spaces();
  [[nodiscard]] Result<Usage> usage(const SpaceName& space);
  [[nodiscard]] Result<Version> version();

  /// The callback runs on a thread of the storage's own, one call at a time.
  [[nodiscard]] Result<Subscription> subscribe(SubscribeOptions options, ChangeCallback callback);

  /// Writes everything, as it is at one moment, to a file that `restore` reads
  /// (docs/formats/storage-backup.md); others go on. The file appears when it is complete. Sealed
  /// values stay sealed. Error besides: `host.io`.
  Result<StorageReport> backup(const std::string& path);
  /// Into a storage that holds nothing (else `storage.invalid_argument`), at once.
  Result<StorageReport> restore(const std::string& path);
  /// Reads everything: that the storage is sound, and the counts of usage are right.
  Result<StorageReport> verify();

  [[nodiscard]] const StorageOptions& options() const;

  struct Impl;
  [[nodiscard]] Impl& impl() const { return *impl_; }

 private:
  explicit Storage(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

/// Checks a file that `Storage::backup` wrote.
[[nodiscard]] Result<StorageReport> verify_backup(const std::string& path);

}  // namespace synapsed::storage
