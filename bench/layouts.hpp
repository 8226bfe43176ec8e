#pragma once

/// \file
/// The same module with its code elsewhere. Where a loop comes to lie moves its time by a tenth and
/// more, either way, and nobody chooses it: what is compared is compared in several places.
///
/// Thread rule: a pure function.

#include <span>

#include <synapsed/error.hpp>
#include <synapsed/value.hpp>

namespace synapsed::bench {

/// `wasm` with `stores` writes of a constant, eleven bytes of machine code each on x86-64, at the
/// beginning of every function that has a loop; they go to globals that nobody reads. 0: as it is.
/// Error: `load.invalid_module`.
[[nodiscard]] Result<Bytes> in_layout(std::span<const std::byte> wasm, unsigned stores);

}  // namespace synapsed::bench
