#pragma once

/// \file
/// From bytes to a module that can be executed: reading, policy, compilation, linking.
///
/// Thread rule: pure functions of their arguments; a `LoadedModule` is immutable but for its
/// links, which guard themselves, and its record.

#include <array>
#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include <synapsed/config.hpp>
#include <synapsed/error.hpp>
#include <synapsed/host.hpp>
#include <synapsed/module.hpp>
#include <synapsed/stats.hpp>

#include "base/sha256.hpp"
#include "base/sync.hpp"
#include "bytecode/gas/profile.hpp"
#include "bytecode/module.hpp"
#include "engine/engine.hpp"
#include "engine/linker.hpp"
#include "engine/module.hpp"
#include "engine/store.hpp"
#include "host/abi_layout.hpp"
#include "runtime/compiled.hpp"
#include "runtime/instance_state.hpp"
#include "runtime/links.hpp"
#include "runtime/module_record.hpp"
#include "runtime/state.hpp"
#include "runtime/state_layout.hpp"
#include "runtime/wasi_policy.hpp"

namespace synapsed {

/// What calls need to know of an exported function.
struct ExportedFunction {
  FunctionType type;
  std::size_t number = 0;  ///< among the module's
  engine::ExportIndex index;
  const InterfaceFunction* interface = nullptr;  ///< null when the module says nothing
  FunctionAbi abi;                               ///< that of the interface
  const ExportedFunction* post_return = nullptr;  ///< null when there is none
  std::string_view name;                          ///< the map's key
};

/// How a guest that lacks gas asks for more.
struct GasRefill {
  engine::ExportIndex table;  ///< what it calls is the first element
  engine::Linker functions;   ///< of the import module `kRefillExport`
};
inline constexpr std::string_view kRefill = "refill";
inline constexpr std::string_view kSlicedRefill = "sliced_refill";

/// What the runtime knows of a module that counts its gas or its stack.
struct Metered {
  std::optional<engine::ExportIndex> gas;
  std::optional<GasRefill> refill;  ///< none: it stops
  std::optional<engine::ExportIndex> stack;
  const Instrumentation* instrumentation = nullptr;  ///< `CompiledModule`'s
};

/// What the gas of a module's executions went to. Thread rule: safe from any thread.
class GasCounters {
 public:
  GasCounters(const bytecode::Module& module, bytecode::Profiled profiled);

  /// Takes what the instance has counted since the last time.
  void collect(engine::Store& store, const engine::Instance& instance);
  [[nodiscard]] GasProfile profile() const;

 private:
  std::vector<bytecode::GasCounter> counters_;
  std::vector<bytecode::GasCounter::Part> parts_;
  std::map<std::uint32_t, std::string> names_;  // of functions
  mutable Mutex mutex_;
  std::vector<std::uint64_t> counts_;  // under mutex_
};

struct LoadedModule {
  explicit LoadedModule(std::shared_ptr<const CompiledModule> code)
      : compiled(std::move(code)), module(compiled->module) {}

  ModuleInfo info;
  std::shared_ptr<const CompiledModule> compiled;
  engine::Module module;  ///< `compiled`'s
  std::map<std::string, ExportedFunction, std::less<>> functions;  ///< the exported ones
  /// `cabi_realloc`, when it has the canonical ABI's type and the memory is exported; else null.
  const ExportedFunction* allocator = nullptr;
  std::optional<ExportedFunction> start;  ///< what `metered` has instead of a start function
  std::optional<StateLayout> state_layout;  ///< none: it was not made for snapshots
  std::optional<ExportedFunction> drop;     ///< `StateLayout::drop`
  Sha256Digest digest{};                    ///< of the bytes that were given
  InitialImages initial_images;
  std::optional<Metered> metered;         ///< none: the module is as it was given
  std::unique_ptr<GasCounters> gas_counters;  ///< null: nobody asked what gas goes to
  std::shared_ptr<ModuleRecord> record;  ///< not null
  bool imports_wasi = false;
  ContextWasi context_wasi;  ///< what contexts can answer
  std::array<ModuleLinks, 2 * ContextWasi::kKinds> links;  ///< by what they do answer, and trace

  /// `ExportedFunction::number` is below this.
  [[nodiscard]] std::size_t function_numbers() const {
    return functions.size() + (start ? 1 : 0) + (drop ? 1 : 0);
  }
  [[nodiscard]] bool is_persistent() const {
    return info.metadata.instance_policy == InstancePolicy::kPersistent;
  }
  /// Errors: those of `ModuleLinks::current`.
  [[nodiscard]] Result<std::shared_ptr<const Links>> current_links(const RuntimeState& state,
                                                                   const ContextWasi& answered,
                                                                   bool has_trace = false);
};

struct LoadRequest {
  std::string_view name;
  std::span<const std::byte> wasm;
  ModuleMetadata metadata;
  std::shared_ptr<ModuleRecord> record = nullptr;  ///< of the same module, loaded before; null: it is new
  bool is_optimised = false;  ///< code of the baseline compiler will not do
};

/// Errors: those of `WasmRuntime::load_module`, each with the module's name in its place.
[[nodiscard]] Result<std::unique_ptr<LoadedModule>> load(const RuntimeState& state,
                                                         LoadRequest request);

}  // namespace synapsed
