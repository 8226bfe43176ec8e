#pragma once

/// \file
/// Crypto for guests: the host functions of the import module `synapsed:crypto@1`
/// (docs/reference/crypto-host-functions.md). Owned by the room `crypto`.
///
///     auto keys = std::make_shared<crypto::KeyStore>(crypto::KeyStore::in_memory());
///     for (auto& [name, function] : crypto::create_crypto_host_functions({.keys = keys})) {
///       runtime.register_host_function(name, std::move(function));
///     }
///
/// A module imports them when it was granted `crypto`; those that use keys of the host (`key_…`), when
/// it was granted `crypto.keys`. Streams and keys that a guest opened belong to its execution, in a
/// session to the call, and are gone with it.
///
/// Where execution is deterministic, or the context has a random seed, nothing secret is made: a
/// guest's random bytes are those of the seed, signatures are deterministic ones, and what would make
/// a key is denied.
///
/// Thread rule: the functions may be called from several threads at once, each for another guest.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include <synapsed/crypto_keystore.hpp>
#include <synapsed/host.hpp>

namespace synapsed::crypto {

/// The capabilities a module needs.
inline constexpr std::string_view kCryptoCapability = "crypto";
inline constexpr std::string_view kKeysCapability = "crypto.keys";

struct CryptoHostOptions {
  /// Named keys that guests may open, and where they keep their own. Null: none.
  std::shared_ptr<KeyStore> keys;
  /// Where secrets come from; null: `system_entropy`. It outlives the functions.
  Entropy* entropy = nullptr;
  /// How many streams and keys an execution may have open at once.
  std::uint32_t open_max = 256;
  /// What one call of `argon2id` may take.
  Argon2Cost argon2_most{.memory_kib = 64 * 1024, .passes = 16, .lanes = 16};
};

[[nodiscard]] NamedHostFunctions create_crypto_host_functions(CryptoHostOptions options = {});

}  // namespace synapsed::crypto
