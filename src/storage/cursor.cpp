#include "storage/cursor.hpp"

#include <utility>

#include "base/try.hpp"
#include "storage/records.hpp"

namespace synapsed::storage {
namespace {

class MergedCursor final : public Cursor {
 public:
  struct Parts {
    std::shared_ptr<TransactionState> state;
    KeyRange range;  // of a backend's keys
    Direction direction;
    std::uint64_t left;
    std::size_t prefix_bytes;
    std::string tenant;
    std::size_t read_range;
    CursorPlaces::iterator stored;
  };
  explicit MergedCursor(Parts parts) : parts_(std::move(parts)) {}
  ~MergedCursor() override {
    if (const auto data = parts_.state->enter()) (*data)->cursors.erase(parts_.stored);
  }

  Result<bool> next() override {
    const auto data = TRY(parts_.state->enter());
    if (parts_.left == 0) return false;
    const bool found = TRY(find_next(*data));
    if (!found) {
      parts_.left = 0;
      if (data->records_reads) data->reads.cover_all(parts_.read_range);
      return false;
    }
    --parts_.left;
    if (data->records_reads) data->reads.cover(parts_.read_range, key_);
    return true;
  }
  [[nodiscard]] ByteSpan key() const override { return ByteSpan(key_).subspan(parts_.prefix_bytes); }
  [[nodiscard]] ByteSpan value() const override { return value_; }

 private:
  using Changes = WriteBuffer::Changes;

  [[nodiscard]] bool is_forward() const { return parts_.direction == Direction::kForward; }
  [[nodiscard]] BackendCursor& stored() const { return **parts_.stored; }

  Result<bool> find_next(TransactionData& data) {
    for (;;) {
      if (!has_stored_ && !stored_is_over_) {
        has_stored_ = TRY(stored().next());
        stored_is_over_ = !has_stored_;
      }
      const auto* written = next_written(data.writes.changes());
      if (written == nullptr && !has_stored_) return false;
      const int order = compare(written);
      std::optional<ByteSpan> record;
      if (order <= 0) record = stored().value();
      set_key(order <= 0 ? stored().key() : ByteSpan(written->first));
      if (order >= 0) record = TRY(written_record(data, written->second, record));
      has_stored_ = has_stored_ && order > 0;
      if (!record) continue;
      TRY(open(data, *record));
      return true;
    }
  }

  /// Kept, as the transaction may write the key again.
  Result<std::optional<ByteSpan>> written_record(TransactionData& data, const BufferedChange& change,
                                                 std::optional<ByteSpan> stored) {
    const auto record = TRY(data.resolve(change, stored, room_));
    if (!record || record->data() == room_.data()) return record;
    room_.assign(record->begin(), record->end());
    return std::optional<ByteSpan>(room_);
  }

  /// Less than 0: what is stored comes first; 0: both are the same key.
  int compare(const Changes::value_type* written) const {
    if (written == nullptr) return -1;
    if (!has_stored_) return 1;
    const int order = as_text(stored().key()).compare(as_text(written->first));
    return is_forward() ? order : -order;
  }

  /// The first change beyond the key where the cursor stands.
  const Changes::value_type* next_written(const Changes& changes) const {
    if (changes.empty()) return nullptr;
    return is_forward() ? next_after(changes) : next_before(changes);
  }
  const Changes::value_type* next_after(const Changes& changes) const {
    const auto found = key_.empty() ? changes.lower_bound(parts_.range.begin)
                                    : changes.upper_bound(key_);
    const bool is_within = found != changes.end() &&
                           (!parts_.range.end || BytesLess{}(found->first, *parts_.range.end));
    return is_within ? &*found : nullptr;
  }
  const Changes::value_type* next_before(const Changes& changes) const {
    auto found = changes.end();
    if (!key_.empty()) {
      found = changes.lower_bound(key_);
    } else if (parts_.range.end) {
      found = changes.lower_bound(*parts_.range.end);
    }
    if (found == changes.begin()) return nullptr;
    --found;
    return BytesLess{}(found->first, parts_.range.begin) ? nullptr : &*found;
  }

  void set_key(ByteSpan key) { key_.assign(key.begin(), key.end()); }

  Result<void> open(TransactionData& data, ByteSpan record) {
    const bool is_blob = TRY(blob_of(record)).has_value();
    value_ = is_blob ? ByteSpan()
                     : TRY(open_record(data.options().cipher.get(), parts_.tenant, key_, record,
                                       opened_));
    return {};
  }

  Parts parts_;
  Bytes key_;  // where it stands; empty: before the first
  ByteSpan value_;
  Bytes room_;    // of what was written
  Bytes opened_;  // of a sealed value
  bool has_stored_ = false;  // the stored cursor stands on what has not been given yet
  bool stored_is_over_ = false;
};

}  // namespace

Result<std::unique_ptr<Cursor>> open_cursor(std::shared_ptr<TransactionState> state,
                                            TransactionData& data, ByteSpan prefix,
                                            const std::string& tenant,
                                            const ScanOptions& options) {
  KeyRange range = within(prefix, options.range);
  BackendSnapshot* snapshot = TRY(data.snapshot());
  auto stored = TRY(snapshot->scan(range, options.direction));
  const auto place = data.cursors.insert(data.cursors.end(), std::move(stored));
  const std::size_t read_range =
      data.records_reads ? data.reads.begin_range(range, options.direction) : 0;
  return std::make_unique<MergedCursor>(MergedCursor::Parts{.state = std::move(state),
                                                            .range = std::move(range),
                                                            .direction = options.direction,
                                                            .left = options.limit,
                                                            .prefix_bytes = prefix.size(),
                                                            .tenant = tenant,
                                                            .read_range = read_range,
                                                            .stored = place});
}

}  // namespace synapsed::storage
