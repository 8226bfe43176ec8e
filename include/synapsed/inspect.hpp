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

struct ModuleDescription {
  std::uint64_t size_bytes = 0;
  std::string sha256;
  std::vector<SectionInfo> sections;
  std::vector<ImportType> imports;
  std::vector<ExportType> exports;
  std::optional<Interface> interface;   ///< what it says of its functions, if any
  std::vector<MemoryType> memories;     ///< all of them, imported ones first
  std::vector<TableType> tables;        ///< all of them, imported ones first
  std::uint32_t functions = 0;          ///< defined, not imported
  bool has_start_function = false;
  /// Proposals beyond WebAssembly 1.0 that the module needs, of those the engine can do without
  /// (not sign extension, saturating conversions, mutable globals, extended constants).
  std::vector<std::string> proposals;
};

/// Errors: those of loading a module, without the ones of policy.
[[nodiscard]] Result<ModuleDescription> describe_module(std::span<const std::byte> wasm);

/// Checks a binary module against the specification and every proposal the engine supports.
[[nodiscard]] Result<void> validate_module(std::span<const std::byte> wasm);

/// Text to binary. Error: `load.invalid_text` with line and column.
[[nodiscard]] Result<Bytes> wat_to_wasm(std::string_view wat);
/// Binary to text. Errors: `load.*`.
[[nodiscard]] Result<std::string> wasm_to_wat(std::span<const std::byte> wasm);

/// True when `bytes` start like a binary module or component (`\0asm`).
[[nodiscard]] bool looks_like_wasm(std::span<const std::byte> bytes);

}  // namespace synapsed
