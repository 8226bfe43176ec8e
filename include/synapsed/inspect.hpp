#pragma once

/// \file
/// Looking at modules without running them. Owned by the room `runtime`.
///
/// Thread rule: free functions, safe from any thread.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <synapsed/config.hpp>
#include <synapsed/error.hpp>
#include <synapsed/interface.hpp>
#include <synapsed/types.hpp>
#include <synapsed/value.hpp>

namespace synapsed {

/// One section of the binary, in file order (core specification 5.5.2).
struct SectionInfo {
  std::string name;             ///< `type`, `code`, …; a custom section's own name
  bool is_custom = false;
  std::uint64_t offset = 0;      ///< of the contents, bytes from the start of the file
  std::uint64_t size_bytes = 0;  ///< of the contents
};

/// The first use of a proposal.
struct FeatureInfo {
  std::string name;          ///< `simd`, `bulk-memory`, …
  std::uint64_t offset = 0;  ///< bytes from the start of the file
  std::optional<std::uint32_t> function;  ///< the function it is in; none outside of code
};

/// A function that the module defines.
struct FunctionInfo {
  std::uint32_t index = 0;       ///< imported functions counted
  std::string name;              ///< what the name section calls it; may be empty
  std::uint64_t offset = 0;      ///< of its body, bytes from the start of the file
  std::uint64_t size_bytes = 0;  ///< of its body
};

/// What made the module, as it says itself: `processed-by`, `clang`, `19.1`.
struct ProducerInfo {
  std::string field;
  std::string name;
  std::string version;
};

/// The imported functions that a call of an exported one can lead to. An indirect call counts as a
/// call of every function of its type that a table or a reference may hold.
struct ReachInfo {
  std::string exported;
  std::vector<std::string> imports;  ///< `env.log`
};

struct ModuleDescription {
  std::string name;                     ///< what the module calls itself; may be empty
  std::uint64_t size_bytes = 0;
  std::string sha256;
  std::vector<SectionInfo> sections;
  std::vector<ImportType> imports;
  std::vector<ExportType> exports;      ///< also those of the runtime, if it made the module
  std::optional<Interface> interface;   ///< what it says of its functions, if any
  std::vector<MemoryType> memories;     ///< all of them, imported ones first
  std::vector<TableType> tables;        ///< all of them, imported ones first
  std::uint32_t functions = 0;          ///< defined, not imported
  bool has_start_function = false;
  std::optional<std::uint32_t> start_function;  ///< its index
  std::vector<FeatureInfo> features;            ///< every proposal beyond 1.0 that is used, in the
                                                ///< order the specification took them up
  std::vector<FunctionInfo> bodies;             ///< the defined functions, in order
  std::vector<ProducerInfo> producers;
  bool has_debug_info = false;
  std::vector<ReachInfo> reach;   ///< of the exported functions, in order
  bool reach_is_complete = true;  ///< false: the module is so large that `reach` lacks exports
};

/// What to check a module for.
struct CheckRequest {
  RuntimeConfig config;  ///< its limits and rules; nothing is run
  std::vector<std::string> granted_imports;  ///< `env.log`, or `env.*` for a whole module
  std::vector<std::string> wanted_exports;   ///< functions that must be there
  /// Names of `refusable_features()` that the configuration alone would allow.
  std::vector<std::string> refused_features;
};

/// Something to know before a module is loaded.
struct Finding {
  bool refuses = true;        ///< false: worth knowing, and no reason to refuse the module
  std::string rule;           ///< stable: `import.denied`, `feature.threads`, …
  std::string message;
  std::uint64_t offset = 0;   ///< bytes from the start of the file; 0: the whole of it
  std::optional<std::uint32_t> function;
  std::string function_name;  ///< may be empty
  std::string help;           ///< what avoids it: a compiler's flag, an option, a field
};

/// One of the rules that make the results of a module the same on every machine.
struct DeterminismRule {
  std::string rule;  ///< stable: `threads`, `floats`, `memory`, …
  bool is_met = false;
  std::string message;       ///< what meets it, or what does not
  std::uint64_t offset = 0;  ///< of the first use of what it is about; 0: there is no such place
  std::optional<std::uint32_t> function;
  std::string function_name;  ///< may be empty
  std::string help;           ///< how to meet it; empty when it is met
};

/// Errors: those of loading a module, without the ones of policy.
[[nodiscard]] Result<ModuleDescription> describe_module(std::span<const std::byte> wasm);

/// Every reason to refuse the module under a configuration, and what else is worth knowing; empty
/// when there is nothing. Errors: those of `validate_module`, and `config.invalid` for a feature
/// nobody knows.
[[nodiscard]] Result<std::vector<Finding>> check_module(std::span<const std::byte> wasm,
                                                        const CheckRequest& request);

/// What a runtime of this configuration and the module do for each rule, in a fixed order. Imports
/// that the host provides are the host's to keep deterministic. Errors: those of `validate_module`.
[[nodiscard]] Result<std::vector<DeterminismRule>> determinism_report(
    std::span<const std::byte> wasm, const RuntimeConfig& config);

/// What `CheckRequest::refused_features` may name: the proposals, and `floats`.
[[nodiscard]] std::vector<std::string> refusable_features();

/// One function as text. `function` is a name or an index. Errors: `load.*`,
/// `call.unknown_export` when there is no such function.
[[nodiscard]] Result<std::string> function_to_wat(std::span<const std::byte> wasm,
                                                  std::string_view function);

/// Who calls whom, in the language of Graphviz. Errors: `load.*`.
[[nodiscard]] Result<std::string> call_graph_to_dot(std::span<const std::byte> wasm);

/// Checks a binary module against the specification and every proposal the engine supports.
[[nodiscard]] Result<void> validate_module(std::span<const std::byte> wasm);

/// Text to binary. Error: `load.invalid_text` with line and column.
[[nodiscard]] Result<Bytes> wat_to_wasm(std::string_view wat);
/// Binary to text. Errors: `load.*`.
[[nodiscard]] Result<std::string> wasm_to_wat(std::span<const std::byte> wasm);

/// True when `bytes` start like a binary module or component (`\0asm`).
[[nodiscard]] bool looks_like_wasm(std::span<const std::byte> bytes);

}  // namespace synapsed
