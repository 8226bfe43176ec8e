#include "tests/integration/crypto/guest_face.hpp"

#include <cstdlib>
#include <filesystem>

#include <synapsed/crypto_host.hpp>

#include "tests/support/results.hpp"

namespace synapsed::test {
namespace {

class GuestFace final : public CryptoFace {
 public:
  explicit GuestFace(const std::string& path) : runtime_(must(WasmRuntime::create(small_config()))) {
    for (auto& [name, function] :
         crypto::create_crypto_host_functions({.keys = nullptr, .entropy = &entropy_})) {
      runtime_.register_host_function(name, std::move(function));
    }
    module_ = must(runtime_.load_module_file(
        "crypto", path, ModuleMetadata{}.with_capability(std::string(crypto::kCryptoCapability))));
  }

  Answer aead_seal(KeyAlgorithm algorithm, const Bytes& key, const Bytes& nonce,
                   const Bytes& associated, const Bytes& plaintext) override {
    return ask("aead_seal", {number(algorithm), key, nonce, associated, plaintext});
  }
  Answer aead_open(KeyAlgorithm algorithm, const Bytes& key, const Bytes& nonce,
                   const Bytes& associated, const Bytes& sealed) override {
    return ask("aead_open", {number(algorithm), key, nonce, associated, sealed});
  }
  Answer hmac(HashAlgorithm algorithm, const Bytes& key, const Bytes& data) override {
    return ask("hmac", {number(algorithm), key, data});
  }
  Answer hkdf(HashAlgorithm algorithm, const Bytes& key, const Bytes& salt, const Bytes& info,
              std::size_t bytes) override {
    return ask("hkdf",
               {number(algorithm), key, salt, info, static_cast<std::uint32_t>(bytes)});
  }
  Answer derive_public(KeyAlgorithm algorithm, const Bytes& secret) override {
    return ask("derive_public_key", {number(algorithm), secret});
  }
  Answer sign(KeyAlgorithm algorithm, const Bytes& secret, const Bytes& message,
              const Bytes& context, const std::optional<Bytes>& random) override {
    if (random) entropy_.set(*random);
    return ask("sign", {number(algorithm), secret, message, context}, !random.has_value());
  }
  Answer sign_digest(KeyAlgorithm algorithm, const Bytes& secret, const Bytes& digest) override {
    return ask("sign_digest", {number(algorithm), secret, digest}, true);
  }
  bool verify(KeyAlgorithm algorithm, const Bytes& public_key, const Bytes& message,
              const Bytes& signature, const Bytes& context) override {
    const auto result = must(runtime_.execute_function(
        module_, "verify", {number(algorithm), public_key, message, signature, context}));
    return *result.values[0].get_if<std::int32_t>() == 0;
  }
  Answer ecdsa_from_der(const Bytes& der) override { return ask("ecdsa_from_der", {der}); }
  Answer decode_public(KeyAlgorithm algorithm, const Bytes& spki) override {
    return ask("decode_public_key", {number(algorithm), 1, spki});
  }
  Answer key_agreement(const Bytes& secret, const Bytes& public_key) override {
    return ask("key_agreement", {secret, public_key});
  }
  Answer decapsulate(KeyAlgorithm algorithm, const Bytes& secret,
                     const Bytes& ciphertext) override {
    return ask("decapsulate", {number(algorithm), secret, ciphertext});
  }
  Answer encapsulate(KeyAlgorithm algorithm, const Bytes& public_key,
                     const Bytes& random) override {
    entropy_.set(random);
    return ask("encapsulate", {number(algorithm), public_key});
  }

 private:
  template <typename Algorithm>
  static std::uint32_t number(Algorithm algorithm) {
    return static_cast<std::uint32_t>(algorithm);
  }
  /// What a `result<list<u8>, s32>` holds.
  Answer ask(std::string_view function, const std::vector<WasmValue>& arguments,
             bool is_deterministic = false) {
    ExecutionContext context;
    if (is_deterministic) context.with_random_seed({});
    const auto result = must(runtime_.execute_function(module_, function, arguments, context));
    const auto* answer = result.values[0].get_if<WasmRecord>();
    const WasmValue* bytes = answer->find("ok");
    return bytes == nullptr ? std::nullopt : Answer(*bytes->get_if<Bytes>());
  }

  KnownEntropy entropy_;
  WasmRuntime runtime_;
  ModuleId module_;
};

}  // namespace

std::string guest_path(const std::string& name) {
  return std::string(SYNAPSED_TEST_MODULES) + "/tests/" + name + ".wasm";
}

std::unique_ptr<CryptoFace> guest_face() {
  const std::string path = guest_path("crypto");
  return std::filesystem::exists(path) ? std::make_unique<GuestFace>(path) : nullptr;
}

}  // namespace synapsed::test
