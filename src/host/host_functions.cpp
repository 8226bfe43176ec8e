#include "host/host_functions.hpp"

#include <fmt/format.h>

#include "base/try.hpp"
#include "host/bound_function.hpp"
#include "host/dynamic_callable.hpp"

namespace synapsed {

HostFunctions::HostFunctions() : impl_(std::make_unique<Impl>()) {}
HostFunctions::~HostFunctions() = default;

void HostFunctions::add(HostFunctionInfo info, std::shared_ptr<const HostCallable> callable,
                        DynamicHostFunction untyped) {
  const Lock<SharedMutex> lock(impl_->mutex);
  auto key = std::pair(info.module, info.name);
  impl_->entries.insert_or_assign(
      std::move(key),
      Impl::Entry{.info = std::move(info),
                  .callable = std::move(callable),
                  .untyped = std::move(untyped)});
}

Result<void> HostFunctions::define_dynamic(std::string module, std::string name,
                                           const HostSignature& signature,
                                           DynamicHostFunction function,
                                           std::string description) {
  FunctionType type = TRY(type_of(signature));
  auto callable = make_dynamic(module + "." + name, signature, std::move(function));
  add({.module = std::move(module),
       .name = std::move(name),
       .type = std::move(type),
       .description = std::move(description)},
      std::move(callable));
  return {};
}

void HostFunctions::define_untyped(std::string module, std::string name,
                                   DynamicHostFunction function, std::string description) {
  add({.module = std::move(module),
       .name = std::move(name),
       .type = {},
       .description = std::move(description)},
      nullptr, std::move(function));
}

std::vector<HostFunctionInfo> HostFunctions::list() const {
  const SharedLock<SharedMutex> lock(impl_->mutex);
  std::vector<HostFunctionInfo> infos;
  infos.reserve(impl_->entries.size());
  for (const auto& [key, entry] : impl_->entries) infos.push_back(entry.info);
  return infos;
}

Result<std::shared_ptr<const engine::HostFunction>> HostFunctions::Impl::resolve(
    std::string_view module, std::string_view name, const FunctionType& type) const {
  const SharedLock<SharedMutex> lock(mutex);
  const auto found = entries.find(std::pair(std::string(module), std::string(name)));
  if (found == entries.end()) return nullptr;
  const Entry& entry = found->second;
  if (!entry.callable) {
    const HostSignature signature = TRY(signature_of(type));
    return bind(make_dynamic(fmt::format("{}.{}", module, name), signature, entry.untyped));
  }
  if (*entry.info.type == type) return bind(entry.callable);
  return std::unexpected(
      Error(ErrorCode::kImportMismatch,
            fmt::format("import \"{}.{}\" has type {}, and the host function has type {}", module,
                        name, to_string(type), to_string(*entry.info.type)))
          .help("declare the import with the host function's type"));
}

}  // namespace synapsed
