#pragma once

/// \file
/// What a master key consists of. Thread rule: immutable.

#include <synapsed/crypto_keystore.hpp>

#include "crypto/key_file_format.hpp"

namespace synapsed::crypto {

struct MasterKey::Impl {
  MasterKind kind{};
  SecretBytes secret;  ///< the key, or the passphrase
  Argon2Cost cost;     ///< of a passphrase, in new files
};

/// The key that seals a file's data key. Error: `crypto.master_key` when the file is sealed under
/// the other kind, or a passphrase is none.
[[nodiscard]] Result<SecretBytes> derive_sealing_key(const MasterKey& master,
                                                     const MasterDescriptor& descriptor);

}  // namespace synapsed::crypto
