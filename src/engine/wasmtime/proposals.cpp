#include "engine/proposals.hpp"

#include <array>
#include <string_view>

#include "base/try.hpp"
#include "engine/wasmtime/engine_impl.hpp"
#include "engine/wasmtime/module_impl.hpp"

namespace synapsed::engine {
namespace {

using Setter = void (*)(wasm_config_t*, bool);

/// A proposal, and how to turn it off together with those that build on it.
struct Proposal {
  std::string_view name;
  std::array<Setter, 4> off;  // null where unused
};

constexpr std::array kProposals{
    Proposal{"multi-value", {wasmtime_config_wasm_multi_value_set}},
    Proposal{"bulk-memory",
             {wasmtime_config_wasm_bulk_memory_set, wasmtime_config_wasm_reference_types_set,
              wasmtime_config_wasm_function_references_set, wasmtime_config_wasm_gc_set}},
    Proposal{"reference-types",
             {wasmtime_config_wasm_reference_types_set,
              wasmtime_config_wasm_function_references_set, wasmtime_config_wasm_gc_set}},
    Proposal{"simd", {wasmtime_config_wasm_simd_set, wasmtime_config_wasm_relaxed_simd_set}},
    Proposal{"tail-call", {wasmtime_config_wasm_tail_call_set}},
    Proposal{"multi-memory", {wasmtime_config_wasm_multi_memory_set}},
    Proposal{"memory64", {wasmtime_config_wasm_memory64_set}},
    Proposal{"threads", {wasmtime_config_wasm_threads_set}},
    Proposal{"relaxed-simd", {wasmtime_config_wasm_relaxed_simd_set}},
    Proposal{"function-references",
             {wasmtime_config_wasm_function_references_set, wasmtime_config_wasm_gc_set}},
    Proposal{"gc", {wasmtime_config_wasm_gc_set}},
    Proposal{"exceptions", {wasmtime_config_wasm_exceptions_set}},
};

/// An engine that accepts everything but `without`; it never compiles or runs anything.
Result<EngineHandle> validating_engine(const Proposal* without) {
  wasm_config_t* config = wasm_config_new();
  wasmtime_config_wasm_threads_set(config, true);
  if (without != nullptr) {
    for (const Setter set : without->off) {
      if (set != nullptr) set(config, false);
    }
  }
  return make_engine(config, false);
}

}  // namespace

Result<std::vector<std::string>> needed_proposals(std::span<const std::byte> wasm) {
  const EngineHandle everything = TRY(validating_engine(nullptr));
  TRY(validate(everything.get(), wasm));
  std::vector<std::string> needed;
  for (const Proposal& proposal : kProposals) {
    const EngineHandle restricted = TRY(validating_engine(&proposal));
    if (!validate(restricted.get(), wasm)) needed.emplace_back(proposal.name);
  }
  return needed;
}

}  // namespace synapsed::engine
