// Keys in their order, read in parts.

#include <algorithm>
#include <bit>
#include <cstring>
#include <utility>

#include "storage/bindings/bindings.hpp"

namespace synapsed::storage {
namespace {

constexpr std::uint32_t kBackward = 1;
constexpr std::uint32_t kPrefix = 2;
constexpr std::uint32_t kKeysOnly = 4;
constexpr std::uint32_t kEveryFlag = kBackward | kPrefix | kKeysOnly;

static_assert(std::endian::native == std::endian::little, "lengths lie so in an entry");

/// Error: the guest's `invalid_argument`.
Result<KeyRange> range_of(ByteSpan begin, ByteSpan end, std::uint32_t flags) {
  const bool is_prefix = (flags & kPrefix) != 0;
  if ((flags & ~kEveryFlag) != 0 || begin.size() > kKeyBytesMax || end.size() > kKeyBytesMax ||
      (is_prefix && !end.empty())) {
    return std::unexpected(guest_error(ErrorCode::kGuestInvalidArgument));
  }
  if (is_prefix) return KeyRange::prefix(begin);
  KeyRange range{.begin = Bytes(begin.begin(), begin.end()), .end = std::nullopt};
  if (!end.empty()) range.end.emplace(end.begin(), end.end());
  return range;
}

GuestResult scan(CallContext& call, const Host& host, ByteSpan begin, ByteSpan end,
                 std::uint32_t flags, std::uint64_t limit) {
  ScanOptions options;
  options.range = TRY(range_of(begin, end, flags));
  options.direction = (flags & kBackward) != 0 ? Direction::kBackward : Direction::kForward;
  options.limit = limit;
  StorageExecution& execution = *TRY(admit_range(call, host, options.range));
  TRY(pay(call, price_of("scan"), begin.size() + end.size()));
  if (execution.open().is_full()) return std::unexpected(guest_error(ErrorCode::kGuestExhausted));
  auto cursor = TRY(for_guest(execution.space().scan(options)));
  return execution.open().add(OpenScan{.cursor = std::move(cursor),
                                       .is_keys_only = (flags & kKeysOnly) != 0,
                                       .has_entry = false});
}

/// Writes packed entries one after the other.
class EntryWriter {
 public:
  explicit EntryWriter(std::span<std::byte> room)
      : room_(room.first(std::min<std::size_t>(room.size(), INT32_MAX))) {}

  /// False when it does not fit.
  bool write(ByteSpan key, ByteSpan value) {
    if (value.size() > room_.size() ||
        2 * sizeof(std::uint32_t) + key.size() + value.size() > room_.size() - used_) {
      return false;
    }
    put_length(key.size());
    put_length(value.size());
    put(key);
    put(value);
    return true;
  }
  [[nodiscard]] std::size_t used() const { return used_; }

 private:
  void put_length(std::size_t length) {
    const auto number = static_cast<std::uint32_t>(length);
    put(std::as_bytes(std::span(&number, 1)));
  }
  void put(ByteSpan bytes) {
    std::ranges::copy(bytes, room_.subspan(used_).begin());
    used_ += bytes.size();
  }

  std::span<std::byte> room_;
  std::size_t used_ = 0;
};

ByteSpan value_of(const OpenScan& scan) {
  return scan.is_keys_only ? ByteSpan() : scan.cursor->value();
}

/// Whether there is an entry that the guest does not have yet; it is paid once.
Result<bool> find_entry(CallContext& call, OpenScan& scan) {
  if (scan.has_entry) return true;
  scan.has_entry = TRY(for_guest(scan.cursor->next()));
  if (!scan.has_entry) return false;
  TRY(pay(call, price_of("scan_next"), scan.cursor->key().size() + value_of(scan).size(), 1));
  return true;
}

GuestResult scan_next(CallContext& call, const Host& host, std::uint32_t number,
                      const GuestBuffer& entries) {
  StorageExecution& execution = *TRY(admit_open(call, host));
  OpenScan& scan = *TRY(execution.open().find<OpenScan>(number));
  EntryWriter writer(entries.room());
  while (TRY(find_entry(call, scan))) {
    if (!writer.write(scan.cursor->key(), value_of(scan))) {
      if (writer.used() != 0) break;
      return std::unexpected(guest_error(ErrorCode::kGuestBufferTooSmall));
    }
    scan.has_entry = false;
  }
  return static_cast<std::int32_t>(writer.used());
}

}  // namespace

void define_scans(const Bindings& bindings) {
  const Host host = bindings.host();
  bindings.define("scan", [host](CallContext& call, GuestBytes begin, GuestBytes end,
                                 std::uint32_t flags, std::uint64_t limit) {
    return scan(call, host, begin.view(), end.view(), flags, limit);
  });
  bindings.define("scan_next", [host](CallContext& call, std::uint32_t number,
                                      GuestBuffer entries) {
    return scan_next(call, host, number, entries);
  });
  bindings.define("scan_close", [host](CallContext& call, std::uint32_t number) -> GuestResult {
    StorageExecution& execution = execution_of(call, host);
    TRY(execution.use(call, host));
    TRY(execution.open().find<OpenScan>(number));
    execution.open().close(number);
    return 0;
  });
}

}  // namespace synapsed::storage
