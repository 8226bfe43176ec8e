#include "storage/layout.hpp"

#include <algorithm>

#include "base/utf8.hpp"

namespace synapsed::storage {
namespace {

constexpr std::size_t kNumberBytes = 8;
constexpr std::size_t kLengthBytes = 2;
constexpr std::size_t kChunkNumberBytes = 4;

void append(Bytes& to, ByteSpan bytes) {
  const std::size_t size = to.size();
  to.resize(size + bytes.size());
  std::ranges::copy(bytes, to.begin() + static_cast<std::ptrdiff_t>(size));
}

/// Big-endian, so that keys are in the order of the numbers.
template <std::size_t kBytes>
void append_number(Bytes& to, std::uint64_t number) {
  for (std::size_t i = kBytes; i-- > 0;) {
    to.push_back(static_cast<std::byte>((number >> (8 * i)) & 0xff));
  }
}

template <std::size_t kBytes>
std::uint64_t read_number(ByteSpan bytes) {
  std::uint64_t number = 0;
  for (std::size_t i = 0; i < kBytes; ++i) {
    number = (number << 8) | std::to_integer<std::uint64_t>(bytes[i]);
  }
  return number;
}

void append_name(Bytes& to, std::string_view name) {
  append_number<kLengthBytes>(to, name.size());
  append(to, as_bytes(name));
}

/// Takes a name off the front.
std::optional<std::string_view> take_name(ByteSpan& bytes) {
  if (bytes.size() < kLengthBytes) return std::nullopt;
  const auto length = static_cast<std::size_t>(read_number<kLengthBytes>(bytes));
  bytes = bytes.subspan(kLengthBytes);
  if (bytes.size() < length) return std::nullopt;
  const std::string_view name = as_text(bytes.first(length));
  bytes = bytes.subspan(length);
  return name;
}

Bytes begin_key(KeyClass key_class) { return {static_cast<std::byte>(key_class)}; }

bool has_class(ByteSpan key, KeyClass key_class) {
  return !key.empty() && key.front() == static_cast<std::byte>(key_class);
}

Result<void> check_part(std::string_view part, std::string_view what) {
  if (part.size() <= kNameBytesMax && is_utf8(part) && part.find('\0') == std::string_view::npos) {
    return {};
  }
  return std::unexpected(Error(ErrorCode::kStorageInvalidArgument,
                               std::string(what) + " of a space is at most 256 bytes of UTF-8")
                             .at(std::string(what)));
}

}  // namespace

Result<void> check_name(const SpaceName& name) {
  auto tenant = check_part(name.tenant, "the tenant");
  return tenant ? check_part(name.module, "the module") : tenant;
}

Result<void> check_key(ByteSpan key) {
  if (key.empty()) {
    return std::unexpected(Error(ErrorCode::kStorageInvalidArgument, "a key is empty"));
  }
  if (key.size() <= kKeyBytesMax) return {};
  return std::unexpected(Error(ErrorCode::kStorageTooLarge,
                               "a key has " + std::to_string(key.size()) + " bytes, and at most " +
                                   std::to_string(kKeyBytesMax) + " are allowed"));
}

const Bytes& version_key() {
  static const Bytes key{static_cast<std::byte>(KeyClass::kMeta), std::byte{'v'}};
  return key;
}

Bytes history_key(Version version) {
  Bytes key = begin_key(KeyClass::kHistory);
  append_number<kNumberBytes>(key, version);
  return key;
}

std::optional<Version> read_history_key(ByteSpan key) {
  if (!has_class(key, KeyClass::kHistory) || key.size() != 1 + kNumberBytes) return std::nullopt;
  return read_number<kNumberBytes>(key.subspan(1));
}

Bytes space_usage_key(const SpaceName& name) { return space_prefix(KeyClass::kSpaceUsage, name); }

std::optional<SpaceName> read_space_usage_key(ByteSpan key) {
  if (!has_class(key, KeyClass::kSpaceUsage)) return std::nullopt;
  ByteSpan rest = key.subspan(1);
  const auto tenant = take_name(rest);
  const auto module = tenant ? take_name(rest) : std::nullopt;
  if (!module || !rest.empty()) return std::nullopt;
  return SpaceName{std::string(*tenant), std::string(*module)};
}

Bytes tenant_usage_key(std::string_view tenant) {
  Bytes key = begin_key(KeyClass::kTenantUsage);
  append(key, as_bytes(tenant));
  return key;
}

Bytes space_prefix(KeyClass key_class, const SpaceName& name) {
  Bytes key = begin_key(key_class);
  append_name(key, name.tenant);
  append_name(key, name.module);
  return key;
}

Bytes join(ByteSpan a, ByteSpan b) {
  Bytes joined;
  joined.reserve(a.size() + b.size());
  append(joined, a);
  append(joined, b);
  return joined;
}

Bytes chunk_prefix(const SpaceName& name, ByteSpan key, std::uint64_t number) {
  Bytes prefix = space_prefix(KeyClass::kChunk, name);
  append_name(prefix, as_text(key));
  append_number<kNumberBytes>(prefix, number);
  return prefix;
}

Bytes chunk_key(ByteSpan prefix, std::uint32_t number) {
  Bytes key = copy_of(prefix);
  append_number<kChunkNumberBytes>(key, number);
  return key;
}

std::optional<EntryKey> read_entry_key(ByteSpan key) {
  const bool is_entry = has_class(key, KeyClass::kEntry);
  if (!is_entry && !has_class(key, KeyClass::kChunk)) return std::nullopt;
  ByteSpan rest = key.subspan(1);
  const auto tenant = take_name(rest);
  const auto module = tenant ? take_name(rest) : std::nullopt;
  if (!module) return std::nullopt;
  return EntryKey{.key_class = is_entry ? KeyClass::kEntry : KeyClass::kChunk,
                  .tenant = *tenant,
                  .module = *module,
                  .key = rest};
}

std::optional<Bytes> end_of_prefix(ByteSpan prefix) {
  Bytes end = copy_of(prefix);
  while (!end.empty() && end.back() == std::byte{0xff}) end.pop_back();
  if (end.empty()) return std::nullopt;
  end.back() = static_cast<std::byte>(std::to_integer<unsigned>(end.back()) + 1);
  return end;
}

KeyRange within(ByteSpan prefix, const KeyRange& range) {
  return {.begin = join(prefix, range.begin),
          .end = range.end ? join(prefix, *range.end) : end_of_prefix(prefix)};
}

KeyRange KeyRange::prefix(BytesView prefix) {
  return {.begin = copy_of(prefix), .end = end_of_prefix(prefix)};
}

Bytes encode_u64(std::uint64_t number) {
  Bytes bytes(kNumberBytes);
  for (std::size_t i = 0; i < kNumberBytes; ++i) {
    bytes[i] = static_cast<std::byte>((number >> (8 * i)) & 0xff);
  }
  return bytes;
}

std::uint64_t read_u64(ByteSpan bytes) {
  std::uint64_t number = 0;
  for (std::size_t i = kNumberBytes; i-- > 0;) {
    number = (number << 8) | std::to_integer<std::uint64_t>(bytes[i]);
  }
  return number;
}

Bytes make_record(RecordKind kind, ByteSpan bytes) {
  Bytes record;
  record.reserve(1 + bytes.size());
  record.push_back(static_cast<std::byte>(kind));
  append(record, bytes);
  return record;
}

std::optional<RecordKind> kind_of(ByteSpan record) {
  if (record.empty() || record.front() > static_cast<std::byte>(RecordKind::kBlob)) {
    return std::nullopt;
  }
  const auto kind = static_cast<RecordKind>(record.front());
  if (kind == RecordKind::kBlob && record.size() != kBlobRecordBytes) return std::nullopt;
  return kind;
}

Bytes make_blob_record(const BlobRecord& blob) {
  return make_record(RecordKind::kBlob, join(encode_u64(blob.bytes), encode_u64(blob.number)));
}

std::optional<BlobRecord> read_blob_record(ByteSpan record) {
  if (kind_of(record) != RecordKind::kBlob) return std::nullopt;
  return BlobRecord{.bytes = read_u64(record.subspan(1)),
                    .number = read_u64(record.subspan(1 + kNumberBytes))};
}

std::optional<std::int64_t> counter_of(ByteSpan record) {
  if (record.size() != 1 + kCounterBytes || kind_of(record) != RecordKind::kPlain) {
    return std::nullopt;
  }
  return static_cast<std::int64_t>(read_u64(record.subspan(1)));
}

Bytes make_counter(std::int64_t number) {
  return make_record(RecordKind::kPlain, encode_u64(static_cast<std::uint64_t>(number)));
}

std::optional<std::int64_t> add_numbers(std::int64_t a, std::int64_t b) {
  std::int64_t sum = 0;
  return __builtin_add_overflow(a, b, &sum) ? std::nullopt : std::optional(sum);
}

Bytes encode_usage(const Usage& usage) {
  return join(encode_u64(usage.keys), encode_u64(usage.bytes));
}

std::optional<Usage> read_usage(ByteSpan value) {
  if (value.size() != 2 * kNumberBytes) return std::nullopt;
  return Usage{.keys = read_u64(value), .bytes = read_u64(value.subspan(kNumberBytes))};
}

}  // namespace synapsed::storage
