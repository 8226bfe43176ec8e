#include "crypto/key_file_format.hpp"

#include <algorithm>
#include <concepts>
#include <optional>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "base/try.hpp"
#include "base/utf8.hpp"

namespace synapsed::crypto {
namespace {

constexpr std::string_view kMagic = "SYNK";
constexpr std::uint8_t kVersion = 1;
constexpr std::size_t kSealedDataKeyBytes = kDataKeyBytes + kSealBytes;
constexpr std::size_t kDigestBytes = 32;
constexpr std::uint32_t kUsesMax = 63;
constexpr std::int64_t kCreatedAtMax = 253'402'300'799;  // the last second of the year 9999

Error damaged(std::string_view what) {
  return Error(ErrorCode::kCryptoKeyFile, fmt::format("the key file is damaged: {}", what))
      .help("restore it from a copy");
}

/// Numbers and bytes from the front of a text. After the end come zeros, and `is_short`.
class Reader {
 public:
  explicit Reader(ByteSpan bytes) : rest_(bytes) {}

  ByteSpan bytes(std::size_t count) {
    is_short_ = is_short_ || count > rest_.size();
    if (is_short_) return {};
    const ByteSpan taken = rest_.first(count);
    rest_ = rest_.subspan(count);
    return taken;
  }
  template <typename Number>
  Number number() {
    std::uint64_t value = 0;
    for (const std::byte byte : bytes(sizeof(Number))) {
      value = value << 8U | std::to_integer<std::uint64_t>(byte);
    }
    return static_cast<Number>(value);
  }
  /// Behind its length, one byte.
  std::string text() { return std::string(as_text(bytes(number<std::uint8_t>()))); }

  [[nodiscard]] bool is_short() const { return is_short_; }
  [[nodiscard]] std::size_t left() const { return rest_.size(); }

 private:
  ByteSpan rest_;
  bool is_short_ = false;
};

void append(Bytes& bytes, std::unsigned_integral auto number) {
  for (std::size_t i = sizeof(number); i > 0; --i) {
    bytes.push_back(static_cast<std::byte>(std::uint64_t{number} >> (8 * (i - 1))));
  }
}
void append(Bytes& bytes, ByteSpan part) { bytes.insert(bytes.end(), part.begin(), part.end()); }
void append_text(Bytes& bytes, std::string_view text) {
  append(bytes, static_cast<std::uint8_t>(text.size()));
  append(bytes, as_bytes(text));
}

// --- The head. ---

Result<void> check_beginning(Reader& reader) {
  const ByteSpan magic = reader.bytes(kMagic.size());
  const auto version = reader.number<std::uint8_t>();
  if (reader.is_short() || as_text(magic) != kMagic) {
    return std::unexpected(Error(ErrorCode::kCryptoKeyFile, "it is no key file"));
  }
  if (version == kVersion) return {};
  return std::unexpected(
      Error(ErrorCode::kCryptoKeyFile,
            fmt::format("it is a key file of version {}, and version {} is known here", version,
                        kVersion))
          .help("open it with the release that wrote it, or a later one"));
}

Result<void> check_master(const MasterDescriptor& master) {
  if (master.kind == MasterKind::kKey) {
    const Argon2Cost& cost = master.cost;
    if (cost.memory_kib == 0 && cost.passes == 0 && cost.lanes == 0) return {};
    return std::unexpected(damaged("a key has no cost"));
  }
  if (master.kind != MasterKind::kPassphrase) {
    return std::unexpected(damaged("its master key is of no known kind"));
  }
  if (is_allowed(master.cost)) return {};
  return std::unexpected(
      Error(ErrorCode::kCryptoKeyFile, "it asks for more work than opening a key file may take")
          .help("1 GiB, 64 passes and 16 lanes are the most"));
}

Result<MasterDescriptor> read_descriptor(Reader& reader) {
  MasterDescriptor master;
  master.kind = static_cast<MasterKind>(reader.number<std::uint8_t>());
  master.cost.memory_kib = reader.number<std::uint32_t>();
  master.cost.passes = reader.number<std::uint32_t>();
  master.cost.lanes = reader.number<std::uint8_t>();
  const ByteSpan salt = reader.bytes(kSaltBytes);
  if (reader.is_short()) return std::unexpected(damaged("it ends in its head"));
  std::ranges::copy(salt, master.salt.begin());
  TRY(check_master(master));
  return master;
}

// --- Records. ---

Result<std::vector<ByteSpan>> read_records(Reader& reader) {
  const auto count = reader.number<std::uint32_t>();
  if (count > KeyStore::kKeysMax) return std::unexpected(damaged("it has too many records"));
  std::vector<ByteSpan> records;
  for (std::uint32_t i = 0; i < count && !reader.is_short(); ++i) {
    records.push_back(reader.bytes(reader.number<std::uint32_t>()));
    if (records.back().size() < kSealBytes && !reader.is_short()) {
      return std::unexpected(damaged("a record is too short"));
    }
  }
  return records;
}

bool is_control(char32_t low) { return low < 0x20 || (low >= 0x7f && low < 0xa0); }

/// C1 controls are two bytes, the first of them 0xc2.
bool has_controls(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte < 0x80 && is_control(byte)) return true;
    if (byte == 0xc2 && i + 1 < text.size() &&
        is_control(static_cast<unsigned char>(text[i + 1]))) {
      return true;
    }
  }
  return false;
}

bool is_name(std::string_view text) {
  return !text.empty() && text.size() <= kKeyNameBytesMax && is_utf8(text) && !has_controls(text);
}

Error no_name(std::string_view what) {
  return Error(ErrorCode::kCryptoInvalidArgument, fmt::format("it is no name of a {}", what))
      .help("1 to 128 bytes of UTF-8, without control characters");
}

