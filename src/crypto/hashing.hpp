#pragma once

/// \file
/// OpenSSL's names of hashes. Thread rule: pure functions.

#include <openssl/evp.h>
#include <synapsed/crypto_primitives.hpp>

namespace synapsed::crypto {

/// For parameters of OpenSSL's.
[[nodiscard]] const char* openssl_name(HashAlgorithm algorithm);
/// Fetched once.
[[nodiscard]] const EVP_MD* fetched(HashAlgorithm algorithm);
/// Error: `crypto.unsupported` for hashes of any length, which HMAC and HKDF do not take.
[[nodiscard]] Result<void> need_fixed_length(HashAlgorithm algorithm);

}  // namespace synapsed::crypto
