#include <synapsed/crypto_modules.hpp>

#include <utility>

#include <synapsed/crypto_host.hpp>

#include "base/try.hpp"
#include "guests/builtin_modules.hpp"
#include "guests/module_calls.hpp"

namespace synapsed::crypto {
namespace {

constexpr std::string_view kOwnKey = "own";
constexpr std::string_view kVersion = "0.1.0";

/// With crypto for this module alone, whatever others in its runtime have.
ModuleMetadata metadata(std::shared_ptr<KeyStore> keys) {
  const auto functions = std::make_shared<HostFunctions>();
  for (auto& [name, function] : create_crypto_host_functions({.keys = std::move(keys)})) {
    functions->add(std::move(function));
  }
  return ModuleMetadata(std::string(kVersion))
      .with_capability(std::string(kCryptoCapability))
      .with_capability(std::string(kKeysCapability))
      .with_host_functions(functions);
}

Bytes bytes_of(std::span<const std::byte> bytes) { return {bytes.begin(), bytes.end()}; }

}  // namespace

struct CryptoModule::Impl {
  WasmRuntime runtime;
  ModuleId id;
  std::shared_ptr<KeyStore> keys;
  std::string tenant;

  /// Several threads may try at once: one makes it.
  Result<void> need_own_key(CryptoModule& module) const {
    if (keys->find({.tenant = tenant, .name = std::string(kOwnKey)})) return {};
    const auto made = module.call("create_key", {kOwnKey});
    if (made || keys->find({.tenant = tenant, .name = std::string(kOwnKey)})) return {};
    return std::unexpected(made.error());
  }
};

CryptoModule::CryptoModule(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
CryptoModule::CryptoModule(CryptoModule&&) noexcept = default;
CryptoModule& CryptoModule::operator=(CryptoModule&&) noexcept = default;
CryptoModule::~CryptoModule() = default;

WasmRuntime& CryptoModule::runtime() { return impl_->runtime; }
ModuleId CryptoModule::id() const { return impl_->id; }

Result<WasmValue> CryptoModule::call(std::string_view function, std::vector<WasmValue> arguments) {
  ExecutionContext context;
  context.with_tenant(impl_->tenant);
  auto result =
      TRY(impl_->runtime.execute_function(impl_->id, function, arguments, context));
  if (result.values.empty()) return WasmValue::null();
  return succeeded(std::move(result.values.front()));
}

Result<ModuleKeyPair> CryptoModule::generate_keypair() {
  const WasmValue pair = TRY(call("generate_keypair", {}));
  const auto* record = pair.get_if<WasmRecord>();
  const WasmValue* public_key = record == nullptr ? nullptr : record->find("public_key");
  const WasmValue* secret_key = record == nullptr ? nullptr : record->find("secret_key");
  if (public_key == nullptr || secret_key == nullptr) {
    return std::unexpected(Error(ErrorCode::kInvalidResult, "the module gave no key pair"));
  }
  Bytes public_bytes = TRY(as_bytes(*public_key));
  Bytes secret_bytes = TRY(as_bytes(*secret_key));
  ModuleKeyPair made{.public_key = std::move(public_bytes),
                     .secret_key = SecretBytes::copy_of(secret_bytes)};
  wipe(secret_bytes);
  return made;
}

Result<Bytes> CryptoModule::encrypt(std::span<const std::byte> plaintext) {
  TRY(impl_->need_own_key(*this));
  return as_bytes(call("encrypt_for", {kOwnKey, bytes_of(plaintext), Bytes()}));
}

Result<Bytes> CryptoModule::decrypt(std::span<const std::byte> envelope) {
  TRY(impl_->need_own_key(*this));
  return as_bytes(call("decrypt_with", {kOwnKey, bytes_of(envelope), Bytes()}));
}

Result<Bytes> CryptoModule::encrypt(std::span<const std::byte> plaintext,
                                    std::span<const std::byte> public_key,
                                    std::span<const std::byte> context) {
  return as_bytes(
      call("encrypt", {bytes_of(public_key), bytes_of(plaintext), bytes_of(context)}));
}

Result<Bytes> CryptoModule::decrypt(std::span<const std::byte> envelope,
                                    std::span<const std::byte> secret_key,
                                    std::span<const std::byte> context) {
  return as_bytes(
      call("decrypt", {bytes_of(secret_key), bytes_of(envelope), bytes_of(context)}));
}

Result<ModuleId> load_crypto_module(WasmRuntime& runtime, std::string_view name,
                                    std::shared_ptr<KeyStore> keys) {
  const BuiltinModule module = TRY(find_builtin_module(name));
  return runtime.load_module(name, module.wasm, metadata(std::move(keys)));
}

Result<CryptoModule> load_crypto_module(std::string_view name, CryptoModuleOptions options) {
  TRY(find_builtin_module(name));
  if (!options.keys) options.keys = std::make_shared<KeyStore>(KeyStore::in_memory());
  WasmRuntime runtime = TRY(WasmRuntime::create(options.config));
  const ModuleId id = TRY(load_crypto_module(runtime, name, options.keys));
  return CryptoModule(std::make_unique<CryptoModule::Impl>(
      CryptoModule::Impl{.runtime = std::move(runtime),
                         .id = id,
                         .keys = std::move(options.keys),
                         .tenant = std::move(options.tenant)}));
}

}  // namespace synapsed::crypto
