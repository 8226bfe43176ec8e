// Encodings of keys and signatures.

#include <algorithm>

#include "crypto/bindings/bindings.hpp"

namespace synapsed::crypto {
namespace {

/// As guests number them.
enum class Format : std::uint32_t { kDer = 1, kPem = 2 };

Result<Format> format_of(std::uint32_t number) {
  const auto format = static_cast<Format>(number);
  if (format == Format::kDer || format == Format::kPem) return format;
  return std::unexpected(guest_error(ErrorCode::kGuestInvalidArgument));
}

template <typename Key>
Result<Key> of_algorithm(Result<Key> key, KeyAlgorithm algorithm) {
  if (key && key->algorithm() != algorithm) {
    return std::unexpected(guest_error(ErrorCode::kGuestInvalidKey));
  }
  return for_guest(std::move(key));
}

GuestResult decode_public(std::uint32_t number, std::uint32_t format, ByteSpan encoded,
                          const GuestBuffer& raw) {
  const KeyAlgorithm algorithm = TRY(key_algorithm(number));
  const bool is_der = TRY(format_of(format)) == Format::kDer;
  const PublicKey key = TRY(of_algorithm(
      is_der ? PublicKey::from_spki(encoded) : PublicKey::from_pem(as_text(encoded)), algorithm));
  return give(raw, key.to_raw());
}

GuestResult encode_public(std::uint32_t number, std::uint32_t format, ByteSpan raw,
                          const GuestBuffer& encoded) {
  const KeyAlgorithm algorithm = TRY(key_algorithm(number));
  const PublicKey key = TRY(for_guest(PublicKey::from_raw(algorithm, raw)));
  if (TRY(format_of(format)) == Format::kDer) return give(encoded, TRY(for_guest(key.to_spki())));
  return give(encoded, as_bytes(TRY(for_guest(key.to_pem()))));
}

GuestResult decode_secret(std::uint32_t number, std::uint32_t format, ByteSpan encoded,
                          const GuestBuffer& raw) {
  const KeyAlgorithm algorithm = TRY(key_algorithm(number));
  const bool is_der = TRY(format_of(format)) == Format::kDer;
  const SecretKey key = TRY(of_algorithm(
      is_der ? SecretKey::from_pkcs8(encoded) : SecretKey::from_pem(as_text(encoded)), algorithm));
  return give(raw, key.to_raw().view());
}

GuestResult encode_secret(std::uint32_t number, std::uint32_t format, ByteSpan raw,
                          const GuestBuffer& encoded) {
  const KeyAlgorithm algorithm = TRY(key_algorithm(number));
  const SecretKey key = TRY(for_guest(SecretKey::from_raw(algorithm, raw)));
  const bool is_der = TRY(format_of(format)) == Format::kDer;
  return give(encoded, TRY(for_guest(is_der ? key.to_pkcs8() : key.to_pem())).view());
}

}  // namespace

void define_encodings(const Bindings& bindings) {
  const auto define_coding = [&](std::string_view name, auto code) {
    bindings.define(name, [code](CallContext& call, std::uint32_t algorithm, std::uint32_t format,
                                 GuestBytes input, GuestBuffer output) -> GuestResult {
      TRY(pay(call, OtherWork::kEncode, input.view().size()));
      return code(algorithm, format, input.view(), output);
    });
  };
  define_coding("decode_public_key", decode_public);
  define_coding("encode_public_key", encode_public);
  define_coding("decode_secret_key", decode_secret);
  define_coding("encode_secret_key", encode_secret);
  bindings.define("ecdsa_from_der",
                  [](CallContext& call, GuestBytes der, GuestBuffer signature) -> GuestResult {
                    TRY(pay(call, OtherWork::kEncodeSignature));
                    return give(signature, TRY(for_guest(ecdsa_from_der(der.view()))));
                  });
  bindings.define("ecdsa_to_der",
                  [](CallContext& call, GuestBytes signature, GuestBuffer der) -> GuestResult {
                    TRY(pay(call, OtherWork::kEncodeSignature));
                    return give(der, TRY(for_guest(ecdsa_to_der(signature.view()))));
                  });
}

}  // namespace synapsed::crypto
