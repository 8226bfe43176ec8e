#include "runtime/state.hpp"

#include "host/first_party.hpp"
#include "host/wasi_context.hpp"

namespace synapsed {
namespace {

/// With pooling no more instances can exist than there are slots.
std::uint64_t running_max(const RuntimeConfig& config) {
  if (config.admission.running_max != 0 || !config.pooling.enable) {
    return config.admission.running_max;
  }
  return config.pooling.instances_max;
}

std::shared_ptr<Gate> make_gate(std::uint64_t inside_max, std::uint64_t queue_max) {
  return inside_max == 0 ? nullptr : std::make_shared<Gate>(inside_max, queue_max);
}

/// Its code is not kept on disk: it would not be asked for again.
std::optional<Baseline> make_baseline(std::optional<engine::Engine> engine) {
  if (!engine) return std::nullopt;
  return Baseline{.engine = std::move(*engine),
                  .compiled = std::make_unique<CompiledModules>(nullptr)};
}

}  // namespace

RuntimeState::RuntimeState(const RuntimeConfig& runtime_config, engine::Engine runtime_engine,
                           std::optional<engine::Engine> baseline_engine,
                           std::shared_ptr<CodeStore> store)
    : config(runtime_config),
      engine(std::move(runtime_engine)),
      compiled(std::make_unique<CompiledModules>(std::move(store))),
      baseline(make_baseline(std::move(baseline_engine))),
      pool(runtime_config.memory.memory_pool_size),
      gate(make_gate(running_max(config), config.admission.queue_max)),
      tenant_gates(config.admission.running_per_tenant_max, config.admission.queue_max) {
  define_first_party(host_functions);
  define_context_clocks(context_clocks);
  define_context_random(context_random);
}

std::shared_ptr<Executor> RuntimeState::executor() {
  const Lock<Mutex> lock(executor_mutex_);
  if (!executor_) executor_ = make_own_executor(config.async.threads);
  return executor_;
}

void RuntimeState::finish_executor() {
  std::shared_ptr<OwnExecutor> executor;
  {
    const Lock<Mutex> lock(executor_mutex_);
    executor = executor_;
  }
  if (executor) executor->finish();
}

std::shared_ptr<Gate> RuntimeState::make_module_gate(InstancePolicy policy) const {
  const bool one = policy == InstancePolicy::kPersistent;
  return make_gate(one ? 1 : config.admission.running_per_module_max, config.admission.queue_max);
}

}  // namespace synapsed
