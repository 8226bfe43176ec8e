// Key pairs and shared secrets of keys that the guest has.

#include <algorithm>

#include "crypto/bindings/bindings.hpp"

namespace synapsed::crypto {
namespace {

Result<KeyAlgorithm> asymmetric(std::uint32_t number) {
  const KeyAlgorithm algorithm = TRY(key_algorithm(number));
  if (traits_of(algorithm).public_bytes != 0) return algorithm;
  return std::unexpected(guest_error(ErrorCode::kGuestInvalidArgument));
}

GuestResult generate(CallContext& call, const Options& options, std::uint32_t number,
                     const GuestBuffer& public_key, const GuestBuffer& secret_key) {
  const KeyAlgorithm algorithm = TRY(asymmetric(number));
  TRY(room_for(public_key, traits_of(algorithm).public_bytes));
  TRY(room_for(secret_key, traits_of(algorithm).secret_bytes));
  Entropy* entropy = TRY(secret_entropy(call, options));
  TRY(pay(call, KeyWork::kGenerate, algorithm));
  const KeyPair pair = TRY(for_guest(generate_keypair(algorithm, *entropy)));
  TRY(give(secret_key, pair.secret_key.to_raw().view()));
  return give(public_key, pair.public_key.to_raw());
}

GuestResult encapsulate_to(CallContext& call, const Options& options, std::uint32_t number,
                           ByteSpan public_key, const GuestBuffer& ciphertext,
                           const GuestBuffer& shared_secret) {
  const KeyAlgorithm algorithm = TRY(key_algorithm(number, KeyKind::kKem));
  TRY(room_for(ciphertext, traits_of(algorithm).output_bytes));
  TRY(room_for(shared_secret, kSharedSecretBytes));
  Entropy* entropy = TRY(secret_entropy(call, options));
  TRY(pay(call, KeyWork::kEncapsulate, algorithm));
  const PublicKey key = TRY(for_guest(PublicKey::from_raw(algorithm, public_key)));
  const Encapsulated made = TRY(for_guest(encapsulate(key, *entropy)));
  TRY(give(shared_secret, made.shared_secret.view()));
  return give(ciphertext, made.ciphertext);
}

}  // namespace

void define_keys(const Bindings& bindings) {
  const Options options = bindings.options();
  bindings.define("generate_keypair", [options](CallContext& call, std::uint32_t algorithm,
                                                GuestBuffer public_key, GuestBuffer secret_key) {
    return generate(call, options, algorithm, public_key, secret_key);
  });
  bindings.define("derive_public_key", [](CallContext& call, std::uint32_t number,
                                          GuestBytes secret_key,
                                          GuestBuffer public_key) -> GuestResult {
    const KeyAlgorithm algorithm = TRY(asymmetric(number));
    TRY(pay(call, KeyWork::kGenerate, algorithm));
    const SecretKey key = TRY(for_guest(SecretKey::from_raw(algorithm, secret_key.view())));
    return give(public_key, TRY(for_guest(key.public_key())).to_raw());
  });
  bindings.define("encapsulate", [options](CallContext& call, std::uint32_t algorithm,
                                           GuestBytes public_key, GuestBuffer ciphertext,
                                           GuestBuffer shared_secret) {
    return encapsulate_to(call, options, algorithm, public_key.view(), ciphertext, shared_secret);
  });
  bindings.define("decapsulate", [](CallContext& call, std::uint32_t number, GuestBytes secret_key,
                                    GuestBytes ciphertext,
                                    GuestBuffer shared_secret) -> GuestResult {
    const KeyAlgorithm algorithm = TRY(key_algorithm(number, KeyKind::kKem));
    TRY(room_for(shared_secret, kSharedSecretBytes));
    TRY(pay_with_raw_key(call, KeyWork::kDecapsulate, algorithm));
    const SecretKey key = TRY(for_guest(SecretKey::from_raw(algorithm, secret_key.view())));
    return give(shared_secret, TRY(for_guest(decapsulate(key, ciphertext.view()))).view());
  });
  bindings.define("key_agreement", [](CallContext& call, GuestBytes secret_key,
                                      GuestBytes public_key,
                                      GuestBuffer shared_secret) -> GuestResult {
    constexpr KeyAlgorithm kAlgorithm = KeyAlgorithm::kX25519;
    TRY(pay_with_raw_key(call, KeyWork::kDecapsulate, kAlgorithm));
    const SecretKey mine = TRY(for_guest(SecretKey::from_raw(kAlgorithm, secret_key.view())));
    const PublicKey other = TRY(for_guest(PublicKey::from_raw(kAlgorithm, public_key.view())));
    return give(shared_secret, TRY(for_guest(key_agreement(mine, other))).view());
  });
}

}  // namespace synapsed::crypto
