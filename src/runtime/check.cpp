#include <algorithm>
#include <array>
#include <set>
#include <string_view>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <synapsed/inspect.hpp>

#include "base/try.hpp"
#include "base/units.hpp"
#include "bytecode/facts.hpp"
#include "bytecode/features.hpp"
#include "bytecode/module.hpp"
#include "engine/engine.hpp"
#include "engine/linker.hpp"
#include "engine/module.hpp"
#include "engine/store.hpp"
#include "host/first_party.hpp"
#include "runtime/engine_config.hpp"
#include "runtime/wasi_policy.hpp"

namespace synapsed {
namespace {

using bytecode::Feature;
using bytecode::Place;

using Names = std::set<std::string_view>;

constexpr std::string_view kFloats = "floats";

/// How a compiler is told to do without a proposal.
struct Avoidance {
  Feature feature;
  std::string_view help;
};

constexpr std::array kAvoidances{
    Avoidance{Feature::kMutableGlobals, "link without --import or --export of mutable globals"},
    Avoidance{Feature::kSignExtension,
              "compile with -mno-sign-ext; Rust: -C target-feature=-sign-ext"},
    Avoidance{Feature::kSaturatingConversions,
              "compile with -mno-nontrapping-fptoint; Rust: "
              "-C target-feature=-nontrapping-fptoint"},
    Avoidance{Feature::kMultiValue,
              "compile with -mno-multivalue; Rust: -C target-feature=-multivalue"},
    Avoidance{Feature::kBulkMemory,
              "compile with -mno-bulk-memory -mno-bulk-memory-opt; Rust: "
              "-C target-feature=-bulk-memory"},
    Avoidance{Feature::kReferenceTypes,
              "compile with -mno-reference-types; Rust: -C target-feature=-reference-types"},
    Avoidance{Feature::kSimd, "compile with -mno-simd128; Rust: -C target-feature=-simd128"},
    Avoidance{Feature::kTailCall, "compile with -mno-tail-call"},
    Avoidance{Feature::kExtendedConstants, "compile with -mno-extended-const"},
    Avoidance{Feature::kMultiMemory, "compile with -mno-multimemory, and link one memory"},
    Avoidance{Feature::kMemory64, "compile for wasm32 instead of wasm64"},
    Avoidance{Feature::kThreads,
              "compile without -pthread and -matomics, and link without --shared-memory; Rust: "
              "-C target-feature=-atomics"},
    Avoidance{Feature::kRelaxedSimd,
              "compile with -mno-relaxed-simd; Rust: -C target-feature=-relaxed-simd"},
    Avoidance{Feature::kFunctionReferences, "compile for a target without typed references"},
    Avoidance{Feature::kGc,
              "compile for linear memory; languages whose objects live on the GC heap need "
              "memory.enable_gc"},
    Avoidance{Feature::kExceptions,
              "compile with -fno-exceptions; Rust: panic = \"abort\"; with exceptions, "
              "memory.enable_gc is needed"},
    Avoidance{Feature::kWideArithmetic, "compile with -mno-wide-arithmetic"},
    Avoidance{Feature::kCustomPageSizes, "link without --page-size"},
};

std::string_view avoidance_of(Feature feature) {
  const auto found = std::ranges::find(kAvoidances, feature, &Avoidance::feature);
  return found == kAvoidances.end() ? std::string_view{} : found->help;
}

/// Looks at a module from one side after the other.
class Checker {
 public:
  Checker(const bytecode::Module& module, const bytecode::ModuleFacts& facts,
          const CheckRequest& request, const Names& unknown_wasi)
      : module_(module),
        facts_(facts),
        request_(request),
        config_(request.config),
        unknown_wasi_(unknown_wasi) {}

  std::vector<Finding> check() {
    check_size();
    check_counts();
    for (std::size_t i = 0; i < module_.imports.size(); ++i) check_import(i);
    check_exports();
    check_features();
    check_memories();
    check_tables();
    check_start();
    return std::move(findings_);
  }

 private:
  Finding& refuse(std::string rule, std::string message, std::string help,
                  const Place& place = {}) {
    Finding finding{.rule = std::move(rule),
                    .message = std::move(message),
                    .offset = place.offset,
                    .function = std::nullopt,
                    .function_name = {},
                    .help = std::move(help)};
    if (place.function != bytecode::kNoIndex) {
      finding.function = place.function;
      finding.function_name = std::string(module_.name_of(place.function));
    }
    return findings_.emplace_back(std::move(finding));
  }
  void remark(std::string rule, std::string message, std::string help, const Place& place = {}) {
    refuse(std::move(rule), std::move(message), std::move(help), place).refuses = false;
  }

