#pragma once

/// \file
/// The built-in modules that do cryptography, as C++ objects: each runs in a sandbox of its own.
/// Owned by the room `guests`.
///
///     auto module = crypto::load_crypto_module("kyber_encrypt").value();
///     const Bytes envelope = module.encrypt(plaintext).value();
///     const Bytes again = module.decrypt(envelope).value();
///
/// | module | what it does | functions |
/// |---|---|---|
/// | `kyber_encrypt` | public-key encryption with ML-KEM-768 | `generate_keypair`, `encrypt`, `decrypt`, … |
/// | `notary` | certifies documents with a hybrid signature | `create_key`, `certify`, `check`, `public_key` |
/// | `vault` | seals secrets with who may read them and when | `seal`, `unseal`, `policy_of` |
///
/// `synapsed inspect` shows their interfaces; the sources are in guest/modules.
///
/// Thread rule: a `CryptoModule` may be used by several threads at once, except its moves.

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <synapsed/config.hpp>
#include <synapsed/context.hpp>
#include <synapsed/crypto_keystore.hpp>
#include <synapsed/runtime.hpp>

namespace synapsed::crypto {

struct CryptoModuleOptions {
  RuntimeConfig config = RuntimeConfig::production();
  /// Where the module keeps keys that have names. Null: a store that is gone with the module.
  std::shared_ptr<KeyStore> keys;
  std::string tenant;  ///< whose keys they are
};

/// A key pair as raw bytes.
struct ModuleKeyPair {
  Bytes public_key;
  SecretBytes secret_key;
};

class CryptoModule {
 public:
  CryptoModule(CryptoModule&&) noexcept;
  CryptoModule& operator=(CryptoModule&&) noexcept;
  ~CryptoModule();

  /// Calls an exported function with values of its interface. What is a `result` there is the value
  /// of its `ok` side here, or `host.function_failed` with the text of the other.
  Result<WasmValue> call(std::string_view function, std::vector<WasmValue> arguments);

  // --- Of `kyber_encrypt`; the others refuse them with `call.unknown_export`. ---

  [[nodiscard]] Result<ModuleKeyPair> generate_keypair();
  /// To the module's own key, which is made when it is first needed and never leaves the host.
  [[nodiscard]] Result<Bytes> encrypt(std::span<const std::byte> plaintext);
  [[nodiscard]] Result<Bytes> decrypt(std::span<const std::byte> envelope);
  /// To a key of the caller's.
  [[nodiscard]] Result<Bytes> encrypt(std::span<const std::byte> plaintext,
                                      std::span<const std::byte> public_key,
                                      std::span<const std::byte> context = {});
  [[nodiscard]] Result<Bytes> decrypt(std::span<const std::byte> envelope,
                                      std::span<const std::byte> secret_key,
                                      std::span<const std::byte> context = {});

  /// The runtime the module runs in: statistics, other modules beside it.
  [[nodiscard]] WasmRuntime& runtime();
  [[nodiscard]] ModuleId id() const;

 private:
  friend Result<CryptoModule> load_crypto_module(std::string_view, CryptoModuleOptions);
  struct Impl;
  explicit CryptoModule(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

/// Loads a built-in module. Errors: `call.unknown_module` for another name, and in builds without a
/// compiler for WebAssembly; those of `WasmRuntime::create`.
[[nodiscard]] Result<CryptoModule> load_crypto_module(std::string_view name,
                                                      CryptoModuleOptions options = {});
/// Loads a built-in module in a runtime of the caller's, with crypto and these keys for it alone.
[[nodiscard]] Result<ModuleId> load_crypto_module(WasmRuntime& runtime, std::string_view name,
                                                  std::shared_ptr<KeyStore> keys);

}  // namespace synapsed::crypto
