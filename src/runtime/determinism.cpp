#include "runtime/determinism.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "base/bytes.hpp"
#include "base/try.hpp"
#include "base/units.hpp"
#include "bytecode/facts.hpp"
#include "bytecode/features.hpp"
#include "engine/linker.hpp"
#include "runtime/wasi_policy.hpp"

namespace synapsed {
namespace {

using bytecode::Feature;
using bytecode::Place;

constexpr std::string_view kDeterministicHelp =
    "turn security.enable_deterministic_execution on, or choose --profile blockchain";

/// Looks at a module from one side after the other.
class Rules {
 public:
  Rules(const bytecode::Module& module, const bytecode::ModuleFacts& facts,
        const RuntimeConfig& config)
      : module_(module),
        facts_(facts),
        config_(config),
        is_deterministic_(config.security.enable_deterministic_execution) {}

  std::vector<DeterminismRule> run() {
    look_at_threads();
    look_at_floats();
    look_at_relaxed_simd();
    look_at_memories();
    look_at_tables();
    look_at_wasi();
    look_at_stack();
    look_at_time();
    return std::move(rules_);
  }

 private:
  void add(bool is_met, std::string rule, std::string message, std::string_view help = {},
           const Place& place = {}) {
    DeterminismRule added{.rule = std::move(rule),
                          .is_met = is_met,
                          .message = std::move(message),
                          .offset = place.offset,
                          .function = std::nullopt,
                          .function_name = {},
                          .help = std::string(help)};
    if (place.function != bytecode::kNoIndex) {
      added.function = place.function;
      added.function_name = std::string(module_.name_of(place.function));
    }
    rules_.push_back(std::move(added));
  }

  void look_at_threads() {
    const bytecode::FeatureUse* use = facts_.find(Feature::kThreads);
    if (use == nullptr) return add(true, "threads", "no shared memories, no atomics");
    add(false, "threads", "shared memories or atomics: results depend on timing",
        "compile without -pthread and -matomics, and link without --shared-memory", use->place);
  }

  void look_at_floats() {
    if (!facts_.first_float) return add(true, "floats", "no floating-point numbers");
    const Place& place = *facts_.first_float;
    if (!config_.security.allow_floats) {
      return add(false, "floats", "floating-point numbers, which security.allow_floats refuses",
                 "use integers or fixed-point numbers; a function of the libraries may be what "
                 "uses them: synapsed inspect --wat shows it",
                 place);
    }
    if (is_deterministic_) {
      return add(true, "floats", "floating-point numbers; every NaN is made canonical", {}, place);
    }
    add(false, "floats", "floating-point numbers; the bits of a NaN are the processor's",
        kDeterministicHelp, place);
  }

  void look_at_relaxed_simd() {
    const bytecode::FeatureUse* use = facts_.find(Feature::kRelaxedSimd);
    if (use == nullptr) return add(true, "relaxed-simd", "no relaxed SIMD");
    if (is_deterministic_) {
      return add(true, "relaxed-simd",
                 "relaxed SIMD; each operator has the one result of the proposal's "
                 "deterministic profile",
                 {}, use->place);
    }
    add(false, "relaxed-simd", "relaxed SIMD, whose results are the processor's",
        kDeterministicHelp, use->place);
  }

  [[nodiscard]] Place place_of(bytecode::SectionId id) const {
    const bytecode::Section* section = module_.find_section(id);
    if (section == nullptr) section = module_.find_section(bytecode::SectionId::kImport);
    return {.offset = section == nullptr ? 0 : section->offset};
  }

  /// Growing beyond the limit ends the guest instead of failing, so that the limit decides what
  /// the module's own maximum does not.
  void look_at_memories() {
    const std::uint64_t most = config_.limits.memory_bytes_max;
    const auto is_within = [most](const MemoryType& memory) {
      return memory.maximum && *memory.maximum <= most / memory.page_bytes;
    };
    const Place place = place_of(bytecode::SectionId::kMemory);
    if (std::ranges::all_of(module_.memories, is_within)) {
      return add(true, "memory", "every memory has a maximum within the limit");
    }
    const std::string message = fmt::format(
        "a memory may be asked to grow beyond {}", format_bytes(most));
    if (config_.security.enable_sandboxing) {
      return add(true, "memory", message + ", which ends the guest", {}, place);
    }
    add(false, "memory", message + ", and contexts may lift that limit",
        "turn security.enable_sandboxing on", place);
  }

