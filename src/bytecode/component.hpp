#pragma once

/// \file
/// Component binaries, as far as finding the core modules in them (component model, Binary.md).
///
/// Thread rule: pure functions.

#include <cstdint>
#include <vector>

#include <synapsed/error.hpp>

#include "base/bytes.hpp"

namespace synapsed::bytecode {

/// A core module inside a component.
struct NestedModule {
  std::uint64_t offset = 0;      ///< in the file
  std::uint64_t size_bytes = 0;
  std::uint32_t depth = 0;       ///< of components around the component it is in
};

/// True when `bytes` start with the header of a component.
[[nodiscard]] bool is_component(ByteSpan bytes);

/// The core modules of a component and of those inside it, in file order; at most 1000, from
/// components nested at most 100 deep. Errors: `load.truncated`, `load.invalid_module` with the
/// offset.
[[nodiscard]] Result<std::vector<NestedModule>> find_core_modules(ByteSpan component);

}  // namespace synapsed::bytecode
