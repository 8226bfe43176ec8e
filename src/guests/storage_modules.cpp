#include <synapsed/storage_modules.hpp>

#include <utility>

#include "base/try.hpp"
#include "guests/builtin_modules.hpp"
#include "guests/module_calls.hpp"

namespace synapsed::storage {
namespace {

constexpr std::string_view kVersion = "0.1.0";

/// With storage for this module alone, whatever others in its runtime have.
ModuleMetadata metadata(std::shared_ptr<Storage> storage, StorageGrant grant) {
  const auto functions = std::make_shared<HostFunctions>();
  StorageHostOptions options{.storage = std::move(storage), .grant = std::move(grant), .grants = {}};
  for (auto& [name, function] : create_storage_host_functions(std::move(options))) {
    functions->add(std::move(function));
  }
  return ModuleMetadata(std::string(kVersion))
      .with_capability(std::string(kReadCapability))
      .with_capability(std::string(kWriteCapability))
      .with_host_functions(functions);
}

}  // namespace

struct StorageModule::Impl {
  std::shared_ptr<Storage> storage;
  WasmRuntime runtime;
  ModuleId id;
  std::string tenant;
  std::uint32_t conflict_retries;
};

StorageModule::StorageModule(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
StorageModule::StorageModule(StorageModule&&) noexcept = default;
StorageModule& StorageModule::operator=(StorageModule&&) noexcept = default;
StorageModule::~StorageModule() = default;

WasmRuntime& StorageModule::runtime() { return impl_->runtime; }
ModuleId StorageModule::id() const { return impl_->id; }
Storage& StorageModule::storage() { return *impl_->storage; }

Result<WasmValue> StorageModule::call(std::string_view function,
                                      std::vector<WasmValue> arguments) {
  ExecutionContext context;
  context.with_tenant(impl_->tenant).with_conflict_retries(impl_->conflict_retries);
  auto result = TRY(impl_->runtime.execute_function(impl_->id, function, arguments, context));
  if (result.values.empty()) return WasmValue::null();
  return succeeded(std::move(result.values.front()));
}

Result<ModuleId> load_storage_module(WasmRuntime& runtime, std::string_view name,
                                     std::shared_ptr<Storage> storage, StorageGrant grant) {
  const BuiltinModule module = TRY(find_builtin_module(name));
  return runtime.load_module(name, module.wasm, metadata(std::move(storage), std::move(grant)));
}

Result<StorageModule> load_storage_module(std::string_view name, StorageModuleOptions options) {
  TRY(find_builtin_module(name));
  if (options.storage == nullptr) options.storage = std::make_shared<Storage>();
  WasmRuntime runtime = TRY(WasmRuntime::create(options.config));
  const ModuleId id =
      TRY(load_storage_module(runtime, name, options.storage, std::move(options.grant)));
  return StorageModule(std::make_unique<StorageModule::Impl>(
      StorageModule::Impl{.storage = std::move(options.storage),
                          .runtime = std::move(runtime),
                          .id = id,
                          .tenant = std::move(options.tenant),
                          .conflict_retries = options.conflict_retries}));
}

}  // namespace synapsed::storage
