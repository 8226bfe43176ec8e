#pragma once

/// \file
/// What the crypto host functions have in common: the table's rows, errors that guests get, prices,
/// random bytes, and the streams and keys that an execution has open.
///
/// A function's three beats: the typed binding checks spans, `pay` takes gas for the work, then it
/// acts. Thread rule: that of host functions.

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <synapsed/crypto_envelope.hpp>
#include <synapsed/crypto_host.hpp>

#include "base/try.hpp"
#include "crypto/bindings/prices.hpp"
#include "crypto/key_material.hpp"
#include "host/call_context.hpp"
#include "host/open_objects.hpp"

namespace synapsed::crypto {

/// The error that a guest gets for one of crypto's; others end it.
[[nodiscard]] Error to_guest(const Error& error);

/// `TRY` for results whose errors the guest may handle.
template <typename T>
Result<T> for_guest(Result<T> result) {
  if (!result) return std::unexpected(to_guest(result.error()));
  return result;
}

// --- Arguments. Error: the guest's `invalid_argument`. ---

[[nodiscard]] Result<HashAlgorithm> hash_algorithm(std::uint32_t number);
[[nodiscard]] Result<KeyAlgorithm> key_algorithm(std::uint32_t number);
[[nodiscard]] Result<KeyAlgorithm> key_algorithm(std::uint32_t number, KeyKind kind);

// --- What an execution has open. ---

struct DigestStream {
  Hasher hasher;
  HashWork work;  ///< what bytes are paid as
  HashAlgorithm algorithm;
};
struct EnvelopeSealing {
  EnvelopeSealer sealer;
};
struct EnvelopeOpening {
  EnvelopeOpener opener;
};
/// A key that stays with the host, all its versions, newest first.
struct OpenKey {
  std::vector<std::shared_ptr<const StoredKey>> versions;
  KeyUse uses;

  [[nodiscard]] const StoredKey& newest() const { return *versions.front(); }
};

/// The objects of one execution.
class OpenObjects final
    : public ExecutionState,
      public synapsed::OpenObjects<DigestStream, EnvelopeSealing, EnvelopeOpening, OpenKey> {
 public:
  using synapsed::OpenObjects<DigestStream, EnvelopeSealing, EnvelopeOpening, OpenKey>::OpenObjects;
};

/// The functions' options, and what follows from them for a call.
class Bindings {
 public:
  Bindings(CryptoHostOptions options, NamedHostFunctions& functions)
      : options_(std::make_shared<const CryptoHostOptions>(std::move(options))),
        functions_(functions) {}

  /// Defines the function `name` of the table.
  template <typename F>
  void define(std::string_view name, F function) const {
    functions_.emplace_back(
        name, HostFunctions::make(std::string(module()), std::string(name), std::move(function),
                                  options_of(name)));
  }

  /// What functions keep of the options.
  [[nodiscard]] std::shared_ptr<const CryptoHostOptions> options() const { return options_; }

 private:
  [[nodiscard]] static std::string_view module();
  [[nodiscard]] static HostFunctionOptions options_of(std::string_view name);

  std::shared_ptr<const CryptoHostOptions> options_;
  NamedHostFunctions& functions_;
};

using Options = std::shared_ptr<const CryptoHostOptions>;

[[nodiscard]] OpenObjects& objects_of(CallContext& call, const Options& options);

/// Takes gas for work on so many bytes. Error: `limit.out_of_gas`, which ends the guest.
[[nodiscard]] inline Result<void> pay(CallContext& call, HashWork work, HashAlgorithm algorithm,
                                      std::uint64_t bytes = 0) {
  return call.charge(price_of(work, algorithm, bytes));
}
[[nodiscard]] inline Result<void> pay(CallContext& call, KeyWork work, KeyAlgorithm algorithm,
                                      std::uint64_t bytes = 0) {
  return call.charge(price_of(work, algorithm, bytes));
}
[[nodiscard]] inline Result<void> pay(CallContext& call, OtherWork work, std::uint64_t bytes = 0) {
  return call.charge(price_of(work, bytes));
}

/// The same with a raw secret key, which takes as long to read as to make.
[[nodiscard]] inline Result<void> pay_with_raw_key(CallContext& call, KeyWork work,
                                                   KeyAlgorithm algorithm,
                                                   std::uint64_t bytes = 0) {
  return call.charge(price_of(KeyWork::kGenerate, algorithm) + price_of(work, algorithm, bytes));
}

/// Whether the execution's chance is decided beforehand.
[[nodiscard]] bool is_deterministic(const CallContext& call);
/// For what must be secret. Error: the guest's `denied` where it would not be.
[[nodiscard]] Result<Entropy*> secret_entropy(const CallContext& call, const Options& options);
[[nodiscard]] SignOptions sign_options(const CallContext& call, const Options& options,
                                       ByteSpan context);

// --- The functions, by subject. ---

void define_digests(const Bindings& bindings);
void define_ciphers(const Bindings& bindings);
void define_keys(const Bindings& bindings);
void define_signatures(const Bindings& bindings);
void define_encodings(const Bindings& bindings);
void define_envelopes(const Bindings& bindings);
void define_handles(const Bindings& bindings);

}  // namespace synapsed::crypto
