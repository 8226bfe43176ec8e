// Keys that stay with the host: guests have numbers for them. What a key may be used for, and by
// whom, is looked at here, once for each use.

#include <algorithm>

#include "crypto/bindings/bindings.hpp"
#include "crypto/sealed_message.hpp"

namespace synapsed::crypto {
namespace {

constexpr std::uint32_t kUsesAll = 63;
constexpr std::size_t kWrappedHeadBytes = 5;

GuestResult refused(ErrorCode code) { return std::unexpected(guest_error(code)); }

/// An open key that may be used so. Errors: the guest's `not_found`, `denied`.
Result<OpenKey*> key_for(CallContext& call, const Options& options, std::uint32_t number,
                         KeyUse use) {
  OpenKey* key = TRY(objects_of(call, options).find<OpenKey>(number));
  if (!allows(key->uses, use)) return std::unexpected(guest_error(ErrorCode::kGuestDenied));
  return key;
}

/// Also of one of these kinds. Error: the guest's `invalid_argument`.
Result<OpenKey*> key_for(CallContext& call, const Options& options, std::uint32_t number,
                         KeyUse use, std::initializer_list<KeyKind> kinds) {
  OpenKey* key = TRY(key_for(call, options, number, use));
  const KeyKind kind = traits_of(key->newest().info.algorithm).kind;
  if (std::ranges::find(kinds, kind) == kinds.end()) {
    return std::unexpected(guest_error(ErrorCode::kGuestInvalidArgument));
  }
  return key;
}

GuestResult open_new(CallContext& call, const Options& options, SecretKey key, KeyUse uses) {
  KeyInfo info;
  info.algorithm = key.algorithm();
  info.policy.uses = uses;
  if (traits_of(key.algorithm()).public_bytes != 0) {
    info.public_key = TRY(for_guest(key.public_key()));
  }
  OpenKey opened{.versions = {}, .uses = uses};
  opened.versions.push_back(std::make_shared<const StoredKey>(std::move(info), std::move(key)));
  return objects_of(call, options).add(std::move(opened));
}

KeyName name_in(const CallContext& call, std::string_view name) {
  return {.tenant = std::string(call.tenant()), .name = std::string(name)};
}

bool may_use(const KeyPolicy& policy, std::string_view module) {
  return std::ranges::any_of(policy.modules, [&](const std::string& allowed) {
    return allowed == "*" || allowed == module;
  });
}

GuestResult open_named(CallContext& call, const Options& options, std::string_view name) {
  if (options->keys == nullptr) return refused(ErrorCode::kGuestNotFound);
  auto versions = TRY(for_guest(options->keys->find_versions(name_in(call, name))));
  const KeyPolicy& policy = versions.front()->info.policy;
  if (!may_use(policy, call.module())) return refused(ErrorCode::kGuestDenied);
  const KeyUse uses = policy.uses;
  return objects_of(call, options).add(OpenKey{std::move(versions), uses});
}

GuestResult save(CallContext& call, const Options& options, std::uint32_t number,
                 std::string_view name) {
  const OpenKey& key = *TRY(objects_of(call, options).find<OpenKey>(number));
  if (options->keys == nullptr) return refused(ErrorCode::kGuestUnavailable);
  if (call.is_dry_run()) return 0;
  const SecretBytes raw = key.newest().key.to_raw();
  SecretKey copy = TRY(for_guest(SecretKey::from_raw(key.newest().info.algorithm, raw.view())));
  TRY(for_guest(options->keys->add(name_in(call, name), std::move(copy),
                                   {.uses = key.uses, .modules = {std::string(call.module())}})));
  return 0;
}

// --- Using keys. ---

GuestResult sign_with(CallContext& call, const Options& options, std::uint32_t number,
                      ByteSpan message, ByteSpan context, const GuestBuffer& signature) {
  const OpenKey& key = *TRY(
      key_for(call, options, number, KeyUse::kSign, {KeyKind::kSignature, KeyKind::kMac}));
  const KeyAlgorithm algorithm = key.newest().info.algorithm;
  const auto room = TRY(room_for(signature, traits_of(algorithm).output_bytes));
  TRY(pay(call, KeyWork::kSign, algorithm, message.size()));
  TRY(for_guest(sign_into(key.newest().key, message, sign_options(call, options, context), room)));
  return static_cast<std::int32_t>(room.size());
}

Result<void> verify_one(const StoredKey& key, ByteSpan message, ByteSpan signature,
                        ByteSpan context) {
  if (key.info.public_key) return verify(*key.info.public_key, message, signature, context);
  const Bytes tag = TRY(sign(key.key, message));
  if (equal_in_constant_time(tag, signature)) return {};
  return std::unexpected(not_authentic());
}

/// By any version of the key.
GuestResult verify_with(CallContext& call, const Options& options, std::uint32_t number,
                        ByteSpan message, ByteSpan signature, ByteSpan context) {
  const OpenKey& key = *TRY(
      key_for(call, options, number, KeyUse::kVerify, {KeyKind::kSignature, KeyKind::kMac}));
  const KeyAlgorithm algorithm = key.newest().info.algorithm;
  const KeyWork work = traits_of(algorithm).kind == KeyKind::kMac ? KeyWork::kSign : KeyWork::kVerify;
  for (const auto& version : key.versions) {
    TRY(pay(call, work, algorithm, message.size()));
    const auto verified = verify_one(*version, message, signature, context);
    if (verified) return 0;
    if (verified.error().code() != ErrorCode::kCryptoNotAuthentic) {
      return std::unexpected(to_guest(verified.error()));
    }
  }
  return refused(ErrorCode::kGuestNotAuthentic);
}

GuestResult seal_with(CallContext& call, const Options& options, std::uint32_t number,
                      ByteSpan associated, ByteSpan plaintext, const GuestBuffer& sealed) {
  const OpenKey& key =
      *TRY(key_for(call, options, number, KeyUse::kEncrypt, {KeyKind::kAead}));
  const auto room = TRY(room_for(sealed, plaintext.size() + kSealedMessageBytes));
  Entropy* entropy = TRY(secret_entropy(call, options));
  TRY(pay(call, KeyWork::kSeal, key.newest().info.algorithm,
          room.size() + associated.size()));
  TRY(pay(call, HashWork::kHmac, HashAlgorithm::kSha256, 0));
  Bytes made(room.size());  // plaintext and room may overlap
  TRY(for_guest(seal_message(key.newest().key, key.newest().info.version, SealPurpose::kData,
                             associated, plaintext, made, *entropy)));
  std::ranges::copy(made, room.begin());
  return static_cast<std::int32_t>(room.size());
}

/// The version that sealed a message. Error: the guest's `not_authentic` when there is none such.
Result<const StoredKey*> version_of(const OpenKey& key, ByteSpan sealed) {
  const std::uint32_t version = TRY(for_guest(sealed_version(sealed)));
  for (const auto& candidate : key.versions) {
    if (candidate->info.version == version) return candidate.get();
  }
  return std::unexpected(guest_error(ErrorCode::kGuestNotAuthentic));
}

Result<SecretBytes> open_with(CallContext& call, const OpenKey& key, SealPurpose purpose,
                              ByteSpan associated, ByteSpan sealed) {
  const StoredKey* version = TRY(version_of(key, sealed));
  TRY(pay(call, KeyWork::kSeal, version->info.algorithm,
          sealed.size() + associated.size()));
  TRY(pay(call, HashWork::kHmac, HashAlgorithm::kSha256, 0));
  SecretBytes plaintext(sealed.size() - kSealedMessageBytes);
  TRY(for_guest(open_message(version->key, purpose, associated, sealed, plaintext.bytes())));
  return plaintext;
}

GuestResult unseal_with(CallContext& call, const Options& options, std::uint32_t number,
                        ByteSpan associated, ByteSpan sealed, const GuestBuffer& plaintext) {
  const OpenKey& key =
      *TRY(key_for(call, options, number, KeyUse::kDecrypt, {KeyKind::kAead}));
  TRY(room_for(plaintext, sealed.size() - std::min(sealed.size(), kSealedMessageBytes)));
  const SecretBytes opened = TRY(open_with(call, key, SealPurpose::kData, associated, sealed));
  return give(plaintext, opened.view());
}

/// With the newest version that opens it.
GuestResult open_envelope_with(CallContext& call, const Options& options, std::uint32_t number,
                               const EnvelopeOptions& known, ByteSpan envelope,
                               const GuestBuffer& plaintext) {
  const OpenKey& key = *TRY(key_for(call, options, number, KeyUse::kDecrypt, {KeyKind::kKem}));
  const KeyAlgorithm algorithm = key.newest().info.algorithm;
  for (const auto& version : key.versions) {
    TRY(pay(call, KeyWork::kDecapsulate, algorithm));
    TRY(pay(call, KeyWork::kSeal, KeyAlgorithm::kAes256Gcm, envelope.size()));
    auto opened = open_envelope(version->key, envelope, known);
    if (opened) return give(plaintext, opened->view());
    if (opened.error().code() != ErrorCode::kCryptoNotAuthentic) {
      return std::unexpected(to_guest(opened.error()));
    }
  }
  return refused(ErrorCode::kGuestNotAuthentic);
}

// --- Wrapped keys. ---

/// Who could read what the wrapping key encrypts must not get keys that way.
Result<OpenKey*> wrapping_key(CallContext& call, const Options& options, std::uint32_t number) {
  OpenKey* key = TRY(key_for(call, options, number, KeyUse::kWrap, {KeyKind::kAead}));
  if (allows(key->uses, KeyUse::kExport)) {
    return std::unexpected(guest_error(ErrorCode::kGuestDenied));
  }
  return key;
}

GuestResult wrap(CallContext& call, const Options& options, std::uint32_t wrapping,
                 std::uint32_t number, const GuestBuffer& wrapped) {
  const OpenKey& by = *TRY(wrapping_key(call, options, wrapping));
  const OpenKey& key = *TRY(objects_of(call, options).find<OpenKey>(number));
  Entropy* entropy = TRY(secret_entropy(call, options));
  const SecretBytes raw = key.newest().key.to_raw();
  SecretBytes plaintext(kWrappedHeadBytes + raw.size());
  const auto bytes = plaintext.bytes();
  const auto uses = static_cast<std::uint32_t>(key.uses);
  bytes[0] = static_cast<std::byte>(key.newest().info.algorithm);
  for (std::size_t i = 0; i < 4; ++i) bytes[1 + i] = static_cast<std::byte>(uses >> (24 - 8 * i));
  std::ranges::copy(raw.view(), bytes.begin() + kWrappedHeadBytes);
  const auto room = TRY(room_for(wrapped, plaintext.size() + kSealedMessageBytes));
  TRY(pay(call, KeyWork::kSeal, by.newest().info.algorithm, room.size()));
  TRY(pay(call, HashWork::kHmac, HashAlgorithm::kSha256, 0));
  TRY(for_guest(seal_message(by.newest().key, by.newest().info.version, SealPurpose::kWrappedKey,
                             {}, plaintext.view(), room, *entropy)));
  return static_cast<std::int32_t>(room.size());
}

GuestResult unwrap(CallContext& call, const Options& options, std::uint32_t wrapping,
                   ByteSpan wrapped) {
  const OpenKey& by = *TRY(wrapping_key(call, options, wrapping));
  const SecretBytes opened = TRY(open_with(call, by, SealPurpose::kWrappedKey, {}, wrapped));
  const ByteSpan bytes = opened.view();
  if (bytes.size() < kWrappedHeadBytes) return refused(ErrorCode::kGuestNotAuthentic);
  const KeyAlgorithm algorithm = TRY(key_algorithm(static_cast<std::uint32_t>(bytes[0])));
  std::uint32_t uses = 0;
  for (const std::byte byte : bytes.subspan(1, 4)) {
    uses = uses << 8 | static_cast<std::uint32_t>(byte);
  }
  TRY(pay(call, OtherWork::kEncode));
  SecretKey key =
      TRY(for_guest(SecretKey::from_raw(algorithm, bytes.subspan(kWrappedHeadBytes))));
  return open_new(call, options, std::move(key), static_cast<KeyUse>(uses & kUsesAll));
}

}  // namespace

void define_handles(const Bindings& bindings) {
  const Options options = bindings.options();
  bindings.define("key_generate", [options](CallContext& call, std::uint32_t number,
                                            std::uint32_t uses) -> GuestResult {
    const KeyAlgorithm algorithm = TRY(key_algorithm(number));
    if ((uses & ~kUsesAll) != 0) return refused(ErrorCode::kGuestInvalidArgument);
    Entropy* entropy = TRY(secret_entropy(call, options));
    TRY(pay(call, KeyWork::kGenerate, algorithm));
    SecretKey key = TRY(for_guest(SecretKey::generate(algorithm, *entropy)));
    return open_new(call, options, std::move(key), static_cast<KeyUse>(uses));
  });
  bindings.define("key_open", [options](CallContext& call, GuestString name) -> GuestResult {
    TRY(pay(call, OtherWork::kKeyStore));
    return open_named(call, options, name.view());
  });
  bindings.define("key_algorithm", [options](CallContext& call,
                                             std::uint32_t number) -> GuestResult {
    const OpenKey& key = *TRY(objects_of(call, options).find<OpenKey>(number));
    return static_cast<std::int32_t>(key.newest().info.algorithm);
  });
  bindings.define("key_uses", [options](CallContext& call, std::uint32_t number) -> GuestResult {
    return static_cast<std::int32_t>(TRY(objects_of(call, options).find<OpenKey>(number))->uses);
  });
  bindings.define("key_public", [options](CallContext& call, std::uint32_t number,
                                          GuestBuffer public_key) -> GuestResult {
    const OpenKey& key = *TRY(objects_of(call, options).find<OpenKey>(number));
    const auto& known = key.newest().info.public_key;
    if (!known) return refused(ErrorCode::kGuestInvalidArgument);
    return give(public_key, known->to_raw());
  });
  bindings.define("key_sign", [options](CallContext& call, std::uint32_t key, GuestBytes message,
                                        GuestBytes context, GuestBuffer signature) {
    return sign_with(call, options, key, message.view(), context.view(), signature);
  });
  bindings.define("key_verify", [options](CallContext& call, std::uint32_t key, GuestBytes message,
                                          GuestBytes signature, GuestBytes context) {
    return verify_with(call, options, key, message.view(), signature.view(), context.view());
  });
  bindings.define("key_decapsulate", [options](CallContext& call, std::uint32_t number,
                                               GuestBytes ciphertext,
                                               GuestBuffer shared_secret) -> GuestResult {
    const OpenKey& key =
        *TRY(key_for(call, options, number, KeyUse::kDecrypt, {KeyKind::kKem}));
    TRY(room_for(shared_secret, kSharedSecretBytes));
    TRY(pay(call, KeyWork::kDecapsulate, key.newest().info.algorithm));
    const SecretBytes shared =
        TRY(for_guest(decapsulate(key.newest().key, ciphertext.view())));
    return give(shared_secret, shared.view());
  });
  bindings.define("key_seal", [options](CallContext& call, std::uint32_t key,
                                        GuestBytes associated, GuestBytes plaintext,
                                        GuestBuffer sealed) {
    return seal_with(call, options, key, associated.view(), plaintext.view(), sealed);
  });
  bindings.define("key_unseal", [options](CallContext& call, std::uint32_t key,
                                          GuestBytes associated, GuestBytes sealed,
                                          GuestBuffer plaintext) {
    return unseal_with(call, options, key, associated.view(), sealed.view(), plaintext);
  });
  bindings.define("key_envelope_open", [options](CallContext& call, std::uint32_t key,
                                                 GuestBytes context, GuestBytes associated,
                                                 GuestBytes envelope, GuestBuffer plaintext) {
    return open_envelope_with(call, options, key,
                              {.context = context.view(), .associated = associated.view()},
                              envelope.view(), plaintext);
  });
  bindings.define("key_envelope_open_begin", [options](CallContext& call, std::uint32_t number,
                                                       GuestBytes context, GuestBytes associated,
                                                       GuestBytes header) -> GuestResult {
    const OpenKey& key =
        *TRY(key_for(call, options, number, KeyUse::kDecrypt, {KeyKind::kKem}));
    TRY(pay(call, KeyWork::kDecapsulate, key.newest().info.algorithm));
    EnvelopeOpener opener = TRY(for_guest(EnvelopeOpener::create(
        key.newest().key, header.view(),
        {.context = context.view(), .associated = associated.view()})));
    return objects_of(call, options).add(EnvelopeOpening{std::move(opener)});
  });
  bindings.define("key_wrap", [options](CallContext& call, std::uint32_t wrapping,
                                        std::uint32_t key, GuestBuffer wrapped) {
    return wrap(call, options, wrapping, key, wrapped);
  });
  bindings.define("key_unwrap", [options](CallContext& call, std::uint32_t wrapping,
                                          GuestBytes wrapped) {
    return unwrap(call, options, wrapping, wrapped.view());
  });
  bindings.define("key_export", [options](CallContext& call, std::uint32_t number,
                                          GuestBuffer secret_key) -> GuestResult {
    const OpenKey& key = *TRY(key_for(call, options, number, KeyUse::kExport));
    return give(secret_key, key.newest().key.to_raw().view());
  });
  bindings.define("key_save", [options](CallContext& call, std::uint32_t key,
                                        GuestString name) -> GuestResult {
    TRY(pay(call, OtherWork::kKeyStore));
    return save(call, options, key, name.view());
  });
  bindings.define("key_close", [options](CallContext& call, std::uint32_t number) -> GuestResult {
    OpenObjects& objects = objects_of(call, options);
    TRY(objects.find<OpenKey>(number));
    objects.close(number);
    return 0;
  });
}

}  // namespace synapsed::crypto
