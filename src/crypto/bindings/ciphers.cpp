// Authenticated encryption with keys that the guest has.

#include <algorithm>

#include "crypto/bindings/bindings.hpp"

namespace synapsed::crypto {

void define_ciphers(const Bindings& bindings) {
  bindings.define("aead_seal", [](CallContext& call, std::uint32_t number, GuestBytes key,
                                  GuestBytes nonce, GuestBytes associated, GuestBytes plaintext,
                                  GuestBuffer sealed) -> GuestResult {
    const KeyAlgorithm algorithm = TRY(key_algorithm(number, KeyKind::kAead));
    const auto room = TRY(room_for(sealed, plaintext.view().size() + kAeadTagBytes));
    TRY(pay(call, KeyWork::kSeal, algorithm, room.size() + associated.view().size()));
    TRY(for_guest(aead_seal_into(algorithm, key.view(), nonce.view(), associated.view(),
                                 plaintext.view(), room)));
    return static_cast<std::int32_t>(room.size());
  });
  bindings.define("aead_open", [](CallContext& call, std::uint32_t number, GuestBytes key,
                                  GuestBytes nonce, GuestBytes associated, GuestBytes sealed,
                                  GuestBuffer plaintext) -> GuestResult {
    const KeyAlgorithm algorithm = TRY(key_algorithm(number, KeyKind::kAead));
    if (sealed.view().size() < kAeadTagBytes) {
      return std::unexpected(guest_error(ErrorCode::kGuestNotAuthentic));
    }
    const auto room = TRY(room_for(plaintext, sealed.view().size() - kAeadTagBytes));
    TRY(pay(call, KeyWork::kSeal, algorithm, sealed.view().size() + associated.view().size()));
    TRY(for_guest(aead_open_into(algorithm, key.view(), nonce.view(), associated.view(),
                                 sealed.view(), room)));
    return static_cast<std::int32_t>(room.size());
  });
}

}  // namespace synapsed::crypto
