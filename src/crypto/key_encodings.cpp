// SubjectPublicKeyInfo and PKCS #8, DER and PEM, by OpenSSL's decoders.

#include <openssl/decoder.h>
#include <openssl/encoder.h>
#include <openssl/pem.h>

#include "base/try.hpp"
#include "crypto/key_material.hpp"

namespace synapsed::crypto {
namespace {

/// Beyond any key here, with room to spare.
constexpr std::size_t kEncodedBytesMax = std::size_t{64} << 10;
constexpr const char* kPublicStructure = "SubjectPublicKeyInfo";
constexpr const char* kSecretStructure = "PrivateKeyInfo";

using Decoder = std::unique_ptr<OSSL_DECODER_CTX, Freed<OSSL_DECODER_CTX_free>>;
using Encoder = std::unique_ptr<OSSL_ENCODER_CTX, Freed<OSSL_ENCODER_CTX_free>>;

Error undecodable(const char* structure) {
  return Error(ErrorCode::kCryptoInvalidKey, std::string("it is no ") + structure +
                                                 " of a key that is known here");
}

/// Nothing may follow the key, and no passphrase is asked for.
EvpKey decode(ByteSpan encoded, const char* format, const char* structure, int selection) {
  if (encoded.size() > kEncodedBytesMax) return nullptr;
  EVP_PKEY* key = nullptr;
  const Decoder decoder(OSSL_DECODER_CTX_new_for_pkey(&key, format, structure, nullptr, selection,
                                                      library(), nullptr));
  if (!decoder) return nullptr;
  OSSL_DECODER_CTX_set_pem_password_cb(
      decoder.get(), [](char*, int, int, void*) { return -1; }, nullptr);
  const unsigned char* rest = in(encoded);
  std::size_t left = encoded.size();
  const bool is_read = OSSL_DECODER_from_data(decoder.get(), &rest, &left) == 1;
  EvpKey owner(key);
  if (!is_read || left != 0) return nullptr;
  return owner;
}

template <typename Buffer>
Result<Buffer> encode(const EvpKey& key, KeyAlgorithm algorithm, const char* format,
                      const char* structure, int selection) {
  if (!key) return std::unexpected(unsupported(algorithm, "be encoded like this"));
  const Encoder encoder(
      OSSL_ENCODER_CTX_new_for_pkey(key.get(), selection, format, structure, nullptr));
  unsigned char* data = nullptr;
  std::size_t size = 0;
  if (!encoder || OSSL_ENCODER_to_data(encoder.get(), &data, &size) != 1) {
    return std::unexpected(engine_fault("encoding a key"));
  }
  const ByteSpan written(reinterpret_cast<std::byte*>(data), size);
  Buffer copy = [&] {
    if constexpr (std::is_same_v<Buffer, SecretBytes>) {
      return SecretBytes::copy_of(written);
    } else if constexpr (std::is_same_v<Buffer, std::string>) {
      return std::string(as_text(written));
    } else {
      return Bytes(written.begin(), written.end());
    }
  }();
  OPENSSL_clear_free(data, size);
  return copy;
}

constexpr std::string_view kSecp256k1 = "secp256k1";

Result<PublicMaterial> adopt_public(EvpKey key) {
  if (!is_on_curve(key.get(), kSecp256k1)) return adopt_evp_public(std::move(key));
  Bytes point(65);
  std::size_t size = 0;
  if (EVP_PKEY_get_octet_string_param(key.get(), OSSL_PKEY_PARAM_PUB_KEY, out(point), point.size(),
                                      &size) != 1) {
    return std::unexpected(invalid_key(KeyAlgorithm::kEcdsaSecp256k1));
  }
  return make_secp256k1_public(ByteSpan(point).first(size));
}

Result<SecretMaterial> adopt_secret(EvpKey key) {
  if (!is_on_curve(key.get(), kSecp256k1)) return adopt_evp_secret(std::move(key));
  BIGNUM* number = nullptr;
  EVP_PKEY_get_bn_param(key.get(), OSSL_PKEY_PARAM_PRIV_KEY, &number);
  const BigNumber owner(number);
  SecretBytes raw(32);
  if (number == nullptr || BN_bn2binpad(number, out(raw.bytes()), 32) != 32) {
    return std::unexpected(invalid_key(KeyAlgorithm::kEcdsaSecp256k1));
  }
  return make_secp256k1_secret(raw.view());
}

/// Without the white space that editors leave at the end.
ByteSpan trimmed(std::string_view pem) {
  const std::size_t last = pem.find_last_not_of(" \t\r\n");
  return as_bytes(pem.substr(0, last == std::string_view::npos ? 0 : last + 1));
}

Result<PublicKey> decode_public(ByteSpan encoded, const char* format) {
  EvpKey key = decode(encoded, format, kPublicStructure, EVP_PKEY_PUBLIC_KEY);
  if (!key) return std::unexpected(undecodable(kPublicStructure));
  return PublicKey(TRY(adopt_public(std::move(key))));
}

Result<SecretKey> decode_secret(ByteSpan encoded, const char* format) {
  EvpKey key = decode(encoded, format, kSecretStructure, EVP_PKEY_KEYPAIR);
  if (!key) return std::unexpected(undecodable(kSecretStructure));
  return SecretKey(TRY(adopt_secret(std::move(key))));
}

}  // namespace

Result<PublicKey> PublicKey::from_spki(ByteSpan der) { return decode_public(der, "DER"); }
Result<PublicKey> PublicKey::from_pem(std::string_view pem) {
  return decode_public(trimmed(pem), "PEM");
}
Result<Bytes> PublicKey::to_spki() const {
  return encode<Bytes>(material_->native(), algorithm(), "DER", kPublicStructure,
                       EVP_PKEY_PUBLIC_KEY);
}
Result<std::string> PublicKey::to_pem() const {
  return encode<std::string>(material_->native(), algorithm(), "PEM", kPublicStructure,
                             EVP_PKEY_PUBLIC_KEY);
}

Result<SecretKey> SecretKey::from_pkcs8(ByteSpan der) { return decode_secret(der, "DER"); }
Result<SecretKey> SecretKey::from_pem(std::string_view pem) {
  return decode_secret(trimmed(pem), "PEM");
}
Result<SecretBytes> SecretKey::to_pkcs8() const {
  return encode<SecretBytes>(material_->native(), algorithm(), "DER", kSecretStructure,
                             EVP_PKEY_KEYPAIR);
}
Result<SecretBytes> SecretKey::to_pem() const {
  return encode<SecretBytes>(material_->native(), algorithm(), "PEM", kSecretStructure,
                             EVP_PKEY_KEYPAIR);
}

}  // namespace synapsed::crypto
