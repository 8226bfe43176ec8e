/// \file
/// The laws of key files. Reading ends in what is written again byte for byte, or in an error. A
/// store on any bytes, their digest made anew or not, is refused with an error that names the
/// place; so is one whose seals are genuine and whose record is anything, or all its keys are
/// there.

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

#include "crypto/key_file_format.hpp"
#include "crypto/sealed_keys.hpp"
#include "fuzz/laws.hpp"

namespace synapsed::fuzz {
namespace {

using namespace crypto;  // the laws speak of nothing else

class FixedStorage final : public KeyStorage {
 public:
  explicit FixedStorage(Bytes bytes) : bytes_(std::move(bytes)) {}
  Result<std::optional<Bytes>> read() override { return bytes_; }
  Result<void> write(std::span<const std::byte> bytes) override {
    bytes_.assign(bytes.begin(), bytes.end());
    return {};
  }
  Result<KeyStorageStamp> stamp() override { return KeyStorageStamp{1, 0, 0, 0}; }
  Result<void> lock() override { return {}; }
  void unlock() override {}
  [[nodiscard]] std::string where() const override { return "memory"; }

 private:
  Bytes bytes_;
};

const MasterKey& master() {
  static const MasterKey key = MasterKey::from_bytes(Bytes(32, std::byte{1})).value();
  return key;
}

bool is_expected(const Error& error) {
  return (error.code() == ErrorCode::kCryptoKeyFile ||
          error.code() == ErrorCode::kCryptoMasterKey) &&
         !error.message().empty();
}

void check_store(Bytes bytes) {
  auto store = KeyStore::open(std::make_unique<FixedStorage>(std::move(bytes)), master());
  if (!store) {
    require(is_expected(store.error()) && store.error().where() == "memory",
            "a store that does not open says why and where");
    return;
  }
  const auto count = store->check();
  require(count || is_expected(count.error()), "keys are there, or the file is at fault");
  if (!count) return;
  const auto keys = store->list();
  require(keys.has_value() && keys->size() <= *count, "keys that are sound are told");
  for (const KeyInfo& info : *keys) {
    require(store->find(info.name).has_value(), "a key that is told is found");
  }
}

Bytes with_end(Bytes body, ByteSpan end_seal) {
  const Bytes digest = hash(HashAlgorithm::kSha256, body).value();
  body.insert(body.end(), digest.begin(), digest.end());
  body.insert(body.end(), end_seal.begin(), end_seal.end());
  return body;
}

void check_file(ByteSpan bytes) {
  const auto parts = parse_key_file(bytes);
  if (!parts) return require(is_expected(parts.error()), "an error says what is wrong");
  Bytes written = write_body(parts->head, parts->generation, parts->records);
  require(std::ranges::equal(written, parts->body), "a file is written as it was read");
  require(std::ranges::equal(write_description(parts->master), parts->described),
          "so is its description");
  check_store(with_end(std::move(written), parts->end_seal));
}

/// A file of one record with genuine seals.
void check_genuine(ByteSpan plaintext) {
  static const KeyFileHead head = make_head(master()).value();
  const Bytes record = head.data_key->seal_record(SecretBytes::copy_of(plaintext)).value();
  const ByteSpan view = record;
  Bytes body = write_body(head.bytes, 1, std::span(&view, 1));
  const Bytes end_seal =
      head.data_key->seal_end(hash(HashAlgorithm::kSha256, body).value()).value();
  check_store(with_end(std::move(body), end_seal));
}

void check_record(ByteSpan bytes) {
  const auto record = parse_record(bytes);
  if (!record) return require(is_expected(record.error()), "an error says what is wrong");
  const SecretBytes written = write_record(record->info, record->secret);
  require(std::ranges::equal(written.view(), bytes), "a record is written as it was read");
}

}  // namespace

void check_laws(std::span<const std::byte> bytes) {
  check_file(bytes);
  check_record(bytes);
  check_store(Bytes(bytes.begin(), bytes.end()));
  check_genuine(bytes);
}

}  // namespace synapsed::fuzz
