#pragma once

/// \file
/// The interface a module carries in its custom sections `synapsed:interface`; the notation is in
/// docs/reference/interfaces.md. Thread rule: pure functions.

#include <cstddef>
#include <optional>
#include <string_view>

#include <synapsed/error.hpp>
#include <synapsed/interface.hpp>

#include "base/bytes.hpp"
#include "bytecode/module.hpp"

namespace synapsed::bytecode {

inline constexpr std::string_view kInterfaceSection = "synapsed:interface";

/// Bounds of what a module may declare.
struct InterfaceBounds {
  static constexpr std::size_t kTextBytesMax = 65536;  ///< all sections together
  static constexpr std::size_t kFunctionsMax = 1000;
  static constexpr std::size_t kRecordsMax = 1000;
  static constexpr std::size_t kFieldsMax = 64;  ///< of a record; parameters of a function
  static constexpr std::size_t kDepthMax = 16;   ///< of types in types, records counted
  static constexpr std::size_t kPartsMax = 1024;  ///< types in a type, records written out
};

/// Error: `load.invalid_interface` with line and column.
[[nodiscard]] Result<Interface> parse_interface(std::string_view text);

/// Null when the module has no such section. Several are read as one text, each on lines of its
/// own. Errors: those of `parse_interface`, and of `read_module`.
[[nodiscard]] Result<std::optional<Interface>> read_interface(const Module& module);
[[nodiscard]] Result<std::optional<Interface>> read_interface(ByteSpan wasm);

}  // namespace synapsed::bytecode