  Place place_of(bytecode::SectionId id) const {
    const bytecode::Section* section = module_.find_section(id);
    if (section == nullptr) section = module_.find_section(bytecode::SectionId::kImport);
    return {.offset = section == nullptr ? 0 : section->offset};
  }

  void check_size() {
    const std::uint64_t most = config_.limits.module_bytes_max;
    if (module_.bytes.size() <= most) return;
    refuse("module.size",
           fmt::format("the module has {}, and may have {}", format_bytes(module_.bytes.size()),
                       format_bytes(most)),
           "strip it (wasm-strip, -Wl,--strip-all), optimise for size (-Oz), or raise "
           "limits.module_bytes_max");
  }

  void check_counts() {
    const SecurityConfig& security = config_.security;
    if (module_.imports.size() > security.max_imports) {
      refuse("import.too_many",
             fmt::format("the module has {} imports, and may have {}", module_.imports.size(),
                         security.max_imports),
             "raise security.max_imports", place_of(bytecode::SectionId::kImport));
    }
    if (module_.exports.size() > security.max_exports) {
      refuse("export.too_many",
             fmt::format("the module has {} exports, and may have {}", module_.exports.size(),
                         security.max_exports),
             "export less (-fvisibility=hidden, no -Wl,--export-all), or raise "
             "security.max_exports",
             place_of(bytecode::SectionId::kExport));
    }
  }

  void check_import(std::size_t index) {
    const bytecode::Import& import = module_.imports[index];
    const Place place{.offset = module_.offset_of(as_bytes(import.module))};
    const bool is_of_wasi = import.module == engine::kWasiModule && engine::has_wasi();
    if (is_of_wasi) check_wasi_import(import, place);
    if (config_.security.unknown_imports != UnknownImports::kDeny || is_provided(import)) return;
    refuse("import.denied",
           fmt::format("import \"{}.{}\" ({}), {} of {}, is not granted", import.module,
                       import.name, to_string(import.kind), index + 1, module_.imports.size()),
           fmt::format("{}register a host function of this name and check with --grant {}.{}, or "
                       "link without it",
                       is_of_wasi ? "WASI preview 1 has none of this name; " : "", import.module,
                       import.name),
           place);
  }

  void check_wasi_import(const bytecode::Import& import, const Place& place) {
    if (!config_.security.disable_unsafe_host_functions) return;
    if (is_safe_wasi_function(import.name)) return;
    if (context_wasi_of(import.name) != ContextWasi{}) {
      return remark("import.from_context",
                    fmt::format("import \"{}.{}\" needs executions whose context has clocks or "
                                "random numbers",
                                import.module, import.name),
                    "give them with_time and with_random_seed (--time, --random-seed)", place);
    }
    refuse("import.unsafe",
           fmt::format("import \"{}.{}\" reaches files, clocks, random numbers or sockets",
                       import.module, import.name),
           "build the module without it, or choose a profile with "
           "security.disable_unsafe_host_functions off",
           place);
  }

  bool is_provided(const bytecode::Import& import) const {
    if (import.module == engine::kWasiModule && !unknown_wasi_.contains(import.name)) return true;
    if (import.module == first_party_module()) {
      const auto rows = first_party_functions();
      if (std::ranges::find(rows, import.name, &FirstPartyFunction::name) != rows.end()) return true;
    }
    return std::ranges::any_of(request_.granted_imports, [&import](std::string_view granted) {
      if (!granted.starts_with(import.module)) return false;
      const std::string_view rest = granted.substr(import.module.size());
      return rest == ".*" || (rest.starts_with('.') && rest.substr(1) == import.name);
    });
  }

  void check_exports() {
    for (const std::string& wanted : request_.wanted_exports) {
      const bool found = std::ranges::any_of(module_.exports, [&](const bytecode::Export& each) {
        return each.name == wanted && each.kind == bytecode::ExternKind::kFunction;
      });
      if (found) continue;
      refuse("export.missing", fmt::format("there is no exported function \"{}\"", wanted),
             fmt::format("export it: -Wl,--export={}, SYNAPSED_EXPORT, or "
                         "__attribute__((export_name(\"{}\")))",
                         wanted, wanted),
             place_of(bytecode::SectionId::kExport));
    }
  }

