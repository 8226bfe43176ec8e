#include "host/host_functions.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "base/try.hpp"
#include "host/async_function.hpp"
#include "host/dynamic_callable.hpp"

namespace synapsed {

HostFunctions::HostFunctions() : impl_(std::make_unique<Impl>()) {}
HostFunctions::~HostFunctions() = default;

void HostFunctions::add(HostFunctionDefinition definition) {
  {
    const Lock<SharedMutex> lock(impl_->mutex);
    auto key = std::pair(definition.info.module, definition.info.name);
    impl_->entries.insert_or_assign(std::move(key), std::move(definition));
  }
  impl_->generation.fetch_add(1, std::memory_order_acq_rel);
}

Result<void> HostFunctions::define_dynamic(std::string module, std::string name,
                                           const HostSignature& signature,
                                           DynamicHostFunction function,
                                           HostFunctionOptions options) {
  FunctionType type = TRY(type_of(signature));
  auto callable = make_dynamic(module + "." + name, signature, std::move(function), options.price);
  add({.info = {.module = std::move(module),
                .name = std::move(name),
                .type = std::move(type),
                .options = std::move(options)},
       .target = {.function = std::move(callable)}});
  return {};
}

void HostFunctions::define_untyped(std::string module, std::string name,
                                   DynamicHostFunction function, HostFunctionOptions options) {
  add({.info = {.module = std::move(module),
                .name = std::move(name),
                .type = {},
                .options = std::move(options)},
       .target = {.untyped = std::move(function)}});
}

std::vector<HostFunctionInfo> HostFunctions::list() const {
  const SharedLock<SharedMutex> lock(impl_->mutex);
  std::vector<HostFunctionInfo> infos;
  infos.reserve(impl_->entries.size());
  for (const auto& [key, entry] : impl_->entries) infos.push_back(entry.info);
  return infos;
}

namespace {

/// Error: `security.import_denied`.
Result<void> check_capability(const HostFunctionInfo& info,
                              std::span<const std::string> capabilities) {
  const std::string& needed = info.options.capability;
  if (needed.empty() || std::ranges::find(capabilities, needed) != capabilities.end()) return {};
  return std::unexpected(
      Error(ErrorCode::kImportDenied,
            fmt::format("import \"{}.{}\" needs the capability \"{}\", which the module was not "
                        "granted",
                        info.module, info.name, needed))
          .help("grant it with ModuleMetadata::with_capability"));
}

}  // namespace

Result<std::optional<BoundHostFunction>> HostFunctions::Impl::resolve(
    std::string_view module, std::string_view name, const FunctionType& type,
    std::span<const std::string> capabilities) const {
  const SharedLock<SharedMutex> lock(mutex);
  const auto found = entries.find(std::pair(std::string(module), std::string(name)));
  if (found == entries.end()) return std::nullopt;
  const auto& [info, target] = found->second;
  TRY(check_capability(info, capabilities));
  if (!info.type) {
    const HostSignature signature = TRY(signature_of(type));
    return make_dynamic(fmt::format("{}.{}", module, name), signature, target.untyped,
                        info.options.price);
  }
  if (*info.type != type) {
    return std::unexpected(
        Error(ErrorCode::kImportMismatch,
              fmt::format("import \"{}.{}\" has type {}, and the host function has type {}",
                          module, name, to_string(type), to_string(*info.type)))
            .help("declare the import with the host function's type"));
  }
  if (target.function) return target.function;
  return bind_async(target.async_function, info.options.price);
}

}  // namespace synapsed
