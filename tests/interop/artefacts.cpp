// Exchanges artefacts with other implementations of cryptography: makes some, and checks theirs.
//
//     crypto_artefacts make > ours.json
//     crypto_artefacts check theirs.json
//
// An artefact is an object: "kind", "algorithm" (our name), and values in hexadecimal.
//
// | kind | values |
// |---|---|
// | signature | public_key, message, context, signature |
// | kem | secret_key, ciphertext, shared_secret |
// | envelope | secret_key, context, associated, plaintext, envelope |
// | aead | key, nonce, associated, plaintext, sealed |
// | hash | message, digest |
// | keypair | secret_key, public_key |

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <functional>
#include <iostream>
#include <map>
#include <string>

#include <nlohmann/json.hpp>
#include <synapsed/crypto.hpp>

#include "base/hex.hpp"

namespace {

using synapsed::Bytes;
using synapsed::Result;
using synapsed::to_hex;
using Json = nlohmann::json;
namespace crypto = synapsed::crypto;

template <typename T>
T must(Result<T> result) {
  if (!result) {
    std::fprintf(stderr, "%s\n", result.error().to_string().c_str());
    std::exit(1);
  }
  return std::move(*result);
}

Bytes hex(const Json& artefact, const char* key) {
  return synapsed::from_hex(artefact.value(key, std::string())).value();
}

const Bytes kMessage = hex({{"m", "53796e6170736564"}}, "m");
const Bytes kContext = hex({{"c", "746573740001"}}, "c");

bool takes_context(crypto::KeyAlgorithm algorithm) {
  using enum crypto::KeyAlgorithm;
  return algorithm != kEd25519 && algorithm != kEcdsaP256 && algorithm != kEcdsaSecp256k1 &&
         algorithm != kSr25519;  // others know Substrate's alone
}

// --- Making. ---

Json signature_of(const crypto::KeyTraits& traits) {
  const auto pair = must(crypto::generate_keypair(traits.algorithm));
  const Bytes context = takes_context(traits.algorithm) ? kContext : Bytes();
  const Bytes signature =
      must(crypto::sign(pair.secret_key, kMessage, {.context = context}));
  return {{"kind", "signature"},
          {"algorithm", traits.name},
          {"public_key", to_hex(pair.public_key.to_raw())},
          {"message", to_hex(kMessage)},
          {"context", to_hex(context)},
          {"signature", to_hex(signature)}};
}

Json keypair_of(const crypto::KeyTraits& traits) {
  const auto pair = must(crypto::generate_keypair(traits.algorithm));
  return {{"kind", "keypair"},
          {"algorithm", traits.name},
          {"secret_key", to_hex(pair.secret_key.to_raw().view())},
          {"public_key", to_hex(pair.public_key.to_raw())}};
}

Json kem_of(const crypto::KeyTraits& traits) {
  const auto pair = must(crypto::generate_keypair(traits.algorithm));
  const auto made = must(crypto::encapsulate(pair.public_key));
  return {{"kind", "kem"},
          {"algorithm", traits.name},
          {"secret_key", to_hex(pair.secret_key.to_raw().view())},
          {"public_key", to_hex(pair.public_key.to_raw())},
          {"ciphertext", to_hex(made.ciphertext)},
          {"shared_secret", to_hex(made.shared_secret.view())}};
}

Json envelope_of(const crypto::KeyTraits& traits, std::size_t size) {
  const auto pair = must(crypto::generate_keypair(traits.algorithm));
  Bytes plaintext(size);
  for (std::size_t i = 0; i < size; ++i) plaintext[i] = static_cast<std::byte>(i);
  const Bytes envelope = must(crypto::seal_envelope(
      pair.public_key, plaintext, {.context = kContext, .associated = kMessage}));
  return {{"kind", "envelope"},
          {"algorithm", traits.name},
          {"secret_key", to_hex(pair.secret_key.to_raw().view())},
          {"public_key", to_hex(pair.public_key.to_raw())},
          {"context", to_hex(kContext)},
          {"associated", to_hex(kMessage)},
          {"plaintext", to_hex(plaintext)},
          {"envelope", to_hex(envelope)}};
}

Json aead_of(const crypto::KeyTraits& traits) {
  const Bytes key = must(crypto::random_bytes(traits.secret_bytes));
  const Bytes nonce = must(crypto::random_bytes(crypto::kAeadNonceBytes));
  const auto aead = must(crypto::Aead::create(traits.algorithm, key));
  return {{"kind", "aead"},
          {"algorithm", traits.name},
          {"key", to_hex(key)},
          {"nonce", to_hex(nonce)},
          {"associated", to_hex(kContext)},
          {"plaintext", to_hex(kMessage)},
          {"sealed", to_hex(must(aead.seal(nonce, kContext, kMessage)))}};
}

Json hash_of(const crypto::HashTraits& traits) {
  return {{"kind", "hash"},
          {"algorithm", traits.name},
          {"message", to_hex(kMessage)},
          {"digest", to_hex(must(crypto::hash(traits.algorithm, kMessage)))}};
}

int make() {
  Json all = Json::array();
  for (const auto& traits : crypto::hash_algorithms()) all.push_back(hash_of(traits));
  for (const auto& traits : crypto::key_algorithms()) {
    switch (traits.kind) {
      case crypto::KeyKind::kAead: all.push_back(aead_of(traits)); break;
      case crypto::KeyKind::kMac: break;
      case crypto::KeyKind::kKem:
        all.push_back(keypair_of(traits));
        all.push_back(kem_of(traits));
        for (const std::size_t size : {std::size_t{0}, std::size_t{5}, std::size_t{65536},
                                       std::size_t{65537}}) {
          all.push_back(envelope_of(traits, size));
        }
        break;
      case crypto::KeyKind::kSignature:
        all.push_back(keypair_of(traits));
        all.push_back(signature_of(traits));
        break;
    }
  }
  std::cout << all.dump(1) << '\n';
  return 0;
}

// --- Checking. Each says whether the artefact is what it says it is. ---

crypto::KeyAlgorithm key_algorithm(const Json& artefact) {
  return crypto::find_key_algorithm(artefact["algorithm"].get<std::string>()).value();
}

bool check_signature(const Json& artefact) {
  const auto key =
      must(crypto::PublicKey::from_raw(key_algorithm(artefact), hex(artefact, "public_key")));
  const Bytes context = hex(artefact, "context");
  Bytes message = hex(artefact, "message");
  const Bytes signature = hex(artefact, "signature");
  const bool is_genuine = crypto::verify(key, message, signature, context).has_value();
  message.push_back(std::byte{0});
  return is_genuine && !crypto::verify(key, message, signature, context);
}

bool check_kem(const Json& artefact) {
  const auto key =
      must(crypto::SecretKey::from_raw(key_algorithm(artefact), hex(artefact, "secret_key")));
  const auto shared = must(crypto::decapsulate(key, hex(artefact, "ciphertext")));
  return std::ranges::equal(shared.view(), hex(artefact, "shared_secret"));
}

bool check_envelope(const Json& artefact) {
  const auto key =
      must(crypto::SecretKey::from_raw(key_algorithm(artefact), hex(artefact, "secret_key")));
  const Bytes context = hex(artefact, "context");
  const Bytes associated = hex(artefact, "associated");
  const auto plaintext = must(crypto::open_envelope(
      key, hex(artefact, "envelope"), {.context = context, .associated = associated}));
  return std::ranges::equal(plaintext.view(), hex(artefact, "plaintext"));
}

bool check_aead(const Json& artefact) {
  const auto aead = must(crypto::Aead::create(key_algorithm(artefact), hex(artefact, "key")));
  const auto plaintext =
      must(aead.open(hex(artefact, "nonce"), hex(artefact, "associated"), hex(artefact, "sealed")));
  return std::ranges::equal(plaintext.view(), hex(artefact, "plaintext"));
}

bool check_hash(const Json& artefact) {
  const auto algorithm =
      crypto::find_hash_algorithm(artefact["algorithm"].get<std::string>()).value();
  return must(crypto::hash(algorithm, hex(artefact, "message"))) == hex(artefact, "digest");
}

bool check_keypair(const Json& artefact) {
  const auto key =
      must(crypto::SecretKey::from_raw(key_algorithm(artefact), hex(artefact, "secret_key")));
  return must(key.public_key()).to_raw() == hex(artefact, "public_key");
}

int check(const char* file) {
  const std::map<std::string, std::function<bool(const Json&)>> checks{
      {"signature", check_signature}, {"kem", check_kem},   {"envelope", check_envelope},
      {"aead", check_aead},           {"hash", check_hash}, {"keypair", check_keypair}};
  int wrong = 0;
  std::map<std::string, int> counts;
  for (const Json& artefact : Json::parse(std::ifstream(file))) {
    const std::string kind = artefact["kind"];
    ++counts[kind];
    if (checks.at(kind)(artefact)) continue;
    ++wrong;
    std::printf("wrong: %s of %s\n", kind.c_str(), artefact["algorithm"].get<std::string>().c_str());
  }
  for (const auto& [kind, count] : counts) std::printf("%s: %d\n", kind.c_str(), count);
  return wrong == 0 && !counts.empty() ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc == 2 && std::string_view(argv[1]) == "make") return make();
  if (argc == 3 && std::string_view(argv[1]) == "check") return check(argv[2]);
  std::fprintf(stderr, "usage: crypto_artefacts make | check FILE\n");
  return 2;
}
