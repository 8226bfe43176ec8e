#include "crypto/bindings/bindings.hpp"

#include <algorithm>
#include <array>

#include "host/first_party.hpp"

namespace synapsed::crypto {
namespace {

#define SYNAPSED_FIRST_PARTY(name, type, base, per_byte, capability, description) \
  FirstPartyFunction{name, type, base, per_byte, capability, description},
constexpr std::array kFunctions{
#include "crypto/host_functions.def"
};
#undef SYNAPSED_FIRST_PARTY

constexpr std::array kTranslations{
    GuestTranslation{ErrorCode::kCryptoInvalidArgument, ErrorCode::kGuestInvalidArgument},
    GuestTranslation{ErrorCode::kCryptoUnsupported, ErrorCode::kGuestInvalidArgument},
    GuestTranslation{ErrorCode::kCryptoInvalidEnvelope, ErrorCode::kGuestInvalidArgument},
    GuestTranslation{ErrorCode::kCryptoInvalidKey, ErrorCode::kGuestInvalidKey},
    GuestTranslation{ErrorCode::kCryptoNotAuthentic, ErrorCode::kGuestNotAuthentic},
    GuestTranslation{ErrorCode::kCryptoKeyNotFound, ErrorCode::kGuestNotFound},
    GuestTranslation{ErrorCode::kCryptoKeyExists, ErrorCode::kGuestConflict},
    GuestTranslation{ErrorCode::kCryptoKeyDenied, ErrorCode::kGuestDenied},
    GuestTranslation{ErrorCode::kInvalidLimit, ErrorCode::kGuestExhausted},
    GuestTranslation{ErrorCode::kCryptoNoEntropy, ErrorCode::kGuestUnavailable},
    GuestTranslation{ErrorCode::kCryptoKeyFile, ErrorCode::kGuestUnavailable},
    GuestTranslation{ErrorCode::kCryptoMasterKey, ErrorCode::kGuestUnavailable},
    GuestTranslation{ErrorCode::kIo, ErrorCode::kGuestUnavailable},
};

}  // namespace

Error to_guest(const Error& error) { return translated(kTranslations, error); }

Result<HashAlgorithm> hash_algorithm(std::uint32_t number) {
  for (const HashTraits& traits : hash_algorithms()) {
    if (static_cast<std::uint32_t>(traits.algorithm) == number) return traits.algorithm;
  }
  return std::unexpected(guest_error(ErrorCode::kGuestInvalidArgument));
}

Result<KeyAlgorithm> key_algorithm(std::uint32_t number) {
  for (const KeyTraits& traits : key_algorithms()) {
    if (static_cast<std::uint32_t>(traits.algorithm) == number) return traits.algorithm;
  }
  return std::unexpected(guest_error(ErrorCode::kGuestInvalidArgument));
}

Result<KeyAlgorithm> key_algorithm(std::uint32_t number, KeyKind kind) {
  const KeyAlgorithm algorithm = TRY(key_algorithm(number));
  if (traits_of(algorithm).kind == kind) return algorithm;
  return std::unexpected(guest_error(ErrorCode::kGuestInvalidArgument));
}

std::string_view Bindings::module() { return SYNAPSED_FIRST_PARTY_MODULE; }

HostFunctionOptions Bindings::options_of(std::string_view name) {
  const auto row = std::ranges::find(kFunctions, name, &FirstPartyFunction::name);
  return {.description = std::string(row->description),
          .price = {.base = row->price_base, .per_byte = row->price_per_byte},
          .capability = std::string(row->capability)};
}

OpenObjects& objects_of(CallContext& call, const Options& options) {
  return CallContextAccess::scope(call).open_states()->get<OpenObjects>(
      options.get(), [&] { return std::make_unique<OpenObjects>(options->open_max); });
}

bool is_deterministic(const CallContext& call) {
  const ExecutionScope& scope = CallContextAccess::scope(call);
  return scope.is_deterministic || scope.random != nullptr;
}

Result<Entropy*> secret_entropy(const CallContext& call, const Options& options) {
  if (is_deterministic(call)) return std::unexpected(guest_error(ErrorCode::kGuestDenied));
  return options->entropy == nullptr ? &system_entropy() : options->entropy;
}

SignOptions sign_options(const CallContext& call, const Options& options, ByteSpan context) {
  return {.context = context,
          .is_deterministic = is_deterministic(call),
          .entropy = options->entropy};
}

NamedHostFunctions create_crypto_host_functions(CryptoHostOptions options) {
  NamedHostFunctions functions;
  const Bindings bindings(std::move(options), functions);
  define_digests(bindings);
  define_ciphers(bindings);
  define_keys(bindings);
  define_signatures(bindings);
  define_encodings(bindings);
  define_envelopes(bindings);
  define_handles(bindings);
  return functions;
}

}  // namespace synapsed::crypto
