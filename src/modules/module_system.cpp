#include <synapsed/module_system.hpp>

#include <algorithm>
#include <map>
#include <mutex>
#include <shared_mutex>
#include <utility>

#include <fmt/format.h>

#include "base/try.hpp"
#include "modules/link.hpp"
#include "modules/move_state.hpp"
#include "modules/serving.hpp"

namespace synapsed {

using modules::Pause;
using modules::Serving;
using modules::Version;

namespace {

Error not_started(std::string_view name) {
  return Error(ErrorCode::kUnknownModule, fmt::format("no version of \"{}\" serves", name))
      .help("start it first (ModuleSystem::start)");
}

Error nothing_kept(std::string_view name, std::string_view what) {
  return Error(ErrorCode::kUpgradeNothingKept, fmt::format("\"{}\" has no {}", name, what));
}

Result<void> check_canary(double share, const CanaryLimits& limits) {
  const auto is_part = [](double value) { return value >= 0 && value <= 1; };
  std::string wrong;
  if (!is_part(share)) {
    wrong = fmt::format("a share of the calls is 0 to 1, not {}", share);
  } else if (limits.calls_min == 0) {
    wrong = "a canary is judged by one call or more";
  } else if (!is_part(limits.more_failures_max)) {
    wrong = fmt::format("failure rates differ by 0 to 1, not {}", limits.more_failures_max);
  } else if (limits.slowdown_max && !(*limits.slowdown_max >= 1)) {
    wrong = fmt::format("a canary's calls may take 1 or more times as long, not {}",
                        *limits.slowdown_max);
  } else {
    return {};
  }
  return std::unexpected(Error(ErrorCode::kInvalidConfig, std::move(wrong)));
}

}  // namespace

struct ModuleSystem::Impl {
  WasmRuntime& runtime;
  ModuleRegistry& registry;
  ModuleSystemOptions options;

  mutable std::shared_mutex servings_mutex;
  std::map<std::string, std::shared_ptr<Serving>, std::less<>> servings;  // under servings_mutex

  std::mutex observers_mutex;
  std::uint64_t last_observer = 0;                               // under observers_mutex
  std::map<std::uint64_t, ModuleObserver> observers;             // under observers_mutex

  [[nodiscard]] std::shared_ptr<Serving> find(std::string_view name) const {
    const std::shared_lock lock(servings_mutex);
    const auto found = servings.find(name);
    return found == servings.end() ? nullptr : found->second;
  }
  [[nodiscard]] Result<std::shared_ptr<Serving>> require(std::string_view name) const {
    auto found = find(name);
    if (found && found->stable()) return found;
    return std::unexpected(not_started(name));
  }
  std::shared_ptr<Serving> find_or_add(const std::string& name) {
    const std::unique_lock lock(servings_mutex);
    std::shared_ptr<Serving>& serving = servings[name];
    if (!serving) {
      serving = std::make_shared<Serving>(
          name, Serving::Listener{.retired =
                                      [this](const Version& version) {
                                        tell(version.module, ModuleState::kRetired);
                                      },
                                  .canary_ended =
                                      [this](const Version& version, const Error& reason) {
                                        tell(version.module, ModuleState::kDraining, reason);
                                      }});
    }
    return serving;
  }

  void tell(const RegisteredModule& module, ModuleState state, std::optional<Error> error = {}) {
    const ModuleEvent event{.name = module.name,
                            .version = module.version,
                            .state = state,
                            .error = std::move(error),
                            .at = std::chrono::system_clock::now()};
    std::vector<ModuleObserver> all;
    {
      const std::lock_guard lock(observers_mutex);
      for (const auto& [id, observer] : observers) all.push_back(observer);
    }
    for (const ModuleObserver& observer : all) observer(event);
  }

