#pragma once

/// \file
/// Storage that is encrypted at rest, and keys that rest in storage. Owned by the room
/// `sealed_storage`.
///
///     auto keys = std::make_shared<crypto::KeyStore>(crypto::KeyStore::open("data.keys", master).value());
///     auto storage = storage::Storage::open({.url = "sqlite:notes.db",
///                                            .cipher = storage::seal_values(keys)}).value();
///     storage::rotate_data_key(storage, *keys, "alice");
///
/// Values are sealed (AES-256-GCM-SIV, RFC 8452), each for its own key and space, under a data key of its
/// tenant (docs/formats/storage.md#sealed-values). Data keys are keys of a `KeyStore` by the name
/// `kDataKeyName`, which no guest may use. Keys of the storage, lengths and counts are not sealed; nor is
/// what was written before there was a cipher, until it is written again.
///
/// Thread rule: safe from any thread.

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include <synapsed/crypto_keystore.hpp>
#include <synapsed/storage.hpp>

namespace synapsed::storage {

inline constexpr std::string_view kDataKeyName = "storage data key";

/// Seals and opens with the data keys in `keys`, and makes one for a tenant that has none. Errors beside
/// `storage.sealed`: those of key stores. Tenants have at most 128 bytes, as those of keys.
[[nodiscard]] std::shared_ptr<ValueCipher> seal_values(std::shared_ptr<crypto::KeyStore> keys);

/// What a walk over values has done.
struct SealingReport {
  std::uint64_t spaces = 0;
  std::uint64_t keys = 0;
};

/// Writes all values of a tenant again, so that they are sealed as the storage's cipher seals now; others
/// go on meanwhile. It may be called again when it failed, or to seal what was there before.
Result<SealingReport> seal_again(Storage& storage, std::string_view tenant);

/// Makes a new data key for the tenant, then `seal_again`. The versions before stay in `keys`: backups
/// need them. A cipher of another process seals with the new key within a second.
Result<SealingReport> rotate_data_key(Storage& storage, crypto::KeyStore& keys,
                                      std::string_view tenant);

/// Where the keys of a key store rest: a key of a storage, in one piece with its lock. For
/// `crypto::KeyStore::create` and `open`. Several processes may use one; who changes keys waits for others
/// at most ten seconds. `storage` should not seal its values under keys that rest there.
[[nodiscard]] std::unique_ptr<crypto::KeyStorage> keys_in(std::shared_ptr<Storage> storage,
                                                          std::string key = "synapsed keys",
                                                          SpaceName space = {});

}  // namespace synapsed::storage
