#pragma once

/// \file
/// The modules that are built in (guest/modules). Thread rule: the table is constant.

#include <cstddef>
#include <span>
#include <string_view>

#include <synapsed/error.hpp>

namespace synapsed {

struct BuiltinModule {
  std::string_view name;
  std::span<const std::byte> wasm;
};

/// Empty where the build had no compiler for WebAssembly.
[[nodiscard]] std::span<const BuiltinModule> builtin_modules();

/// Error: `call.unknown_module`.
[[nodiscard]] Result<BuiltinModule> find_builtin_module(std::string_view name);

}  // namespace synapsed
