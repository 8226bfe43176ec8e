#pragma once

/// \file
/// The host functions that every guest may import, from the import module `synapsed@1`. Their table
/// is abi/host_functions.json; docs/reference/host-functions.md describes them.
///
/// Thread rule: the table is constant.

#include <cstdint>
#include <span>
#include <string_view>

#include <synapsed/host.hpp>

namespace synapsed {

/// A row of the table.
struct FirstPartyFunction {
  std::string_view name;
  std::string_view type;  ///< as `to_string(FunctionType)` writes it
  std::uint64_t price_base;
  std::uint64_t price_per_byte;
  std::string_view capability;  ///< empty: none is needed
  std::string_view description;
};

[[nodiscard]] std::string_view first_party_module();
[[nodiscard]] std::span<const FirstPartyFunction> first_party_functions();

/// Defines every function of the table. What guests log goes to their execution's log.
void define_first_party(HostFunctions& host);

}  // namespace synapsed