  /// Why the configuration refuses a proposal; empty when it does not.
  std::string_view reason_to_refuse(Feature feature) const {
    if (std::ranges::find(request_.refused_features, to_string(feature)) !=
        request_.refused_features.end()) {
      return "which was asked to be refused";
    }
    switch (feature) {
      case Feature::kThreads:
        if (config_.security.enable_deterministic_execution) {
          return "whose results depend on timing";
        }
        return config_.memory.enable_memory_sharing
                   ? std::string_view{}
                   : std::string_view{"and memory.enable_memory_sharing is off"};
      case Feature::kGc: case Feature::kExceptions:
        return config_.memory.enable_gc ? std::string_view{}
                                        : std::string_view{"and memory.enable_gc is off"};
      default: return {};
    }
  }

  void check_features() {
    for (const bytecode::FeatureUse& use : facts_.features) {
      const std::string_view reason = reason_to_refuse(use.feature);
      if (reason.empty()) continue;
      refuse(fmt::format("feature.{}", to_string(use.feature)),
             fmt::format("the module uses {}, {}", to_string(use.feature), reason),
             std::string(avoidance_of(use.feature)), use.place);
    }
    if (!facts_.first_float) return;
    const auto& refused = request_.refused_features;
    const bool is_asked = std::ranges::find(refused, kFloats) != refused.end();
    if (!is_asked && config_.security.allow_floats) return;
    refuse("feature.floats",
           fmt::format("the module uses floating-point numbers, {}",
                       is_asked ? "which was asked to be refused"
                                : "and security.allow_floats is off"),
           "use integers or fixed-point numbers; a function of the libraries may be what uses "
           "them: synapsed inspect --wat shows it",
           *facts_.first_float);
  }

  static std::uint64_t bytes_of(const MemoryType& memory, std::uint64_t pages) {
    std::uint64_t bytes = 0;
    return __builtin_mul_overflow(pages, memory.page_bytes, &bytes) ? UINT64_MAX : bytes;
  }

  void check_memories() {
    const std::uint64_t most = config_.limits.memory_bytes_max;
    std::uint64_t initial = 0;
    for (const MemoryType& memory : module_.memories) {
      const std::uint64_t bytes = bytes_of(memory, memory.minimum);
      if (__builtin_add_overflow(initial, bytes, &initial)) initial = UINT64_MAX;
    }
    const Place place = place_of(bytecode::SectionId::kMemory);
    if (initial > most) {
      refuse("memory.initial",
             fmt::format("the module starts with {} of memory, and an execution may hold {}",
                         format_bytes(initial), format_bytes(most)),
             "link with a smaller --initial-memory or stack (-z stack-size=), or raise "
             "limits.memory_bytes_max",
             place);
    }
    for (std::size_t i = 0; i < module_.memories.size(); ++i) check_maximum(i, most, place);
  }

  /// A memory of one execution is limited as it grows; a shared one belongs to no execution.
  void check_maximum(std::size_t index, std::uint64_t most, const Place& place) {
    const MemoryType& memory = module_.memories[index];
    const std::uint64_t bytes = bytes_of(memory, memory.maximum.value_or(UINT64_MAX));
    if (bytes <= most) return;
    const std::string what = memory.maximum
                                 ? fmt::format("memory {} may grow to {}, and an execution may "
                                               "hold {}", index, format_bytes(bytes),
                                               format_bytes(most))
                                 : fmt::format("memory {} has no maximum", index);
    const std::string help = fmt::format("link with --max-memory={}", most);
    if (memory.is_shared) {
      refuse("memory.maximum", what, help, place);
    } else if (config_.security.enable_deterministic_execution) {
      remark("memory.maximum", what + "; growing beyond the limit ends the guest", help, place);
    }
  }

