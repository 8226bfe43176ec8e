#pragma once

/// \file
/// Every field of a `RuntimeConfig`, once, as a table: what prints, documents and compares
/// configurations reads it.

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include <synapsed/config.hpp>

namespace synapsed {

/// A switch, a number in its field's unit, or the name of a choice or a table.
using ConfigValue = std::variant<bool, std::uint64_t, std::string>;

struct ConfigField {
  std::string_view group;  ///< the member of `RuntimeConfig`
  std::string_view name;
  std::string_view unit;   ///< `bytes`, `ns`, or what is counted; empty when there is none
  std::string_view why;    ///< one sentence
  ConfigValue (*value)(const RuntimeConfig&);

  /// The value as people read it: `on`, `64 MiB`, `30 s`, `none`, `cranelift`.
  [[nodiscard]] std::string text(const RuntimeConfig& config) const;
};

/// In the order of the header.
[[nodiscard]] std::span<const ConfigField> config_fields();

}  // namespace synapsed
