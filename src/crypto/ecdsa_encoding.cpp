#include <algorithm>

#include <openssl/ecdsa.h>
#include <synapsed/crypto_keys.hpp>

#include "base/try.hpp"
#include "crypto/openssl.hpp"

namespace synapsed::crypto {
namespace {

constexpr std::size_t kNumberBytes = 32;
constexpr std::size_t kDerBytesMax = 72;

using Signature = std::unique_ptr<ECDSA_SIG, Freed<ECDSA_SIG_free>>;

Error not_der() { return invalid_argument("it is no ECDSA signature in DER"); }

Bytes to_der(const ECDSA_SIG* signature) {
  Bytes der(kDerBytesMax + 8);
  unsigned char* end = out(der);
  const int size = i2d_ECDSA_SIG(signature, &end);
  der.resize(size < 0 ? 0 : static_cast<std::size_t>(size));
  return der;
}

}  // namespace

Result<Bytes> ecdsa_from_der(ByteSpan der) {
  if (der.empty() || der.size() > kDerBytesMax) return std::unexpected(not_der());
  const unsigned char* rest = in(der);
  const Signature signature(d2i_ECDSA_SIG(nullptr, &rest, static_cast<long>(der.size())));
  // OpenSSL reads more than DER allows: what it would write differently is none.
  if (!signature || !std::ranges::equal(to_der(signature.get()), der)) {
    return std::unexpected(not_der());
  }
  Bytes compact(2 * kNumberBytes);
  const auto write = [](const BIGNUM* number, std::span<std::byte> place) {
    return BN_is_negative(number) == 0 &&
           BN_bn2binpad(number, out(place), static_cast<int>(place.size())) ==
               static_cast<int>(place.size());
  };
  if (!write(ECDSA_SIG_get0_r(signature.get()), std::span(compact).first(kNumberBytes)) ||
      !write(ECDSA_SIG_get0_s(signature.get()), std::span(compact).last(kNumberBytes))) {
    return std::unexpected(not_der());
  }
  return compact;
}

Result<Bytes> ecdsa_to_der(ByteSpan signature) {
  if (signature.size() != 2 * kNumberBytes) {
    return std::unexpected(invalid_argument("r and s have 32 bytes each"));
  }
  const Signature made(ECDSA_SIG_new());
  const auto number = [](ByteSpan bytes) {
    return BN_bin2bn(in(bytes), static_cast<int>(bytes.size()), nullptr);
  };
  BIGNUM* r = number(signature.first(kNumberBytes));
  BIGNUM* s = number(signature.last(kNumberBytes));
  if (!made || r == nullptr || s == nullptr || ECDSA_SIG_set0(made.get(), r, s) != 1) {
    BN_free(r);
    BN_free(s);
    return std::unexpected(engine_fault("writing DER"));
  }
  return to_der(made.get());
}

}  // namespace synapsed::crypto