  void check_tables() {
    std::uint64_t initial = 0;
    for (const bytecode::Table& table : module_.tables) {
      if (__builtin_add_overflow(initial, table.minimum, &initial)) initial = UINT64_MAX;
    }
    const Place place = place_of(bytecode::SectionId::kTable);
    const std::uint64_t most = config_.limits.table_elements_max;
    if (initial > most) {
      refuse("table.initial",
             fmt::format("the module starts with {} table elements, and an execution may hold {}",
                         initial, most),
             "declare smaller tables, or raise limits.table_elements_max", place);
    }
    if (!config_.security.enable_deterministic_execution || !facts_.first_growth) return;
    for (std::size_t i = 0; i < module_.tables.size(); ++i) {
      if (module_.tables[i].maximum.value_or(UINT64_MAX) <= most) continue;
      remark("table.maximum",
             fmt::format("table {} may grow beyond {} elements; that ends the guest", i, most),
             "declare a maximum; link without --growable-table", place);
    }
  }

  void check_start() {
    if (!module_.start) return;
    remark("module.start",
           fmt::format("{} runs whenever the module is instantiated",
                       module_.label_of(*module_.start)),
           "it is under the limits of the execution that instantiates; static constructors are "
           "what compilers put there",
           {.offset = place_of(bytecode::SectionId::kStart).offset, .function = *module_.start});
  }

  const bytecode::Module& module_;
  const bytecode::ModuleFacts& facts_;
  const CheckRequest& request_;
  const RuntimeConfig& config_;
  const Names& unknown_wasi_;
  std::vector<Finding> findings_;
};

Result<void> check_names(const CheckRequest& request) {
  const std::vector<std::string> known = refusable_features();
  for (const std::string& name : request.refused_features) {
    if (std::ranges::find(known, name) != known.end()) continue;
    return std::unexpected(
        Error(ErrorCode::kInvalidConfig, fmt::format("there is no feature \"{}\"", name))
            .help(fmt::format("one of: {}", fmt::join(known, ", "))));
  }
  return {};
}

Result<engine::Engine> checking_engine(RuntimeConfig config) {
  config.pooling.enable = false;  // reserves much, and decides nothing
  return engine::Engine::create(engine_config(config));
}

/// What the module imports from WASI, and the engine does not have.
Result<Names> unknown_wasi_names(const bytecode::Module& module, const RuntimeConfig& config) {
  Names names;
  for (const bytecode::Import& import : module.imports) {
    if (import.module == engine::kWasiModule) names.insert(import.name);
  }
  if (names.empty() || !engine::has_wasi()) return names;
  const engine::Engine engine = TRY(checking_engine(config));
  engine::Linker linker = TRY(engine::Linker::create(engine));
  TRY(linker.define_wasi());
  // Looking imports up needs a store, though none of them lives in it.
  engine::Store store = TRY(engine::Store::create(engine, engine::StoreLimits{}, nullptr));
  std::erase_if(names, [&](std::string_view name) {
    return linker.provides(store, engine::kWasiModule, name);
  });
  return names;
}

/// What the engine says under the configuration; it has the last word.
Result<void> add_verdict_of_engine(std::span<const std::byte> wasm, const RuntimeConfig& config,
                                   std::vector<Finding>& findings) {
  if (std::ranges::any_of(findings, &Finding::refuses)) return {};
  const engine::Engine engine = TRY(checking_engine(config));
  const auto valid = engine::validate(engine, wasm);
  if (valid) return {};
  findings.push_back({.rule = "engine.refused",
                      .message = valid.error().message(),
                      .function = std::nullopt,
                      .function_name = {},
                      .help = "the engine of this configuration does without a proposal that the "
                              "module needs: synapsed inspect lists them"});
  return {};
}

}  // namespace

std::vector<std::string> refusable_features() {
  std::vector<std::string> names;
  for (std::size_t i = 1; i < bytecode::kFeatures; ++i) {
    names.emplace_back(to_string(static_cast<Feature>(i)));
  }
  names.emplace_back(kFloats);
  return names;
}

Result<std::vector<Finding>> check_module(std::span<const std::byte> wasm,
                                          const CheckRequest& request) {
  TRY(check_names(request));
  TRY(validate_module(wasm));
  const bytecode::Module module = TRY(bytecode::read_module(wasm));
  const bytecode::ModuleFacts facts = TRY(bytecode::gather_facts(module));
  const Names unknown_wasi = TRY(unknown_wasi_names(module, request.config));
  std::vector<Finding> findings = Checker(module, facts, request, unknown_wasi).check();
  TRY(add_verdict_of_engine(wasm, request.config, findings));
  return findings;
}

}  // namespace synapsed
