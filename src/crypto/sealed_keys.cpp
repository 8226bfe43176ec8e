#include "crypto/sealed_keys.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "base/try.hpp"
#include "crypto/master_key.hpp"

namespace synapsed::crypto {
namespace {

constexpr KeyAlgorithm kAead = KeyAlgorithm::kAes256GcmSiv;
constexpr std::string_view kRecordLabel = "synapsed key file 1 record";
constexpr std::string_view kEndLabel = "synapsed key file 1 end";

Error not_ours(std::string_view what) {
  return Error(ErrorCode::kCryptoKeyFile, std::string(what)).help("restore it from a copy");
}

/// A fresh nonce, the ciphertext, the tag.
Result<Bytes> seal(const Aead& aead, ByteSpan associated, ByteSpan plaintext) {
  Bytes sealed(plaintext.size() + kSealBytes);
  const auto nonce = std::span(sealed).first(kAeadNonceBytes);
  TRY(system_entropy().fill(nonce));
  TRY(aead.seal_into(nonce, associated, plaintext, std::span(sealed).subspan(kAeadNonceBytes)));
  return sealed;
}

Result<SecretBytes> open(const Aead& aead, ByteSpan associated, ByteSpan sealed) {
  return aead.open(sealed.first(kAeadNonceBytes), associated, sealed.subspan(kAeadNonceBytes));
}

Bytes associated_of_end(ByteSpan digest) {
  Bytes associated(kEndLabel.size() + digest.size());
  std::ranges::copy(as_bytes(kEndLabel), associated.begin());
  std::ranges::copy(digest, std::span(associated).last(digest.size()).begin());
  return associated;
}

Result<std::shared_ptr<const StoredKey>> make_stored(const KeyRecord& record) {
  auto key = SecretKey::from_raw(record.info.algorithm, record.secret);
  if (!key) return std::unexpected(not_ours("a record of the key file holds no key"));
  KeyInfo info = record.info;
  if (traits_of(info.algorithm).public_bytes != 0) info.public_key = TRY(key->public_key());
  return std::make_shared<const StoredKey>(StoredKey{std::move(info), std::move(*key)});
}

/// The key of `known` with the same seal; null: there is none.
SealedKeyPtr find_same(const KeyTable& known, const SealedKeyPtr& key) {
  const auto versions = known.find(key->info().name);
  if (versions == known.end()) return nullptr;
  const auto same = std::ranges::find(versions->second, key->sealed(), &SealedKey::sealed);
  return same == versions->second.end() ? nullptr : *same;
}

/// Records rise by tenant, name and version, so that each is there once.
bool follows(const KeyInfo& info, const KeyInfo& before) {
  return before.name < info.name || (before.name == info.name && before.version < info.version);
}

}  // namespace

// --- The data key. ---

Result<DataKeyPtr> DataKey::generate() {
  SecretBytes bytes(kDataKeyBytes);
  TRY(system_entropy().fill(bytes.bytes()));
  return from_bytes(std::move(bytes));
}

Result<DataKeyPtr> DataKey::from_bytes(SecretBytes bytes) {
  Aead aead = TRY(Aead::create(kAead, bytes.view()));
  return std::make_shared<const DataKey>(std::move(bytes), std::move(aead));
}

Result<Bytes> DataKey::seal_record(const SecretBytes& plaintext) const {
  return seal(aead_, as_bytes(kRecordLabel), plaintext.view());
}

Result<SecretBytes> DataKey::open_record(ByteSpan sealed) const {
  auto opened = open(aead_, as_bytes(kRecordLabel), sealed);
  if (opened) return opened;
  return std::unexpected(not_ours("a record of the key file is not authentic"));
}

Result<Bytes> DataKey::seal_end(ByteSpan digest) const {
  return seal(aead_, associated_of_end(digest), {});
}

Result<void> DataKey::check_end(ByteSpan digest, ByteSpan end_seal) const {
  if (open(aead_, associated_of_end(digest), end_seal)) return {};
  return std::unexpected(not_ours("the key file was changed by something else than this library"));
}

// --- Keys. ---

Result<SealedKeyPtr> SealedKey::seal(KeyInfo info, ByteSpan secret, DataKeyPtr data_key) {
  info.public_key.reset();
  Bytes sealed = TRY(data_key->seal_record(write_record(info, secret)));
  return std::make_shared<const SealedKey>(std::move(info), std::move(sealed), std::move(data_key));
}

Result<SealedKeyPtr> SealedKey::read(ByteSpan sealed, DataKeyPtr data_key) {
  const SecretBytes plaintext = TRY(data_key->open_record(sealed));
  KeyRecord record = TRY(parse_record(plaintext.view()));
  return std::make_shared<const SealedKey>(
      std::move(record.info), Bytes(sealed.begin(), sealed.end()), std::move(data_key));
}

Result<std::shared_ptr<const StoredKey>> SealedKey::open() const {
  const std::lock_guard lock(mutex_);
  if (!opened_) {
    const SecretBytes plaintext = TRY(data_key_->open_record(sealed_));
    const KeyRecord record = TRY(parse_record(plaintext.view()));
    opened_ = TRY(make_stored(record));
  }
  return opened_;
}

Result<SealedKeyPtr> SealedKey::seal_again(KeyPolicy policy, DataKeyPtr data_key) const {
  const SecretBytes plaintext = TRY(data_key_->open_record(sealed_));
  KeyRecord record = TRY(parse_record(plaintext.view()));
  record.info.policy = std::move(policy);
  return seal(std::move(record.info), record.secret, std::move(data_key));
}

std::size_t count_versions(const KeyTable& table) {
  std::size_t count = 0;
  for (const auto& [name, versions] : table) count += versions.size();
  return count;
}

Result<KeyTable> read_table(const std::vector<ByteSpan>& records, const DataKeyPtr& data_key,
                            const KeyTable& known) {
  KeyTable table;
  SealedKeyPtr before;
  for (const ByteSpan record : records) {
    SealedKeyPtr key = TRY(SealedKey::read(record, data_key));
    if (before && !follows(key->info(), before->info())) {
      return std::unexpected(not_ours("the records of the key file are out of order"));
    }
    if (SealedKeyPtr same = find_same(known, key)) key = std::move(same);
    table[key->info().name].push_back(key);
    before = std::move(key);
  }
  return table;
}

// --- The file. ---

Result<KeyFileHead> make_head(const MasterKey& master) {
  const MasterKey::Impl& impl = master.impl();
  if (impl.kind == MasterKind::kPassphrase && !is_allowed(impl.cost)) {
    return std::unexpected(Error(ErrorCode::kCryptoInvalidArgument,
                                 "a master key of a passphrase may cost up to "
                                 "1 GiB, 64 passes and 16 lanes, 8 KiB a lane"));
  }
  MasterDescriptor descriptor{.kind = impl.kind, .cost = impl.cost};
  TRY(system_entropy().fill(descriptor.salt));
  Bytes bytes = write_description(descriptor);
  const SecretBytes sealing_key = TRY(derive_sealing_key(master, descriptor));
  const Aead aead = TRY(Aead::create(kAead, sealing_key.view()));
  DataKeyPtr data_key = TRY(DataKey::generate());
  const Bytes sealed = TRY(seal(aead, bytes, data_key->bytes().view()));
  bytes.insert(bytes.end(), sealed.begin(), sealed.end());
  return KeyFileHead{.bytes = std::move(bytes), .data_key = std::move(data_key)};
}

Result<KeyFileHead> open_head(const MasterKey& master, const KeyFileParts& parts) {
  const SecretBytes sealing_key = TRY(derive_sealing_key(master, parts.master));
  const Aead aead = TRY(Aead::create(kAead, sealing_key.view()));
  auto opened = open(aead, parts.described, parts.sealed_data_key);
  if (!opened) {
    return std::unexpected(
        Error(ErrorCode::kCryptoMasterKey, "the master key is not the key file's"));
  }
  DataKeyPtr data_key = TRY(DataKey::from_bytes(std::move(*opened)));
  return KeyFileHead{.bytes = Bytes(parts.head.begin(), parts.head.end()),
                     .data_key = std::move(data_key)};
}

Result<Bytes> write_key_file(const KeyFileHead& head, std::uint64_t generation,
                             const KeyTable& table) {
  std::vector<ByteSpan> records;
  for (const auto& [name, versions] : table) {
    for (const SealedKeyPtr& key : versions) records.emplace_back(key->sealed());
  }
  Bytes file = write_body(head.bytes, generation, records);
  const Bytes digest = TRY(hash(HashAlgorithm::kSha256, file));
  const Bytes end_seal = TRY(head.data_key->seal_end(digest));
  file.insert(file.end(), digest.begin(), digest.end());
  file.insert(file.end(), end_seal.begin(), end_seal.end());
  return file;
}

Result<void> check_digest(const KeyFileParts& parts) {
  const Bytes digest = TRY(hash(HashAlgorithm::kSha256, parts.body));
  if (std::ranges::equal(digest, parts.digest)) return {};
  return std::unexpected(not_ours("the key file is damaged: its digest is another"));
}

}  // namespace synapsed::crypto