  void look_at_tables() {
    const std::uint64_t most = config_.limits.table_elements_max;
    const auto is_within = [most](const bytecode::Table& table) {
      return table.maximum && *table.maximum <= most;
    };
    if (std::ranges::all_of(module_.tables, is_within) || !facts_.first_growth) {
      return add(true, "tables", "no table grows beyond the limit");
    }
    add(true, "tables",
        fmt::format("a table may be asked to grow beyond {} elements, which ends the guest", most),
        {}, place_of(bytecode::SectionId::kTable));
  }

  void look_at_wasi() {
    const bytecode::Import* of_context = nullptr;
    for (const bytecode::Import& import : module_.imports) {
      if (import.module != engine::kWasiModule || is_safe_wasi_function(import.name)) continue;
      if (context_wasi_of(import.name) != ContextWasi{}) {
        of_context = of_context == nullptr ? &import : of_context;
        continue;
      }
      return add(false, "environment",
                 fmt::format("import \"{}.{}\" reaches files, clocks, random numbers or sockets",
                             import.module, import.name),
                 "have the host hand in what the guest needs as arguments",
                 {.offset = module_.offset_of(as_bytes(import.module))});
    }
    if (of_context == nullptr) {
      return add(true, "environment", "no files, clocks, random numbers or sockets");
    }
    const Place place{.offset = module_.offset_of(as_bytes(of_context->module))};
    if (config_.security.disable_unsafe_host_functions) {
      return add(true, "environment",
                 "clocks and random numbers, which the context of an execution answers alone", {},
                 place);
    }
    add(false, "environment",
        fmt::format("import \"{}.{}\" reaches the host's clocks or random numbers unless the "
                    "context answers",
                    of_context->module, of_context->name),
        "give every execution a time and a random seed", place);
  }

  void look_at_stack() {
    const std::uint64_t most = config_.limits.call_stack_bytes_max;
    if (most != 0) {
      return add(true, "stack", fmt::format("calls go too deep at {}, counted", format_bytes(most)));
    }
    add(false, "stack", "how deep calls may go depends on the compiler's frames",
        "set limits.call_stack_bytes_max");
  }

  void look_at_time() {
    if (config_.metering.enable) {
      return add(true, "gas", "what the guest computes is counted: gas can end it before time does");
    }
    add(false, "gas", "only time ends a guest that computes too long", "turn metering.enable on");
  }

  const bytecode::Module& module_;
  const bytecode::ModuleFacts& facts_;
  const RuntimeConfig& config_;
  const bool is_deterministic_;
  std::vector<DeterminismRule> rules_;
};

/// `offset 0x2f, function 3 (sort)`
std::string text_of(const bytecode::Module& module, const Place& place) {
  if (place.function == bytecode::kNoIndex) return fmt::format("offset {:#x}", place.offset);
  return fmt::format("offset {:#x}, {}", place.offset, module.label_of(place.function));
}

}  // namespace

std::vector<DeterminismRule> determinism_rules(const bytecode::Module& module,
                                               const bytecode::ModuleFacts& facts,
                                               const RuntimeConfig& config) {
  return Rules(module, facts, config).run();
}

Result<void> check_code(const bytecode::Module& module, const RuntimeConfig& config) {
  const SecurityConfig& security = config.security;
  if (security.allow_floats && !security.enable_deterministic_execution) return {};
  const bytecode::ModuleFacts facts = TRY(bytecode::gather_facts(module));
  if (const auto* use = facts.find(Feature::kThreads);
      use != nullptr && security.enable_deterministic_execution) {
    return std::unexpected(
        Error(ErrorCode::kSharedMemoryDenied,
              "the module uses shared memories or atomics, whose results depend on timing")
            .at(text_of(module, use->place))
            .help("build it without threads: without -pthread and -matomics"));
  }
  if (facts.first_float && !security.allow_floats) {
    return std::unexpected(
        Error(ErrorCode::kFloatsDenied, "the module uses floating-point numbers")
            .at(text_of(module, *facts.first_float))
            .help("use integers or fixed-point numbers, or turn security.allow_floats on"));
  }
  return {};
}

Result<std::vector<DeterminismRule>> determinism_report(std::span<const std::byte> wasm,
                                                        const RuntimeConfig& config) {
  TRY(validate_module(wasm));
  const bytecode::Module module = TRY(bytecode::read_module(wasm));
  const bytecode::ModuleFacts facts = TRY(bytecode::gather_facts(module));
  return determinism_rules(module, facts, config);
}

}  // namespace synapsed
