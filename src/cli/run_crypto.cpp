#include "cli/run_crypto.hpp"

#ifdef SYNAPSED_WITH_CRYPTO
#include <synapsed/crypto_host.hpp>
#endif

#include "base/try.hpp"
#include "cli/options.hpp"

namespace synapsed::cli {

#ifdef SYNAPSED_WITH_CRYPTO

void add_crypto_options(CLI::App& app, RunCryptoOptions& options) {
  app.add_flag("--crypto", options.crypto, "Grant the host's crypto (synapsed:crypto@1)");
  add_value(app, "--keys", options.keys.keys, "FILE",
            "Grant keys of this key file too, those whose policy names FILE or *; implies --crypto");
  add_master_options(app, options.keys.master, "", "The master key of --keys");
}

Result<void> grant_crypto(const RunCryptoOptions& options, const Invocation& invocation,
                          WasmRuntime& runtime, ModuleMetadata& module) {
  const auto& path = options.keys.keys;
  if (!options.crypto && !path) return {};
  std::shared_ptr<crypto::KeyStore> keys;
  if (path) {
    const crypto::MasterKey master = TRY(read_master(options.keys, invocation));
    keys = std::make_shared<crypto::KeyStore>(TRY(crypto::KeyStore::open(*path, master)));
    module.with_capability(std::string(crypto::kKeysCapability));
  }
  module.with_capability(std::string(crypto::kCryptoCapability));
  for (auto& [name, function] : crypto::create_crypto_host_functions({.keys = std::move(keys)})) {
    runtime.register_host_function(name, std::move(function));
  }
  return {};
}

#else

void add_crypto_options(CLI::App&, RunCryptoOptions&) {}
Result<void> grant_crypto(const RunCryptoOptions&, const Invocation&, WasmRuntime&,
                          ModuleMetadata&) {
  return {};
}

#endif

}  // namespace synapsed::cli
