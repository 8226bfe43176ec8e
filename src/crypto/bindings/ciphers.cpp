// Authenticated encryption with keys that the guest has.

#include <algorithm>

#include "crypto/bindings/bindings.hpp"

namespace synapsed::crypto {
namespace {

Result<Aead> aead_of(std::uint32_t number, ByteSpan key) {
  return for_guest(Aead::create(TRY(key_algorithm(number, KeyKind::kAead)), key));
}

}  // namespace

void define_ciphers(const Bindings& bindings) {
  bindings.define("aead_seal", [](CallContext& call, std::uint32_t number, GuestBytes key,
                                  GuestBytes nonce, GuestBytes associated, GuestBytes plaintext,
                                  GuestBuffer sealed) -> GuestResult {
    const Aead aead = TRY(aead_of(number, key.view()));
    const auto room = TRY(room_for(sealed, plaintext.view().size() + kAeadTagBytes));
    TRY(pay(call, Work::kSeal, name_of(static_cast<KeyAlgorithm>(number)),
            room.size() + associated.view().size()));
    TRY(for_guest(aead.seal_into(nonce.view(), associated.view(), plaintext.view(), room)));
    return static_cast<std::int32_t>(room.size());
  });
  bindings.define("aead_open", [](CallContext& call, std::uint32_t number, GuestBytes key,
                                  GuestBytes nonce, GuestBytes associated, GuestBytes sealed,
                                  GuestBuffer plaintext) -> GuestResult {
    const Aead aead = TRY(aead_of(number, key.view()));
    if (sealed.view().size() < kAeadTagBytes) {
      return std::unexpected(guest_error(ErrorCode::kGuestNotAuthentic));
    }
    const auto room = TRY(room_for(plaintext, sealed.view().size() - kAeadTagBytes));
    TRY(pay(call, Work::kSeal, name_of(static_cast<KeyAlgorithm>(number)),
            sealed.view().size() + associated.view().size()));
    TRY(for_guest(aead.open_into(nonce.view(), associated.view(), sealed.view(), room)));
    return static_cast<std::int32_t>(room.size());
  });
}

}  // namespace synapsed::crypto
