#pragma once

/// \file
/// Which proposals beyond WebAssembly 1.0 a module needs. Thread rule: safe from any thread.

#include <span>
#include <string>
#include <vector>

#include <synapsed/error.hpp>

namespace synapsed::engine {

/// The proposals without which `wasm` is invalid, in the order the specification took them up.
/// Error: `load.invalid_module` when it is invalid with all of them.
[[nodiscard]] Result<std::vector<std::string>> needed_proposals(std::span<const std::byte> wasm);

}  // namespace synapsed::engine
