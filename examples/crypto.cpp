// Cryptography: a built-in module that encrypts in its sandbox, keys of ML-KEM at hand, and guests
// that use the host's crypto.

#include <algorithm>
#include <cstdio>
#include <span>
#include <string_view>

#include <synapsed/crypto.hpp>
#include <synapsed/synapsed.hpp>

namespace {

namespace crypto = synapsed::crypto;
using synapsed::Result;

std::span<const std::byte> bytes_of(std::string_view text) {
  return std::as_bytes(std::span(text));
}

/// A module of the library's, called as an object.
Result<void> encrypt_in_a_module() {
  auto module = crypto::load_crypto_module("kyber_encrypt");
  if (!module) return std::unexpected(module.error());
  const auto plaintext = bytes_of("Hello, quantum-safe world!");
  const auto encrypted = module->encrypt(plaintext);
  if (!encrypted) return std::unexpected(encrypted.error());
  const auto decrypted = module->decrypt(*encrypted);
  if (!decrypted) return std::unexpected(decrypted.error());
  std::printf("encrypted: %zu bytes, decrypted: %.*s\n", encrypted->size(),
              static_cast<int>(decrypted->size()),
              reinterpret_cast<const char*>(decrypted->data()));
  return {};
}

/// The same algorithm without a guest.
Result<void> share_a_secret() {
  const auto pair = crypto::Kyber::generate_keypair();
  if (!pair) return std::unexpected(pair.error());
  const auto sent = crypto::Kyber::encapsulate(pair->public_key);
  if (!sent) return std::unexpected(sent.error());
  const auto received = crypto::Kyber::decapsulate(pair->secret_key, sent->ciphertext);
  if (!received) return std::unexpected(received.error());
  std::printf("shared: %s\n", *received == sent->shared_secret ? "the same" : "another");
  return {};
}

/// A guest of anybody's, which was granted the host's crypto.
Result<void> hash_in_a_guest() {
  auto runtime = synapsed::WasmRuntime::create();
  if (!runtime) return std::unexpected(runtime.error());
  for (auto& [name, function] : crypto::create_crypto_host_functions()) {
    runtime->register_host_function(name, std::move(function));
  }
  const auto guest = runtime->load_module_wat(
      "hasher", R"((module
        (import "synapsed:crypto@1" "hash" (func $hash (param i32 i32 i32 i32 i32) (result i32)))
        (memory (export "memory") 1)
        (data (i32.const 0) "abc")
        (func (export "first_byte") (result i32)
          (drop (call $hash (i32.const 2) (i32.const 0) (i32.const 3) (i32.const 64) (i32.const 32)))
          (i32.load8_u (i32.const 64)))))",
      synapsed::ModuleMetadata{"1.0.0"}.with_capability("crypto"));
  if (!guest) return std::unexpected(guest.error());
  const auto result = runtime->execute_function(*guest, "first_byte", {});
  if (!result) return std::unexpected(result.error());
  std::printf("SHA-256 of abc begins with 0x%02x\n", *result->values[0].get_if<std::int32_t>());
  return {};
}

}  // namespace

int main() {
  for (const auto& part : {encrypt_in_a_module, share_a_secret, hash_in_a_guest}) {
    if (const auto done = part(); !done) {
      std::fprintf(stderr, "%s\n", done.error().to_string().c_str());
      return 1;
    }
  }
  return 0;
}
