// Signatures with keys that the guest has.

#include <algorithm>

#include "crypto/bindings/bindings.hpp"

namespace synapsed::crypto {
namespace {

Result<SecretKey> signing_key(KeyAlgorithm algorithm, ByteSpan raw) {
  return for_guest(SecretKey::from_raw(algorithm, raw));
}
Result<PublicKey> verifying_key(KeyAlgorithm algorithm, ByteSpan raw) {
  return for_guest(PublicKey::from_raw(algorithm, raw));
}
GuestResult verdict(const Result<void>& verified) {
  if (!verified) return std::unexpected(to_guest(verified.error()));
  return 0;
}

}  // namespace

void define_signatures(const Bindings& bindings) {
  const Options options = bindings.options();
  bindings.define("sign", [options](CallContext& call, std::uint32_t number, GuestBytes secret_key,
                                    GuestBytes message, GuestBytes context,
                                    GuestBuffer signature) -> GuestResult {
    const KeyAlgorithm algorithm = TRY(key_algorithm(number, KeyKind::kSignature));
    TRY(room_for(signature, traits_of(algorithm).output_bytes));
    TRY(pay_with_raw_key(call, KeyWork::kSign, algorithm, message.view().size()));
    const SecretKey key = TRY(signing_key(algorithm, secret_key.view()));
    return give(signature, TRY(for_guest(sign(key, message.view(),
                                              sign_options(call, options, context.view())))));
  });
  bindings.define("verify", [](CallContext& call, std::uint32_t number, GuestBytes public_key,
                               GuestBytes message, GuestBytes signature,
                               GuestBytes context) -> GuestResult {
    const KeyAlgorithm algorithm = TRY(key_algorithm(number, KeyKind::kSignature));
    TRY(pay(call, KeyWork::kVerify, algorithm, message.view().size()));
    const PublicKey key = TRY(verifying_key(algorithm, public_key.view()));
    return verdict(verify(key, message.view(), signature.view(), context.view()));
  });
  bindings.define("sign_digest", [options](CallContext& call, std::uint32_t number,
                                           GuestBytes secret_key, GuestBytes digest,
                                           GuestBuffer signature) -> GuestResult {
    const KeyAlgorithm algorithm = TRY(key_algorithm(number, KeyKind::kSignature));
    TRY(pay_with_raw_key(call, KeyWork::kSign, algorithm));
    const SecretKey key = TRY(signing_key(algorithm, secret_key.view()));
    return give(signature, TRY(for_guest(sign_digest(key, digest.view(),
                                                     sign_options(call, options, {})))));
  });
  bindings.define("verify_digest", [](CallContext& call, std::uint32_t number,
                                      GuestBytes public_key, GuestBytes digest,
                                      GuestBytes signature) -> GuestResult {
    const KeyAlgorithm algorithm = TRY(key_algorithm(number, KeyKind::kSignature));
    TRY(pay(call, KeyWork::kVerify, algorithm));
    const PublicKey key = TRY(verifying_key(algorithm, public_key.view()));
    return verdict(verify_digest(key, digest.view(), signature.view()));
  });
  bindings.define("sign_recoverable", [](CallContext& call, GuestBytes secret_key,
                                         GuestBytes digest, GuestBuffer signature) -> GuestResult {
    constexpr KeyAlgorithm kAlgorithm = KeyAlgorithm::kEcdsaSecp256k1;
    TRY(pay_with_raw_key(call, KeyWork::kSign, kAlgorithm));
    const SecretKey key = TRY(signing_key(kAlgorithm, secret_key.view()));
    return give(signature, TRY(for_guest(sign_recoverable(key, digest.view()))));
  });
  bindings.define("recover", [](CallContext& call, GuestBytes digest, GuestBytes signature,
                                GuestBuffer public_key) -> GuestResult {
    TRY(pay(call, OtherWork::kRecover));
    return give(public_key, TRY(for_guest(recover(digest.view(), signature.view()))).to_raw());
  });
}

}  // namespace synapsed::crypto
