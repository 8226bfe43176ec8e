#include <fmt/format.h>
#include <openssl/thread.h>
#include <synapsed/crypto_primitives.hpp>

#include "base/try.hpp"
#include "crypto/hashing.hpp"
#include "crypto/openssl.hpp"

namespace synapsed::crypto {
namespace {

constexpr std::size_t kPbkdf2BytesMax = std::size_t{1} << 20;
constexpr std::size_t kArgon2BytesMin = 4;
constexpr std::size_t kArgon2BytesMax = 1024;
constexpr std::size_t kArgon2SaltMin = 8;
constexpr std::uint32_t kArgon2PassesMax = 1U << 24;
constexpr std::uint32_t kArgon2LanesMax = 255;

Result<SecretBytes> derive(const EvpKdf& kdf, OSSL_PARAM* parameters, std::size_t bytes,
                           std::string_view what) {
  const EvpKdfContext context(EVP_KDF_CTX_new(kdf.get()));
  SecretBytes key(bytes);
  if (!context || EVP_KDF_derive(context.get(), out(key.bytes()), bytes, parameters) != 1) {
    return std::unexpected(engine_fault(what));
  }
  return key;
}

}  // namespace

Result<SecretBytes> hkdf(HashAlgorithm algorithm, ByteSpan key, ByteSpan salt, ByteSpan info,
                         std::size_t bytes) {
  TRY(need_fixed_length(algorithm));
  const std::size_t most = 255 * traits_of(algorithm).bytes;
  if (bytes == 0 || bytes > most) {
    return std::unexpected(
        invalid_argument(fmt::format("HKDF makes 1 to {} bytes, not {}", most, bytes)));
  }
  static const EvpKdf kdf(EVP_KDF_fetch(library(), "HKDF", nullptr));
  Parameters<4> parameters;
  parameters.add(OSSL_KDF_PARAM_DIGEST, openssl_name(algorithm))
      .add(OSSL_KDF_PARAM_KEY, key)
      .add(OSSL_KDF_PARAM_SALT, salt)
      .add(OSSL_KDF_PARAM_INFO, info);
  return derive(kdf, parameters.get(), bytes, "HKDF");
}

Result<SecretBytes> pbkdf2(HashAlgorithm algorithm, ByteSpan password, ByteSpan salt,
                           std::uint32_t iterations, std::size_t bytes) {
  TRY(need_fixed_length(algorithm));
  if (iterations == 0 || bytes == 0 || bytes > kPbkdf2BytesMax) {
    return std::unexpected(invalid_argument(
        fmt::format("PBKDF2 takes at least one iteration and makes 1 to {} bytes",
                    kPbkdf2BytesMax)));
  }
  static const EvpKdf kdf(EVP_KDF_fetch(library(), "PBKDF2", nullptr));
  std::uint64_t count = iterations;
  int allows_short = 1;  // salts and keys shorter than NIST SP 800-132 wants: the caller decides
  Parameters<5> parameters;
  parameters.add(OSSL_KDF_PARAM_DIGEST, openssl_name(algorithm))
      .add(OSSL_KDF_PARAM_PASSWORD, password)
      .add(OSSL_KDF_PARAM_SALT, salt)
      .add(OSSL_KDF_PARAM_ITER, count)
      .add(OSSL_KDF_PARAM_PKCS5, allows_short);
  return derive(kdf, parameters.get(), bytes, "PBKDF2");
}

Result<SecretBytes> argon2id(ByteSpan password, ByteSpan salt, const Argon2Cost& cost,
                             std::size_t bytes) {
  if (bytes < kArgon2BytesMin || bytes > kArgon2BytesMax || salt.size() < kArgon2SaltMin) {
    return std::unexpected(invalid_argument(
        fmt::format("Argon2id takes a salt of at least {} bytes and makes {} to {} bytes",
                    kArgon2SaltMin, kArgon2BytesMin, kArgon2BytesMax)));
  }
  if (cost.lanes == 0 || cost.lanes > kArgon2LanesMax || cost.passes == 0 ||
      cost.passes > kArgon2PassesMax || cost.memory_kib < 8 * cost.lanes ||
      cost.memory_kib > (std::uint32_t{4} << 20)) {
    return std::unexpected(invalid_argument(
        "Argon2id takes 1 to 255 lanes, 1 to 2^24 passes, and 8 KiB a lane to 4 GiB of memory"));
  }
  static const EvpKdf kdf(EVP_KDF_fetch(library(), "ARGON2ID", nullptr));
  unsigned lanes = cost.lanes;
  unsigned passes = cost.passes;
  unsigned memory_kib = cost.memory_kib;
  Parameters<5> parameters;
  parameters.add(OSSL_KDF_PARAM_PASSWORD, password)
      .add(OSSL_KDF_PARAM_SALT, salt)
      .add(OSSL_KDF_PARAM_ITER, passes)
      .add(OSSL_KDF_PARAM_ARGON2_LANES, lanes)
      .add(OSSL_KDF_PARAM_ARGON2_MEMCOST, memory_kib);
  return derive(kdf, parameters.get(), bytes, "Argon2id");
}

}  // namespace synapsed::crypto
