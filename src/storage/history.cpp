#include "storage/history.hpp"

#include <algorithm>
#include <random>

#include "base/try.hpp"
#include "storage/layout.hpp"

namespace synapsed::storage {
namespace {

constexpr std::size_t kLengthBytes = 4;
constexpr std::size_t kHeadBytes = std::tuple_size_v<CommitToken>;

Error corrupt() {
  return Error(ErrorCode::kStorageCorrupt, "the history of commits is not what was written")
      .help("restore the storage from a backup");
}

}  // namespace

CommitToken make_commit_token() {
  thread_local std::random_device device;
  CommitToken token;
  for (std::size_t i = 0; i < token.size(); i += 4) {
    const std::uint32_t random = device();
    for (std::size_t j = 0; j < 4; ++j) token[i + j] = static_cast<std::byte>(random >> (8 * j));
  }
  return token;
}

std::size_t HistoryRecord::bytes() const {
  std::size_t bytes = kHeadBytes;
  for (const ChangedKey& change : changes) bytes += kLengthBytes + 1 + change.key.size();
  return bytes;
}

Bytes encode(const HistoryRecord& record) {
  Bytes bytes(record.bytes());
  auto at = std::ranges::copy(record.token, bytes.begin()).out;
  for (const auto& [key, is_removed] : record.changes) {
    for (std::size_t i = 0; i < kLengthBytes; ++i) {
      *at++ = static_cast<std::byte>((key.size() >> (8 * i)) & 0xff);
    }
    *at++ = static_cast<std::byte>(is_removed);
    at = std::ranges::copy(key, at).out;
  }
  return bytes;
}

Result<HistoryRecord> decode_history(ByteSpan bytes) {
  if (bytes.size() < kHeadBytes) return std::unexpected(corrupt());
  HistoryRecord record;
  std::ranges::copy(bytes.first(kHeadBytes), record.token.begin());
  ByteSpan rest = bytes.subspan(kHeadBytes);
  while (!rest.empty()) {
    if (rest.size() < kLengthBytes + 1) return std::unexpected(corrupt());
    std::size_t length = 0;
    for (std::size_t i = kLengthBytes; i-- > 0;) {
      length = (length << 8) | std::to_integer<std::size_t>(rest[i]);
    }
    const bool is_removed = rest[kLengthBytes] != std::byte{0};
    rest = rest.subspan(kLengthBytes + 1);
    if (rest.size() < length || !read_entry_key(rest.first(length))) {
      return std::unexpected(corrupt());
    }
    record.changes.push_back({copy_of(rest.first(length)), is_removed});
    rest = rest.subspan(length);
  }
  return record;
}

Result<std::optional<std::vector<HistoryEntry>>> read_history(BackendReader& reader, Version after,
                                                              Version last) {
  std::vector<HistoryEntry> entries;
  if (after >= last) return entries;
  const KeyRange range{.begin = history_key(after + 1), .end = history_key(last + 1)};
  const auto cursor = TRY(reader.scan(range, Direction::kForward));
  while (TRY(cursor->next())) {
    const auto version = read_history_key(cursor->key());
    if (!version) return std::unexpected(corrupt());
    HistoryRecord record = TRY(decode_history(cursor->value()));
    entries.push_back({*version, std::move(record)});
  }
  if (entries.size() != last - after) return std::optional<std::vector<HistoryEntry>>();
  return entries;
}

Result<Version> read_version(BackendReader& reader) {
  const auto value = TRY(reader.get(version_key()));
  if (!value) return Version{0};
  if (value->size() != sizeof(Version)) return std::unexpected(corrupt());
  return read_u64(*value);
}

}  // namespace synapsed::storage
