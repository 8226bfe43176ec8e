#include "runtime/links.hpp"

#include <algorithm>
#include <set>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "base/try.hpp"
#include "engine/store.hpp"
#include "host/host_functions.hpp"

namespace synapsed {
namespace {

/// The imports nobody provides, as indices.
std::vector<std::size_t> missing_imports(const engine::Linker& linker, engine::Store& store,
                                         const engine::Module& module) {
  std::vector<std::size_t> missing;
  for (std::size_t i = 0; i < module.imports().size(); ++i) {
    const ImportType& import = module.imports()[i];
    if (!linker.provides(store, import.module, import.name)) missing.push_back(i);
  }
  return missing;
}

Error denied(const engine::Module& module, const std::vector<std::size_t>& missing) {
  constexpr std::size_t kNamed = 8;
  const auto& imports = module.imports();
  const std::string hint =
      "no host function has this name; with unknown imports as traps or zeros the module loads";
  if (missing.size() == 1) {
    return Error(ErrorCode::kImportDenied,
                 fmt::format("import {} is not granted", quoted(imports[missing[0]])))
        .at(import_place(missing[0], imports.size()))
        .help(hint);
  }
  std::string names;
  for (std::size_t i = 0; i < std::min(missing.size(), kNamed); ++i) {
    names += (i == 0 ? "" : ", ") + quoted(imports[missing[i]]);
  }
  if (missing.size() > kNamed) names += ", …";
  return Error(ErrorCode::kImportDenied,
               fmt::format("{} imports are not granted: {}", missing.size(), names))
      .at(fmt::format("{} and others", import_place(missing[0], imports.size())))
      .help(hint);
}

/// The host function for an import: the module's own first, then the runtime's, then what answers
/// from contexts.
Result<std::optional<BoundHostFunction>> resolve(const LinkSources& sources,
                                                 const ImportType& import,
                                                 const FunctionType& type) {
  const auto& capabilities = sources.metadata.capabilities;
  if (const auto& own = sources.metadata.host_functions) {
    auto found = TRY(own->impl().resolve(import.module, import.name, type, capabilities));
    if (found) return found;
  }
  for (const HostFunctions* functions :
       {&sources.host_functions, sources.context_clocks, sources.context_random}) {
    if (functions == nullptr) continue;
    auto found =
        TRY(functions->impl().resolve(import.module, import.name, type, capabilities));
    if (found) return found;
  }
  return std::nullopt;
}

Result<void> define(engine::Linker& linker, const ImportType& import, const FunctionType& type,
                    BoundHostFunction function) {
  using Async = std::shared_ptr<const engine::AsyncHostFunction>;
  if (auto* async = std::get_if<Async>(&function)) {
    return linker.define_async_function(import.module, import.name, type, std::move(*async));
  }
  return linker.define_function(
      import.module, import.name, type,
      std::get<std::shared_ptr<const HostFunction>>(std::move(function)));
}

/// Defines the host functions that the module imports; they come before WASI's of the same name.
/// True when one of them waits.
Result<bool> define_host_functions(const LinkSources& sources, engine::Linker& linker) {
  std::set<std::pair<std::string_view, std::string_view>> defined;
  bool waits = false;
  const auto& imports = sources.module.imports();
  for (std::size_t i = 0; i < imports.size(); ++i) {
    const ImportType& import = imports[i];
    const auto* type = std::get_if<FunctionType>(&import.type);
    if (type == nullptr || defined.contains({import.module, import.name})) continue;
    auto function = resolve(sources, import, *type);
    if (!function) {
      return std::unexpected(std::move(function).error().at(import_place(i, imports.size())));
    }
    if (!*function) continue;
    waits = waits || (*function)->index() == 1;
    Watch watch{.counters = sources.host_calls.empty() ? nullptr : sources.host_calls[i],
                .span_name = sources.has_trace ? import_name(import) : std::string()};
    if (!watch.is_empty()) **function = watched(std::move(**function), std::move(watch));
    TRY(define(linker, import, *type, std::move(**function)));
    defined.emplace(import.module, import.name);
  }
  return waits;
}

Result<Links> resolve(const LinkSources& sources) {
  const RuntimeConfig& config = sources.config;
  const engine::Module& module = sources.module;
  engine::Linker linker = TRY(engine::Linker::create(module.engine()));
  if (imports_wasi(module) && engine::has_wasi()) TRY(linker.define_wasi());
  const bool waits = TRY(define_host_functions(sources, linker));
  // Looking imports up needs a store, though none of them lives in it.
  engine::Store store =
      TRY(engine::Store::create(module.engine(), engine::StoreLimits{}, nullptr));
  const std::vector<std::size_t> missing = missing_imports(linker, store, module);
  if (!missing.empty()) {
    switch (config.security.unknown_imports) {
      case UnknownImports::kDeny: return std::unexpected(denied(module, missing));
      case UnknownImports::kTrap: TRY(linker.define_missing_as_traps(module)); break;
      case UnknownImports::kZero:
        return Links{.resolution = std::move(linker), .waits = waits};
    }
  }
  auto prepared = TRY(linker.prepare(module));
  return Links{.resolution = std::move(prepared), .waits = waits};
}

std::uint64_t generation_of(const LinkSources& sources) {
  const auto& own = sources.metadata.host_functions;
  const auto of = [](const HostFunctions& functions) {
    return functions.impl().generation.load(std::memory_order_acquire);
  };
  return of(sources.host_functions) + (own ? of(*own) : 0);
}

}  // namespace

Result<std::shared_ptr<const Links>> ModuleLinks::current(const LinkSources& sources) {
  const std::uint64_t generation = generation_of(sources);
  const Lock<Mutex> lock(mutex_);
  if (generation_ == generation) return links_;
  auto resolved = resolve(sources);
  if (resolved) {
    links_ = std::make_shared<const Links>(std::move(*resolved));
  } else {
    links_ = std::unexpected(std::move(resolved).error());
  }
  generation_ = generation;
  return links_;
}

bool imports_wasi(const engine::Module& module) {
  return std::ranges::any_of(module.imports(), [](const ImportType& import) {
    return import.module == engine::kWasiModule;
  });
}

std::string import_place(std::size_t index, std::size_t count) {
  return fmt::format("import {} of {}", index + 1, count);
}

std::string import_name(const ImportType& import) {
  return fmt::format("{}.{}", import.module, import.name);
}

std::string quoted(const ImportType& import) {
  return fmt::format("\"{}\"", import_name(import));
}

}  // namespace synapsed
