#include "cli/run_storage.hpp"

#ifdef SYNAPSED_WITH_STORAGE
#include <synapsed/storage_host.hpp>

#include "cli/storage.hpp"
#endif

#include "base/try.hpp"
#include "cli/options.hpp"

namespace synapsed::cli {

#ifdef SYNAPSED_WITH_STORAGE

void add_storage_options(CLI::App& app, RunStorageOptions& options) {
  CLI::Option* const storage =
      add_value(app, "--storage", options.url, "URL",
                "Grant storage (synapsed:storage@1): sqlite:PATH, a path, or postgresql://…");
  app.add_flag("--storage-read-only", options.read_only, "The guest reads it only")->needs(storage);
}

Result<void> grant_storage(const RunStorageOptions& options,
                           [[maybe_unused]] const RunCryptoOptions& crypto,
                           const Invocation& invocation, WasmRuntime& runtime,
                           ModuleMetadata& module) {
  if (!options.url) return {};
  StorageAccess access;
  access.url = options.url;
#ifdef SYNAPSED_WITH_CRYPTO
  access.keys = crypto.keys;
#endif
  auto opened = TRY(open_storage(
      access, options.read_only ? StorageUse::kRead : StorageUse::kMake, invocation));
  module.with_capability(std::string(storage::kReadCapability));
  if (!options.read_only) module.with_capability(std::string(storage::kWriteCapability));
  for (auto& [name, function] : storage::create_storage_host_functions(
           {.storage = std::make_shared<storage::Storage>(std::move(opened))})) {
    runtime.register_host_function(name, std::move(function));
  }
  return {};
}

#else

void add_storage_options(CLI::App&, RunStorageOptions&) {}
Result<void> grant_storage(const RunStorageOptions&, const RunCryptoOptions&, const Invocation&,
                           WasmRuntime&, ModuleMetadata&) {
  return {};
}

#endif

}  // namespace synapsed::cli
