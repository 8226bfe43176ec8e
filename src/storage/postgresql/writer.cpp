#include "storage/postgresql/writer.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <utility>

#include "base/try.hpp"
#include "storage/postgresql/reader.hpp"

namespace synapsed::storage::postgresql {
namespace {

/// The lock is that of the table. Each statement sees what was committed before it (READ
/// COMMITTED): those after the lock, what the writer before committed.
constexpr const char* kBegin =
    "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE; SET LOCAL lock_timeout = {}; "
    "SELECT pg_advisory_xact_lock(1937337961, 'synapsed_entries'::regclass::oid::integer)";

// Of what is sent in one statement.
constexpr std::size_t kBytesMost = std::size_t{8} << 20;
constexpr std::uint32_t kKeysMost = 4096;

bool is_less(ByteSpan a, ByteSpan b) { return std::ranges::lexicographical_compare(a, b); }

struct KeyOf {
  std::span<const ByteSpan> keys;
  ByteSpan operator()(std::size_t place) const { return keys[place]; }
};

/// Keys, found by what they are.
class KeyIndex {
 public:
  explicit KeyIndex(std::span<const ByteSpan> keys) : keys_(keys), order_(keys.size()) {
    std::iota(order_.begin(), order_.end(), std::size_t{0});
    std::ranges::sort(order_, is_less, KeyOf{keys_});
  }
  /// The places of `key`.
  [[nodiscard]] auto find(ByteSpan key) const {
    return std::ranges::equal_range(order_, key, is_less, KeyOf{keys_});
  }

 private:
  std::span<const ByteSpan> keys_;
  std::vector<std::size_t> order_;
};

class Writer final : public BackendWriter {
 public:
  explicit Writer(Lease lease) : lease_(std::move(lease)), reader_(*lease_) {}

  Result<std::optional<ByteSpan>> get(ByteSpan key) override { return reader_.get(key); }
  Result<std::unique_ptr<BackendCursor>> scan(const KeyRange& range,
                                              Direction direction) override {
    return reader_.scan(range, direction);
  }

  Result<std::vector<std::optional<Bytes>>> get_all(std::span<const ByteSpan> keys) override {
    return look_up<Bytes>(Statement::kGetAll, keys, [](const Rows& rows, int row) {
      const ByteSpan value = rows.bytes(row, 1);
      return Bytes(value.begin(), value.end());
    });
  }
  Result<std::vector<std::optional<std::uint64_t>>> lengths(
      std::span<const ByteSpan> keys) override {
    return look_up<std::uint64_t>(Statement::kLengths, keys,
                                  [](const Rows& rows, int row) { return rows.number(row, 1); });
  }

  Result<void> apply(std::span<const BackendChange> changes) override {
    for (const BackendChange& change : changes) {
      if (change.value) {
        set_keys_.add(change.key);
        set_values_.add(*change.value);
        if (is_enough(set_keys_.size(), set_keys_.bytes() + set_values_.bytes())) TRY(send_sets());
      } else {
        removed_keys_.add(change.key);
        if (is_enough(removed_keys_.size(), removed_keys_.bytes())) TRY(send_removals());
      }
    }
    TRY(send_sets());
    return send_removals();
  }

  Result<void> commit() override { return lease_->commit(); }

 private:
  static bool is_enough(std::uint32_t size, std::size_t bytes) {
    return size >= kKeysMost || bytes >= kBytesMost;
  }

  /// What `statement` tells of each of the keys.
  template <typename T, typename Read>
  Result<std::vector<std::optional<T>>> look_up(Statement statement,
                                                std::span<const ByteSpan> keys, Read read) {
    std::vector<std::optional<T>> found(keys.size());
    for (std::size_t at = 0; at < keys.size(); at += kKeysMost) {
      const auto part = keys.subspan(at, std::min<std::size_t>(kKeysMost, keys.size() - at));
      WireArray array;
      for (const ByteSpan key : part) array.add(key);
      const auto rows = TRY(lease_->run(statement, {array.view()}));
      const KeyIndex index(part);
      for (int row = 0; row < rows.size(); ++row) {
        for (const std::size_t place : index.find(rows.bytes(row, 0))) {
          found[at + place] = read(rows, row);
        }
      }
    }
    return found;
  }

  Result<void> send_sets() {
    if (set_keys_.empty()) return {};
    TRY(lease_->run(Statement::kSet, {set_keys_.view(), set_values_.view()}));
    set_keys_.clear();
    set_values_.clear();
    return {};
  }
  Result<void> send_removals() {
    if (removed_keys_.empty()) return {};
    TRY(lease_->run(Statement::kRemove, {removed_keys_.view()}));
    removed_keys_.clear();
    return {};
  }

  Lease lease_;
  Reader reader_;
  WireArray set_keys_;
  WireArray set_values_;
  WireArray removed_keys_;
};

}  // namespace

Result<std::unique_ptr<BackendWriter>> begin_write(Pool& pool) {
  return std::make_unique<Writer>(TRY(pool.begin(kBegin)));
}

}  // namespace synapsed::storage::postgresql
