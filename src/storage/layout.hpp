#pragma once

/// \file
/// How spaces, usage and the history become keys of a backend (docs/formats/storage.md).
/// Thread rule: pure functions.

#include <cstdint>
#include <optional>
#include <string_view>

#include <synapsed/storage.hpp>

#include "base/bytes.hpp"

namespace synapsed::storage {

/// The first byte of a backend's key.
enum class KeyClass : std::uint8_t {
  kMeta = 0,         ///< `v`: the number of the last commit
  kHistory = 1,      ///< a commit, by its number
  kSpaceUsage = 2,   ///< a space: tenant, module
  kTenantUsage = 3,  ///< a tenant
  kEntry = 4,        ///< a space and a key
  kChunk = 5,        ///< a space, a key, the number of its blob and that of a piece
};

/// What the record of a key or a piece begins with: its bytes follow, or their seal, or the length of
/// the blob.
enum class RecordKind : std::uint8_t { kPlain = 0, kSealed = 1, kBlob = 2 };

inline constexpr std::size_t kCounterBytes = 8;
/// A blob's record; others may be as long.
inline constexpr std::size_t kBlobRecordBytes = 1 + 8 + 8;

/// What the record of a blob says.
struct BlobRecord {
  std::uint64_t bytes = 0;
  std::uint64_t number = 0;  ///< of this writing of the key: its pieces are under it
};
[[nodiscard]] Bytes make_blob_record(const BlobRecord& blob);
/// None of a record that is no blob's.
[[nodiscard]] std::optional<BlobRecord> read_blob_record(ByteSpan record);

[[nodiscard]] Bytes make_record(RecordKind kind, ByteSpan bytes);
/// None of a record that is none.
[[nodiscard]] std::optional<RecordKind> kind_of(ByteSpan record);
[[nodiscard]] inline std::uint32_t chunks_of(std::uint64_t blob_bytes) {
  return static_cast<std::uint32_t>((blob_bytes + kBlobChunkBytes - 1) / kBlobChunkBytes);
}
/// The number that a record of a counter holds; none when it holds something else.
[[nodiscard]] std::optional<std::int64_t> counter_of(ByteSpan record);
[[nodiscard]] Bytes make_counter(std::int64_t number);
/// None beyond 64 bits.
[[nodiscard]] std::optional<std::int64_t> add_numbers(std::int64_t a, std::int64_t b);

[[nodiscard]] Result<void> check_name(const SpaceName& name);
[[nodiscard]] Result<void> check_key(ByteSpan key);

[[nodiscard]] const Bytes& version_key();
[[nodiscard]] Bytes history_key(Version version);
[[nodiscard]] std::optional<Version> read_history_key(ByteSpan key);
[[nodiscard]] Bytes space_usage_key(const SpaceName& name);
[[nodiscard]] std::optional<SpaceName> read_space_usage_key(ByteSpan key);
[[nodiscard]] Bytes tenant_usage_key(std::string_view tenant);
/// What all keys of a class and a space begin with.
[[nodiscard]] Bytes space_prefix(KeyClass key_class, const SpaceName& name);
[[nodiscard]] Bytes join(ByteSpan a, ByteSpan b);
/// The pieces of a blob: all of them, and one.
[[nodiscard]] Bytes chunk_prefix(const SpaceName& name, ByteSpan key, std::uint64_t number);
[[nodiscard]] Bytes chunk_key(ByteSpan prefix, std::uint32_t number);

/// A key of `kEntry` or `kChunk`. Views it.
struct EntryKey {
  KeyClass key_class;
  std::string_view tenant;
  std::string_view module;
  ByteSpan key;

  [[nodiscard]] SpaceName space() const { return {std::string(tenant), std::string(module)}; }
};
[[nodiscard]] std::optional<EntryKey> read_entry_key(ByteSpan key);

/// The same range of the keys that begin with `prefix`.
[[nodiscard]] KeyRange within(ByteSpan prefix, const KeyRange& range);
/// The first key after all those that begin with `prefix`; none: there is none.
[[nodiscard]] std::optional<Bytes> end_of_prefix(ByteSpan prefix);

[[nodiscard]] Bytes encode_u64(std::uint64_t number);  ///< little-endian
[[nodiscard]] std::uint64_t read_u64(ByteSpan bytes);   ///< of the first 8
[[nodiscard]] Bytes encode_usage(const Usage& usage);
[[nodiscard]] std::optional<Usage> read_usage(ByteSpan value);

struct BytesLess {
  using is_transparent = void;
  [[nodiscard]] bool operator()(ByteSpan a, ByteSpan b) const { return as_text(a) < as_text(b); }
};
[[nodiscard]] inline bool is_equal(ByteSpan a, ByteSpan b) { return as_text(a) == as_text(b); }
[[nodiscard]] inline bool begins_with(ByteSpan bytes, ByteSpan prefix) {
  return as_text(bytes).starts_with(as_text(prefix));
}
[[nodiscard]] inline Bytes copy_of(ByteSpan bytes) { return {bytes.begin(), bytes.end()}; }

}  // namespace synapsed::storage
