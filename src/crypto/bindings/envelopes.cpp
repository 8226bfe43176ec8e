// Envelopes, at once and in parts.

#include <algorithm>

#include "crypto/bindings/bindings.hpp"

namespace synapsed::crypto {
namespace {

constexpr KeyAlgorithm kAead = KeyAlgorithm::kAes256Gcm;

Result<SecretKey> opening_key(std::uint32_t number, ByteSpan raw) {
  return for_guest(SecretKey::from_raw(TRY(key_algorithm(number, KeyKind::kKem)), raw));
}

Result<void> pay_envelope(CallContext& call, KeyWork work, std::uint32_t number, std::size_t bytes) {
  const auto algorithm = static_cast<KeyAlgorithm>(number);
  TRY(work == KeyWork::kDecapsulate ? pay_with_raw_key(call, work, algorithm)
                                    : pay(call, work, algorithm));
  return pay(call, KeyWork::kSeal, kAead, bytes);
}

GuestResult seal_all(CallContext& call, const Options& options, std::uint32_t number,
                     ByteSpan public_key, const EnvelopeOptions& known, ByteSpan plaintext,
                     const GuestBuffer& envelope) {
  const KeyAlgorithm algorithm = TRY(key_algorithm(number, KeyKind::kKem));
  TRY(room_for(envelope, envelope_bytes(algorithm, plaintext.size())));
  Entropy* entropy = TRY(secret_entropy(call, options));
  TRY(pay_envelope(call, KeyWork::kEncapsulate, number, plaintext.size()));
  const PublicKey key = TRY(for_guest(PublicKey::from_raw(algorithm, public_key)));
  return give(envelope, TRY(for_guest(seal_envelope(key, plaintext, known, *entropy))));
}

GuestResult begin_sealing(CallContext& call, const Options& options, std::uint32_t number,
                          ByteSpan public_key, const EnvelopeOptions& known,
                          const GuestBuffer& header) {
  const KeyAlgorithm algorithm = TRY(key_algorithm(number, KeyKind::kKem));
  TRY(room_for(header, envelope_header_bytes(algorithm)));
  Entropy* entropy = TRY(secret_entropy(call, options));
  TRY(pay_envelope(call, KeyWork::kEncapsulate, number, 0));
  const PublicKey key = TRY(for_guest(PublicKey::from_raw(algorithm, public_key)));
  EnvelopeSealer sealer = TRY(for_guest(EnvelopeSealer::create(key, known, *entropy)));
  TRY(give(header, sealer.header()));
  return objects_of(call, options).add(EnvelopeSealing{std::move(sealer)});
}

GuestResult next_part(CallContext& call, const Options& options, std::uint32_t number,
                      ByteSpan part, bool is_last, const GuestBuffer& output) {
  OpenObjects& objects = objects_of(call, options);
  TRY(pay(call, KeyWork::kSeal, kAead, part.size()));
  GuestResult given = 0;
  if (const auto sealing = objects.find<EnvelopeSealing>(number)) {
    TRY(room_for(output, part.size() + kAeadTagBytes));
    given = give(output, TRY(for_guest((*sealing)->sealer.next(part, is_last))));
  } else {
    EnvelopeOpening& opening = *TRY(objects.find<EnvelopeOpening>(number));
    TRY(room_for(output, part.size() - std::min(part.size(), kAeadTagBytes)));
    given = give(output, TRY(for_guest(opening.opener.next(part, is_last))).view());
  }
  if (is_last) objects.close(number);
  return given;
}

}  // namespace

void define_envelopes(const Bindings& bindings) {
  const Options options = bindings.options();
  bindings.define("envelope_seal", [options](CallContext& call, std::uint32_t algorithm,
                                             GuestBytes public_key, GuestBytes context,
                                             GuestBytes associated, GuestBytes plaintext,
                                             GuestBuffer envelope) {
    return seal_all(call, options, algorithm, public_key.view(),
                    {.context = context.view(), .associated = associated.view()},
                    plaintext.view(), envelope);
  });
  bindings.define("envelope_open", [](CallContext& call, std::uint32_t algorithm,
                                      GuestBytes secret_key, GuestBytes context,
                                      GuestBytes associated, GuestBytes envelope,
                                      GuestBuffer plaintext) -> GuestResult {
    const SecretKey key = TRY(opening_key(algorithm, secret_key.view()));
    TRY(pay_envelope(call, KeyWork::kDecapsulate, algorithm, envelope.view().size()));
    return give(plaintext, TRY(for_guest(open_envelope(key, envelope.view(),
                                                       {.context = context.view(),
                                                        .associated = associated.view()})))
                               .view());
  });
  bindings.define("envelope_seal_begin", [options](CallContext& call, std::uint32_t algorithm,
                                                   GuestBytes public_key, GuestBytes context,
                                                   GuestBytes associated, GuestBuffer header) {
    return begin_sealing(call, options, algorithm, public_key.view(),
                         {.context = context.view(), .associated = associated.view()}, header);
  });
  bindings.define("envelope_open_begin", [options](CallContext& call, std::uint32_t algorithm,
                                                   GuestBytes secret_key, GuestBytes context,
                                                   GuestBytes associated,
                                                   GuestBytes header) -> GuestResult {
    const SecretKey key = TRY(opening_key(algorithm, secret_key.view()));
    TRY(pay_envelope(call, KeyWork::kDecapsulate, algorithm, 0));
    EnvelopeOpener opener = TRY(for_guest(EnvelopeOpener::create(
        key, header.view(), {.context = context.view(), .associated = associated.view()})));
    return objects_of(call, options).add(EnvelopeOpening{std::move(opener)});
  });
  bindings.define("envelope_next", [options](CallContext& call, std::uint32_t stream,
                                             GuestBytes part, std::uint32_t is_last,
                                             GuestBuffer output) {
    return next_part(call, options, stream, part.view(), is_last != 0, output);
  });
  bindings.define("envelope_close", [options](CallContext& call,
                                              std::uint32_t number) -> GuestResult {
    OpenObjects& objects = objects_of(call, options);
    if (!objects.find<EnvelopeSealing>(number)) TRY(objects.find<EnvelopeOpening>(number));
    objects.close(number);
    return 0;
  });
}

}  // namespace synapsed::crypto