  /// Has everything serve that the module calls. Errors: those of `ModuleRegistry::resolve` and `change`;
  /// `registry.in_use` when another version of it serves than it needs.
  Result<void> start_dependencies(const RegisteredModule& module, const ModuleManifest& manifest);
  /// Whether all that call `name` can go on with that version, or without any. Error: `registry.in_use`.
  Result<void> check_dependents(const std::string& name, const SemanticVersion* version) const;
  Result<std::shared_ptr<const HostFunctions>> link(const ModuleManifest& manifest, const Bytes& wasm);
  Result<ExecutionResult> call(std::string_view name, std::string_view function,
                               std::span<const WasmValue> arguments,
                               const ExecutionContext& context);
  /// From the registry to a version that could serve; it does not yet.
  Result<std::shared_ptr<Version>> prepare(const RegisteredModule& module);
  Result<void> check_health(const Version& version) const;
  /// `next` serves from now on. With an error everything is as it was.
  Result<UpgradeReport> switch_to(Serving& serving, const std::shared_ptr<Version>& next);
  Result<void> record(const Version& next) const;
  Result<UpgradeReport> change(std::string_view reference);
};

// --- What modules need of each other. ---

Result<void> ModuleSystem::Impl::start_dependencies(const RegisteredModule& module,
                                                    const ModuleManifest& manifest) {
  const auto called = manifest.called();
  if (called.empty()) return {};
  const std::string root = module.reference();
  const auto chosen = TRY(registry.resolve(root));
  for (const ModuleDependency& dependency : called) {
    const auto serving = find(dependency.name);
    const auto stable = serving ? serving->stable() : nullptr;
    if (!stable) {
      const auto version = std::ranges::find(chosen, dependency.name, &RegisteredModule::name);
      TRY(change(version->reference()));
    } else if (!dependency.range.contains(stable->module.version)) {
      return std::unexpected(
          Error(ErrorCode::kRegistryInUse,
                fmt::format("\"{}\" is needed in {}, and {} serves", dependency.name,
                            dependency.range.to_string(), stable->module.version.to_string()))
              .at(root)
              .help("upgrade it first"));
    }
  }
  return {};
}

Result<void> ModuleSystem::Impl::check_dependents(const std::string& name,
                                                  const SemanticVersion* version) const {
  const std::shared_lock lock(servings_mutex);
  for (const auto& [other, serving] : servings) {
    const auto stable = serving->stable();
    if (!stable) continue;
    const auto needs = std::ranges::find(stable->dependencies, name, &ModuleDependency::name);
    if (needs == stable->dependencies.end()) continue;
    if (version != nullptr && needs->range.contains(*version)) continue;
    return std::unexpected(
        Error(ErrorCode::kRegistryInUse,
              fmt::format("{} serves, and needs \"{}\" in {}", stable->module.reference(), name,
                          needs->range.to_string()))
            .at(version == nullptr ? name : fmt::format("{}@{}", name, version->to_string()))
            .help("upgrade or stop it first"));
  }
  return {};
}

Result<std::shared_ptr<const HostFunctions>> ModuleSystem::Impl::link(const ModuleManifest& manifest,
                                                                      const Bytes& wasm) {
  const auto exports_of = [this](std::string_view name) -> Result<ModuleInfo> {
    const auto serving = TRY(require(name));
    return runtime.module_info(serving->stable()->id);
  };
  const auto call_by_name = [this](std::string_view name, std::string_view function,
                                   std::span<const WasmValue> arguments,
                                   const ExecutionContext& context) {
    return call(name, function, arguments, context);
  };
  return modules::link(manifest, wasm, exports_of, call_by_name);
}

// --- Before a version serves. ---

Result<void> ModuleSystem::Impl::check_health(const Version& version) const {
  Session session = TRY(runtime.open_session(version.id, options.housekeeping));  // it can be instantiated
  const ModuleInfo info = TRY(runtime.module_info(version.id));
  const auto is_health = [&](const ExportType& each) {
    return each.name == options.health_function && std::holds_alternative<FunctionType>(each.type);
  };
  if (!std::ranges::any_of(info.exports, is_health)) return {};
  const auto unhealthy = [&](std::string what) {
    return Error(ErrorCode::kUpgradeUnhealthy, std::move(what))
        .at(version.module.reference());
  };
  const auto answer = session.call(options.health_function, {});
  if (!answer) {
    return std::unexpected(unhealthy(
        fmt::format("\"{}\" failed: {}", options.health_function, answer.error().to_string())));
  }
  const bool says_no = !answer->values.empty() && (answer->values.front() == WasmValue(0) ||
                                                   answer->values.front() == WasmValue(false));
  if (!says_no) return {};
  return std::unexpected(unhealthy(fmt::format("\"{}\" says that it cannot serve", options.health_function)));
}

Result<std::shared_ptr<Version>> ModuleSystem::Impl::prepare(const RegisteredModule& module) {
  const auto steps = [&]() -> Result<std::shared_ptr<Version>> {
    const Bytes wasm = TRY(registry.linked(module));
    const ModuleManifest manifest = TRY(registry.manifest(module));
    tell(module, ModuleState::kLoaded);
    TRY(start_dependencies(module, manifest));
    ModuleMetadata metadata = manifest.metadata();
    metadata.with_host_functions(TRY(link(manifest, wasm)));
    if (options.grants) {
      for (std::string& each : options.grants(manifest)) metadata.with_capability(std::move(each));
    }
    const ModuleId id = TRY(runtime.load_module(module.name, wasm, std::move(metadata)));
    auto version = std::make_shared<Version>(runtime, module, id, manifest);
    tell(module, ModuleState::kValidated);
    tell(module, ModuleState::kCompiled);
    TRY(check_health(*version));
    return version;
  };
  auto version = steps();
  if (!version) tell(module, ModuleState::kFailed, version.error());
  return version;
}

// --- From one version to the next. ---

Result<void> ModuleSystem::Impl::record(const Version& next) const {
  TRY(registry.activate(next.module.reference()));
  return {};
}

Result<UpgradeReport> ModuleSystem::Impl::switch_to(Serving& serving,
                                                    const std::shared_ptr<Version>& next) {
  UpgradeReport report{.from = {}, .to = next->module.version};
  TRY(check_dependents(serving.name(), &next->module.version));
  const std::shared_ptr<Version> before = serving.stable();
  {
    std::optional<Pause> pause;
    if (before && before->policy == InstancePolicy::kPersistent) {
      pause.emplace(serving);
      if (!serving.drain(*before, options.drain_timeout)) {
        return std::unexpected(
            Error(ErrorCode::kUpgradeNotDrained, "calls still run on the version that serves")
                .at(serving.name())
                .help("raise ModuleSystemOptions::drain_timeout, or lower limits.timeout"));
      }
      TRY(modules::move_state(*before, *next, options.housekeeping));
      report.state_moved = true;
    }
    TRY(record(*next));
    serving.serve(next, options.versions_kept);
    if (pause) report.paused = pause->lasted();
  }
  tell(next->module, ModuleState::kReady);
  if (!before) return report;
  report.from = before->module.version;
  tell(before->module, ModuleState::kDraining);
  serving.release(*before);
  report.drained = serving.drain(*before, options.drain_timeout);
  return report;
}

Result<UpgradeReport> ModuleSystem::Impl::change(std::string_view reference) {
  const RegisteredModule module = TRY(registry.find(reference));
  const auto serving = find_or_add(module.name);
  const std::lock_guard lock(serving->change_mutex);
  const auto stable = serving->stable();
  if (stable && stable->module.version == module.version) {
    return UpgradeReport{.from = module.version, .to = module.version};
  }
  const auto next = TRY(prepare(module));
  auto report = switch_to(*serving, next);
  if (!report) tell(module, ModuleState::kFailed, report.error());
  return report;
}

Result<ExecutionResult> ModuleSystem::Impl::call(std::string_view name, std::string_view function,
                                                 std::span<const WasmValue> arguments,
                                                 const ExecutionContext& context) {
  const auto serving = find(name);
  auto version = serving ? serving->enter() : nullptr;
  if (!version) return std::unexpected(not_started(name));
  Serving::Call call(*serving, std::move(version));
  auto result = runtime.execute_function(call.id(), function, arguments, context);
  if (!result) call.fail();
  return result;
}

// --- What others call. ---

ModuleSystem::ModuleSystem(WasmRuntime& runtime, ModuleRegistry& registry,
                           ModuleSystemOptions options)
    : impl_(new Impl{.runtime = runtime, .registry = registry, .options = std::move(options)}) {
  impl_->options.versions_kept = std::max<std::size_t>(impl_->options.versions_kept, 1);
}
ModuleSystem::ModuleSystem(ModuleSystem&&) noexcept = default;
ModuleSystem& ModuleSystem::operator=(ModuleSystem&&) noexcept = default;
ModuleSystem::~ModuleSystem() = default;

Result<UpgradeReport> ModuleSystem::start(std::string_view reference) {
  return impl_->change(reference);
}

Result<UpgradeReport> ModuleSystem::upgrade(std::string_view reference) {
  const bool is_bare = reference.find('@') == std::string_view::npos && !reference.starts_with("sha256:");
  return impl_->change(is_bare ? fmt::format("{}@*", reference) : std::string(reference));
}

Result<UpgradeReport> ModuleSystem::rollback(std::string_view name) {
  const auto serving = TRY(impl_->require(name));
  const std::lock_guard lock(serving->change_mutex);
  const auto before = serving->kept();
  if (!before) return std::unexpected(nothing_kept(name, "version to go back to"));
  return impl_->switch_to(*serving, before);
}

Result<void> ModuleSystem::stop(std::string_view name) {
  const auto serving = TRY(impl_->require(name));
  const std::lock_guard lock(serving->change_mutex);
  TRY(impl_->check_dependents(serving->name(), nullptr));
  const auto stable = serving->stable();
  const auto canary = serving->canary();
  serving->clear();
  for (const auto& version : {canary, stable}) {
    if (!version) continue;
    impl_->tell(version->module, ModuleState::kDraining);
    serving->release(*version);
    static_cast<void>(serving->drain(*version, impl_->options.drain_timeout));  // its calls keep it loaded
  }
  return {};
}

Result<void> ModuleSystem::start_canary(std::string_view reference, double share,
                                        const CanaryLimits& limits) {
  TRY(check_canary(share, limits));
  const RegisteredModule module = TRY(impl_->registry.find(reference));
  const auto serving = TRY(impl_->require(module.name));
  const std::lock_guard lock(serving->change_mutex);
  const auto version = TRY(impl_->prepare(module));
  if (version->policy == InstancePolicy::kPersistent) {
    return std::unexpected(Error(ErrorCode::kInvalidConfig,
                                 "a persistent module's state is in one place: there is no canary of it")
                               .at(module.name));
  }
  const auto before = serving->canary();
  serving->set_canary(version, share, limits);
  impl_->tell(module, ModuleState::kReady);
  if (before) serving->release(*before);
  return {};
}

Result<UpgradeReport> ModuleSystem::promote_canary(std::string_view name) {
  const auto serving = TRY(impl_->require(name));
  const std::lock_guard lock(serving->change_mutex);
  const auto canary = serving->canary();
  if (!canary) return std::unexpected(nothing_kept(name, "canary"));
  return impl_->switch_to(*serving, canary);
}

Result<void> ModuleSystem::stop_canary(std::string_view name) {
  const auto serving = TRY(impl_->require(name));
  const std::lock_guard lock(serving->change_mutex);
  const auto canary = serving->canary();
  if (!canary) return std::unexpected(nothing_kept(name, "canary"));
  serving->end_canary();
  impl_->tell(canary->module, ModuleState::kDraining);
  serving->release(*canary);
  return {};
}

Result<ExecutionResult> ModuleSystem::call(std::string_view name, std::string_view function,
                                           std::span<const WasmValue> arguments,
                                           const ExecutionContext& context) {
  return impl_->call(name, function, arguments, context);
}

Result<ExecutionResult> ModuleSystem::call(std::string_view name, std::string_view function,
                                           std::initializer_list<WasmValue> arguments,
                                           const ExecutionContext& context) {
  return call(name, function, std::span<const WasmValue>(arguments.begin(), arguments.size()),
              context);
}

std::vector<ModuleStatus> ModuleSystem::list() const {
  const std::shared_lock lock(impl_->servings_mutex);
  std::vector<ModuleStatus> all;
  for (const auto& [name, serving] : impl_->servings) {
    if (auto status = serving->status()) all.push_back(std::move(*status));
  }
  return all;
}

Result<ModuleStatus> ModuleSystem::status(std::string_view name) const {
  const auto serving = impl_->find(name);
  auto status = serving ? serving->status() : std::nullopt;
  if (status) return std::move(*status);
  return std::unexpected(not_started(name));
}

std::uint64_t ModuleSystem::subscribe(ModuleObserver observer) {
  const std::lock_guard lock(impl_->observers_mutex);
  impl_->observers.emplace(++impl_->last_observer, std::move(observer));
  return impl_->last_observer;
}

void ModuleSystem::unsubscribe(std::uint64_t id) {
  const std::lock_guard lock(impl_->observers_mutex);
  impl_->observers.erase(id);
}

std::string_view to_string(ModuleState state) {
  switch (state) {
    case ModuleState::kLoaded: return "loaded";
    case ModuleState::kValidated: return "validated";
    case ModuleState::kCompiled: return "compiled";
    case ModuleState::kReady: return "ready";
    case ModuleState::kDraining: return "draining";
    case ModuleState::kRetired: return "retired";
    case ModuleState::kFailed: return "failed";
  }
  std::unreachable();
}

}  // namespace synapsed