std::optional<KeyAlgorithm> algorithm_of(std::uint8_t number) {
  for (const KeyTraits& traits : key_algorithms()) {
    if (static_cast<std::uint8_t>(traits.algorithm) == number) return traits.algorithm;
  }
  return std::nullopt;
}

KeyPolicy read_policy(Reader& reader) {
  KeyPolicy policy;
  policy.uses = static_cast<KeyUse>(reader.number<std::uint32_t>());
  const auto modules = reader.number<std::uint8_t>();
  for (std::uint8_t i = 0; i < modules && !reader.is_short(); ++i) {
    policy.modules.push_back(reader.text());
  }
  return policy;
}

}  // namespace

bool is_allowed(const Argon2Cost& cost) {
  return cost.lanes >= 1 && cost.lanes <= kArgon2LanesMost && cost.passes >= 1 &&
         cost.passes <= kArgon2PassesMost && cost.memory_kib >= 8 * cost.lanes &&
         cost.memory_kib <= kArgon2MemoryKibMax;
}

Result<KeyFileParts> parse_key_file(ByteSpan file) {
  if (file.size() > KeyStore::kFileBytesMax) return std::unexpected(damaged("it is too large"));
  Reader reader(file);
  TRY(check_beginning(reader));
  KeyFileParts parts;
  parts.master = TRY(read_descriptor(reader));
  parts.described = file.first(file.size() - reader.left());
  parts.sealed_data_key = reader.bytes(kSealedDataKeyBytes);
  parts.head = file.first(file.size() - reader.left());
  parts.generation = reader.number<std::uint64_t>();
  parts.records = TRY(read_records(reader));
  parts.body = file.first(file.size() - reader.left());
  parts.digest = reader.bytes(kDigestBytes);
  parts.end_seal = reader.bytes(kSealBytes);
  if (reader.is_short()) return std::unexpected(damaged("its end is missing"));
  if (reader.left() != 0) return std::unexpected(damaged("something follows its end"));
  return parts;
}

Bytes write_description(const MasterDescriptor& master) {
  Bytes bytes(as_bytes(kMagic).begin(), as_bytes(kMagic).end());
  append(bytes, kVersion);
  append(bytes, static_cast<std::uint8_t>(master.kind));
  append(bytes, master.cost.memory_kib);
  append(bytes, master.cost.passes);
  append(bytes, static_cast<std::uint8_t>(master.cost.lanes));
  append(bytes, master.salt);
  return bytes;
}

Bytes write_body(ByteSpan head, std::uint64_t generation, std::span<const ByteSpan> records) {
  Bytes bytes(head.begin(), head.end());
  append(bytes, generation);
  append(bytes, static_cast<std::uint32_t>(records.size()));
  for (const ByteSpan record : records) {
    append(bytes, static_cast<std::uint32_t>(record.size()));
    append(bytes, record);
  }
  return bytes;
}

Result<KeyRecord> parse_record(ByteSpan plaintext) {
  Reader reader(plaintext);
  KeyRecord record;
  record.info.name.tenant = reader.text();
  record.info.name.name = reader.text();
  record.info.version = reader.number<std::uint32_t>();
  const auto created_at = reader.number<std::int64_t>();
  const auto algorithm = algorithm_of(reader.number<std::uint8_t>());
  record.info.policy = read_policy(reader);
  record.secret = reader.bytes(reader.number<std::uint16_t>());
  const bool is_whole = !reader.is_short() && reader.left() == 0;
  const bool is_sound = algorithm && record.info.version >= 1 && created_at >= 0 &&
                        created_at <= kCreatedAtMax && !record.secret.empty() &&
                        record.secret.size() <= kSecretBytesMax;
  if (!is_whole || !is_sound || !check_name(record.info.name) ||
      !check_policy(record.info.policy)) {
    return std::unexpected(damaged("a record is none of a key"));
  }
  record.info.algorithm = *algorithm;
  record.info.created_at = std::chrono::sys_seconds(std::chrono::seconds(created_at));
  return record;
}

SecretBytes write_record(const KeyInfo& info, ByteSpan secret) {
  Bytes front;
  append_text(front, info.name.tenant);
  append_text(front, info.name.name);
  append(front, info.version);
  append(front, static_cast<std::uint64_t>(info.created_at.time_since_epoch().count()));
  append(front, static_cast<std::uint8_t>(info.algorithm));
  append(front, static_cast<std::uint32_t>(info.policy.uses));
  append(front, static_cast<std::uint8_t>(info.policy.modules.size()));
  for (const std::string& module : info.policy.modules) append_text(front, module);
  append(front, static_cast<std::uint16_t>(secret.size()));
  SecretBytes record(front.size() + secret.size());
  std::ranges::copy(front, record.bytes().begin());
  std::ranges::copy(secret, record.bytes().last(secret.size()).begin());
  return record;
}

Result<void> check_name(const KeyName& name) {
  if (!name.tenant.empty() && !is_name(name.tenant)) return std::unexpected(no_name("tenant"));
  if (!is_name(name.name)) return std::unexpected(no_name("key"));
  return {};
}

Result<void> check_policy(const KeyPolicy& policy) {
  if (static_cast<std::uint32_t>(policy.uses) > kUsesMax) {
    return std::unexpected(
        Error(ErrorCode::kCryptoInvalidArgument, "a policy has a use that is not known"));
  }
  if (policy.modules.size() > kKeyModulesMax) {
    return std::unexpected(Error(ErrorCode::kCryptoInvalidArgument,
                                 fmt::format("a policy names {} modules, and {} are the most",
                                             policy.modules.size(), kKeyModulesMax)));
  }
  if (std::ranges::all_of(policy.modules, is_name)) return {};
  return std::unexpected(no_name("module"));
}

}  // namespace synapsed::crypto
