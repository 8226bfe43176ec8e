#pragma once

/// \file
/// The proposals a module can use beyond WebAssembly 1.0. Thread rule: pure functions.

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace synapsed::bytecode {

/// In the order the specification took them up. `kMvp` is WebAssembly 1.0 itself.
enum class Feature : std::uint8_t {
  kMvp,
  kMutableGlobals,
  kSignExtension,
  kSaturatingConversions,
  kMultiValue,
  kBulkMemory,
  kReferenceTypes,
  kSimd,
  kTailCall,
  kExtendedConstants,
  kMultiMemory,
  kMemory64,
  kThreads,
  kRelaxedSimd,
  kFunctionReferences,
  kGc,
  kExceptions,
  kWideArithmetic,
  kCustomPageSizes,
};

inline constexpr std::size_t kFeatures = static_cast<std::size_t>(Feature::kCustomPageSizes) + 1;

/// As the proposals call themselves: `bulk-memory`, `simd`, …
[[nodiscard]] std::string_view to_string(Feature feature);

}  // namespace synapsed::bytecode
