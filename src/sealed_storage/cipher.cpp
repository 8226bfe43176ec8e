// Values sealed under their tenants' data keys: docs/formats/storage.md#sealed-values.

#include <chrono>
#include <map>
#include <mutex>
#include <utility>

#include <synapsed/sealed_storage.hpp>

#include "base/bytes.hpp"
#include "base/fields.hpp"
#include "base/try.hpp"

namespace synapsed::storage {
namespace {

using crypto::KeyAlgorithm;
using crypto::KeyName;
using crypto::KeyUse;
using Clock = std::chrono::steady_clock;

constexpr std::byte kVersion{1};
constexpr std::size_t kHeadBytes = 1 + 4;  // the format's version and the key's
constexpr std::size_t kTagBytes = 16;
constexpr std::string_view kLabel = "synapsed sealed value 1";
/// How long a new version may go unnoticed.
constexpr std::chrono::seconds kFresh{1};

Error not_ours() {
  return Error(ErrorCode::kStorageSealed, "a sealed value cannot be opened: it was changed, or moved")
      .help("restore the storage from a backup");
}

Bytes associated_of(ByteSpan place) {
  Bytes associated(kLabel.size() + place.size());
  std::ranges::copy(as_bytes(kLabel), associated.begin());
  std::ranges::copy(place, std::span(associated).last(place.size()).begin());
  return associated;
}

void put_number(std::span<std::byte> to, std::uint32_t number) {
  for (std::size_t i = 0; i < 4; ++i) to[i] = static_cast<std::byte>(number >> (8 * i));
}

struct DataKey {
  std::uint32_t version;
  crypto::Aead aead;
};
using DataKeyPtr = std::shared_ptr<const DataKey>;

/// The data keys that were used.
class DataKeys {
 public:
  explicit DataKeys(std::shared_ptr<crypto::KeyStore> keys) : keys_(std::move(keys)) {}

  [[nodiscard]] Result<DataKeyPtr> newest(std::string_view tenant) {
    const std::unique_lock lock(mutex_);
    Tenant& known = tenants_[std::string(tenant)];
    const Clock::time_point now = Clock::now();
    if (known.newest != nullptr && now < known.look_again) return known.newest;
    auto versions = TRY(find_or_make(tenant));
    known.newest = TRY(remember(known, *versions.front()));
    known.look_again = now + kFresh;
    return known.newest;
  }

  [[nodiscard]] Result<DataKeyPtr> version(std::string_view tenant, std::uint32_t number) {
    const std::unique_lock lock(mutex_);
    Tenant& known = tenants_[std::string(tenant)];
    if (const auto found = known.versions.find(number); found != known.versions.end()) {
      return found->second;
    }
    const auto versions = TRY(keys_->find_versions(name_of(tenant)));
    for (const auto& key : versions) {
      if (key->info.version == number) return remember(known, *key);
    }
    return std::unexpected(
        Error(ErrorCode::kStorageSealed,
              "the data key that a value was sealed under is not in the key store")
            .at("version " + std::to_string(number))
            .help("open the storage with the keys that belong to it"));
  }

 private:
  using Versions = std::vector<std::shared_ptr<const crypto::StoredKey>>;
  struct Tenant {
    DataKeyPtr newest;
    Clock::time_point look_again;
    std::map<std::uint32_t, DataKeyPtr> versions;
  };

  static KeyName name_of(std::string_view tenant) {
    return {.tenant = std::string(tenant), .name = std::string(kDataKeyName)};
  }

  Result<Versions> find_or_make(std::string_view tenant) {
    auto versions = keys_->find_versions(name_of(tenant));
    if (versions || versions.error().code() != ErrorCode::kCryptoKeyNotFound) return versions;
    const auto made = keys_->generate(name_of(tenant), KeyAlgorithm::kAes256GcmSiv,
                                      {.uses = KeyUse::kEncrypt | KeyUse::kDecrypt, .modules = {}});
    // Somebody else may have made one.
    if (!made && made.error().code() != ErrorCode::kCryptoKeyExists) {
      return std::unexpected(made.error());
    }
    return keys_->find_versions(name_of(tenant));
  }

  static Result<DataKeyPtr> remember(Tenant& known, const crypto::StoredKey& key) {
    DataKeyPtr& remembered = known.versions[key.info.version];
    if (remembered == nullptr) {
      auto aead = TRY(crypto::Aead::create(key.key));
      remembered = std::make_shared<const DataKey>(DataKey{key.info.version, std::move(aead)});
    }
    return remembered;
  }

  const std::shared_ptr<crypto::KeyStore> keys_;
  std::mutex mutex_;
  std::map<std::string, Tenant> tenants_;  // guarded by mutex_
};

class SealedValues final : public ValueCipher {
 public:
  explicit SealedValues(std::shared_ptr<crypto::KeyStore> keys) : keys_(std::move(keys)) {}

  Result<Bytes> seal(std::string_view tenant, ByteSpan place, ByteSpan value) override {
    const DataKeyPtr key = TRY(keys_.newest(tenant));
    Bytes sealed(kHeadBytes + crypto::kAeadNonceBytes + value.size() + kTagBytes);
    sealed.front() = kVersion;
    put_number(std::span(sealed).subspan(1), key->version);
    const auto nonce = std::span(sealed).subspan(kHeadBytes, crypto::kAeadNonceBytes);
    TRY(crypto::system_entropy().fill(nonce));
    TRY(key->aead.seal_into(nonce, associated_of(place), value,
                            std::span(sealed).subspan(kHeadBytes + nonce.size())));
    return sealed;
  }

  Result<Bytes> open(std::string_view tenant, ByteSpan place, ByteSpan sealed) override {
    if (sealed.size() < kHeadBytes + crypto::kAeadNonceBytes + kTagBytes ||
        sealed.front() != kVersion) {
      return std::unexpected(not_ours());
    }
    const DataKeyPtr key = TRY(keys_.version(tenant, FieldReader(sealed.subspan(1)).number<std::uint32_t>()));
    const ByteSpan nonce = sealed.subspan(kHeadBytes, crypto::kAeadNonceBytes);
    const ByteSpan ciphertext = sealed.subspan(kHeadBytes + nonce.size());
    Bytes value(ciphertext.size() - kTagBytes);
    if (!key->aead.open_into(nonce, associated_of(place), ciphertext, value)) {
      return std::unexpected(not_ours());
    }
    return value;
  }

 private:
  DataKeys keys_;
};

}  // namespace

std::shared_ptr<ValueCipher> seal_values(std::shared_ptr<crypto::KeyStore> keys) {
  return std::make_shared<SealedValues>(std::move(keys));
}

}  // namespace synapsed::storage
