#pragma once

/// \file
/// OpenSSL's objects as C++ ones. Thread rule: that of the objects.

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/params.h>

#include <synapsed/error.hpp>
#include <synapsed/value.hpp>

#include "base/bytes.hpp"

namespace synapsed::crypto {

/// Calls an OpenSSL function to free what it made.
template <auto kFree>
struct Freed {
  template <typename T>
  void operator()(T* object) const {
    kFree(object);
  }
};
inline void free_bio(BIO* bio) { BIO_free_all(bio); }

using EvpKey = std::unique_ptr<EVP_PKEY, Freed<EVP_PKEY_free>>;
using EvpKeyContext = std::unique_ptr<EVP_PKEY_CTX, Freed<EVP_PKEY_CTX_free>>;
using EvpSignature = std::unique_ptr<EVP_SIGNATURE, Freed<EVP_SIGNATURE_free>>;
using EvpHash = std::unique_ptr<EVP_MD, Freed<EVP_MD_free>>;
using EvpHashContext = std::unique_ptr<EVP_MD_CTX, Freed<EVP_MD_CTX_free>>;
using EvpMac = std::unique_ptr<EVP_MAC, Freed<EVP_MAC_free>>;
using EvpMacContext = std::unique_ptr<EVP_MAC_CTX, Freed<EVP_MAC_CTX_free>>;
using EvpKdf = std::unique_ptr<EVP_KDF, Freed<EVP_KDF_free>>;
using EvpKdfContext = std::unique_ptr<EVP_KDF_CTX, Freed<EVP_KDF_CTX_free>>;
using EvpCipher = std::unique_ptr<EVP_CIPHER, Freed<EVP_CIPHER_free>>;
using EvpCipherContext = std::unique_ptr<EVP_CIPHER_CTX, Freed<EVP_CIPHER_CTX_free>>;
using BigNumber = std::unique_ptr<BIGNUM, Freed<BN_clear_free>>;
using Bio = std::unique_ptr<BIO, Freed<free_bio>>;

/// The library context of this room: the default provider, and no configuration file of the
/// machine's.
[[nodiscard]] OSSL_LIB_CTX* library();

inline const unsigned char* in(ByteSpan bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}
inline unsigned char* out(std::span<std::byte> bytes) {
  return reinterpret_cast<unsigned char*>(bytes.data());
}

/// Parameters for a function of OpenSSL's, which views what they were given.
template <std::size_t kMost>
class Parameters {
 public:
  Parameters() { params_.fill(OSSL_PARAM_construct_end()); }
  Parameters& add(const char* name, ByteSpan bytes) {
    // OpenSSL wants writable memory and does not write to it.
    return add(OSSL_PARAM_construct_octet_string(
        name, const_cast<std::byte*>(bytes.empty() ? &kNothing : bytes.data()), bytes.size()));
  }
  Parameters& add(const char* name, const char* text) {
    return add(OSSL_PARAM_construct_utf8_string(name, const_cast<char*>(text), 0));
  }
  Parameters& add(const char* name, unsigned& number) {
    return add(OSSL_PARAM_construct_uint(name, &number));
  }
  Parameters& add(const char* name, std::uint64_t& number) {
    return add(OSSL_PARAM_construct_uint64(name, &number));
  }
  Parameters& add(const char* name, int& number) {
    return add(OSSL_PARAM_construct_int(name, &number));
  }
  [[nodiscard]] OSSL_PARAM* get() { return params_.data(); }

 private:
  static constexpr std::byte kNothing{0};
  Parameters& add(OSSL_PARAM parameter) {
    params_.at(used_++) = parameter;
    return *this;
  }
  std::array<OSSL_PARAM, kMost + 1> params_{};
  std::size_t used_ = 0;
};

/// A key of the algorithm `name` with these parameters; null when they are none.
[[nodiscard]] EvpKey key_from_data(const char* name, int selection, OSSL_PARAM* parameters);
/// Whether it is a key of the elliptic curve that OpenSSL calls `curve`.
[[nodiscard]] bool is_on_curve(const EVP_PKEY* key, std::string_view curve);

// --- Errors. None tells more than its standard lets a stranger know. ---

[[nodiscard]] inline Error invalid_argument(std::string message) {
  return Error(ErrorCode::kCryptoInvalidArgument, std::move(message));
}
[[nodiscard]] inline Error not_authentic() {
  return Error(ErrorCode::kCryptoNotAuthentic, "it is not authentic");
}
/// OpenSSL refused what it should do: memory, mostly.
[[nodiscard]] Error engine_fault(std::string_view what);

}  // namespace synapsed::crypto
