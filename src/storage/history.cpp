#include "storage/history.hpp"

#include <algorithm>
#include <random>

#include "base/try.hpp"
#include "storage/layout.hpp"

namespace synapsed::storage {
namespace {

constexpr std::size_t kLengthBytes = 2;  // a backend's key is shorter than 64 KiB
constexpr std::size_t kChangeHeadBytes = 2 * kLengthBytes + 1;
constexpr std::size_t kHeadBytes = std::tuple_size_v<CommitToken>;

void put_length(std::span<std::byte> to, std::size_t length) {
  to[0] = static_cast<std::byte>(length & 0xff);
  to[1] = static_cast<std::byte>(length >> 8);
}
std::size_t read_length(ByteSpan bytes) {
  return std::to_integer<std::size_t>(bytes[0]) | (std::to_integer<std::size_t>(bytes[1]) << 8);
}

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
  for (const ChangedKey& change : changes) bytes += kChangeHeadBytes + change.key.size();
  return bytes;
}

Bytes encode(const HistoryRecord& record) {
  Bytes bytes = copy_of(record.token);
  ByteSpan before;
  for (const auto& [key, is_removed] : record.changes) {
    const auto shared = static_cast<std::size_t>(
        std::ranges::mismatch(before, key).in1 - before.begin());
    const ByteSpan rest = ByteSpan(key).subspan(shared);
    const std::size_t at = bytes.size();
    bytes.resize(at + kChangeHeadBytes + rest.size());
    const auto head = std::span(bytes).subspan(at);
    put_length(head, shared);
    put_length(head.subspan(kLengthBytes), rest.size());
    head[2 * kLengthBytes] = static_cast<std::byte>(is_removed);
    std::ranges::copy(rest, head.subspan(kChangeHeadBytes).begin());
    before = key;
  }
  return bytes;
}

Result<HistoryRecord> decode_history(ByteSpan bytes) {
  if (bytes.size() < kHeadBytes) return std::unexpected(corrupt());
  HistoryRecord record;
  std::ranges::copy(bytes.first(kHeadBytes), record.token.begin());
  ByteSpan rest = bytes.subspan(kHeadBytes);
  Bytes key;
  while (!rest.empty()) {
    if (rest.size() < kChangeHeadBytes) return std::unexpected(corrupt());
    const std::size_t shared = read_length(rest);
    const std::size_t length = read_length(rest.subspan(kLengthBytes));
    const bool is_removed = rest[2 * kLengthBytes] != std::byte{0};
    rest = rest.subspan(kChangeHeadBytes);
    if (shared > key.size() || length > rest.size()) return std::unexpected(corrupt());
    key.resize(shared + length);
    std::ranges::copy(rest.first(length), std::span(key).subspan(shared).begin());
    if (!read_entry_key(key)) return std::unexpected(corrupt());
    record.changes.push_back({key, is_removed});
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
