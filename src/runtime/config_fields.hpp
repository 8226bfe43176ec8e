#pragma once

/// \file
/// Every field of a `RuntimeConfig`, once, as a table: what prints, documents and compares
/// configurations reads it.

#include <span>
#include <string>
#include <string_view>

#include <synapsed/config.hpp>

namespace synapsed {

struct ConfigField {
  std::string_view group;  ///< the member of `RuntimeConfig`
  std::string_view name;
  std::string_view unit;   ///< empty when there is none
  std::string_view why;    ///< one sentence
  std::string (*text)(const RuntimeConfig&);
};

/// In the order of the header.
[[nodiscard]] std::span<const ConfigField> config_fields();

}  // namespace synapsed
