#pragma once

/// \file
/// The host functions that every guest may import, from the import module `synapsed@1`. Their table
/// is abi/host_functions.json; docs/reference/host-functions.md describes them.
///
/// Thread rule: the table is constant; a sink is called from the threads that run guests, several
/// at once.

#include <cstdint>
#include <functional>
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

enum class GuestLogLevel : std::uint8_t { kTrace, kDebug, kInfo, kWarning, kError };
[[nodiscard]] std::string_view to_string(GuestLogLevel level);

/// What a guest logged; the views are valid during the call of the sink.
struct GuestLogLine {
  std::string_view module;
  std::string_view tenant;
  GuestLogLevel level;
  std::string_view text;  ///< UTF-8, at most 16 KiB; the rest of a longer one is left out
};

/// Takes what guests log. May be empty: then it is dropped.
using GuestLogSink = std::function<void(const GuestLogLine&)>;

/// Defines every function of the table.
void define_first_party(HostFunctions& host, GuestLogSink sink);

}  // namespace synapsed
