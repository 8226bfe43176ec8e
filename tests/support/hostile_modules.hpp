#pragma once

/// \file
/// Modules of ten mebibytes that cost their reader as much as they can. Thread rule: pure
/// functions.

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "tests/support/module_bytes.hpp"

namespace synapsed::bytecode::test {

inline constexpr std::size_t kHostileBytes = std::size_t{10} << 20;

struct HostileModule {
  std::string_view what;  ///< it has too many or too much of
  Bytes (*make)();        ///< `kHostileBytes` of them
};

/// Made as long as all, by a custom section at the end.
inline Bytes filled_up(Bytes module) {
  constexpr std::size_t kHeadBytes = 1 + 4;  // the section's number, and its size with padding
  if (module.size() + kHeadBytes <= kHostileBytes) {
    const std::size_t size = kHostileBytes - module.size() - kHeadBytes;
    module.push_back(std::byte{0});
    for (int i = 0; i < 4; ++i) {
      module.push_back(static_cast<std::byte>((size >> (7 * i) & 0x7f) | (i < 3 ? 0x80 : 0)));
    }
  }
  module.resize(kHostileBytes);
  return module;
}

inline Bytes filled_with(std::uint8_t id, std::size_t count, std::string_view entry) {
  return filled_up(module_of({section(id, repeated(count, entry))}));
}

inline Bytes empty_sections(std::size_t count) {
  return filled_up(module_of({copies(count, "00 01 00")}));
}

inline Bytes long_parameter_lists() {
  std::string params;
  for (int i = 0; i < 1000; ++i) params += "7f";
  return filled_with(1, 10'000, "60 e8 07 " + params + "00");
}

inline Bytes one_long_element_segment() {
  Bytes segment = hex("01 01 00");
  append(segment, repeated(9'999'000, "00"));
  return filled_up(module_of({section(9, segment)}));
}

inline Bytes groups_of_no_locals() {
  Bytes body = repeated(3'000'000, "00 7f");
  body.push_back(std::byte{0x0b});
  return filled_up(module_with_body(body));
}

inline Bytes empty_bodies() {
  return filled_up(module_of({section(1, hex("01 60 00 00")), section(3, repeated(1'000'000, "00")),
                              section(10, repeated(1'000'000, "02 00 0b"))}));
}

inline Bytes the_dearest_together() {
  return filled_up(module_of({section(1, repeated(1'000'000, "60 00 00")),
                              section(2, repeated(1'000'000, "00 00 00 00")),
                              section(7, repeated(1'000'000, "00 00 00"))}));
}

inline constexpr std::array kHostileModules{
    HostileModule{"empty sections", [] { return empty_sections(99'000); }},
    HostileModule{"too many sections", [] { return empty_sections(kHostileBytes / 3); }},
    HostileModule{"empty types", [] { return filled_with(1, 1'000'000, "60 00 00"); }},
    HostileModule{"empty groups", [] { return filled_with(1, 1'000'000, "4e 00"); }},
    HostileModule{"parameters", long_parameter_lists},
    HostileModule{"imports", [] { return filled_with(2, 1'000'000, "00 00 00 00"); }},
    HostileModule{"functions", [] { return filled_with(3, 1'000'000, "00"); }},
    HostileModule{"globals", [] { return filled_with(6, 1'000'000, "7f 00 41 00 0b"); }},
    HostileModule{"exports", [] { return filled_with(7, 1'000'000, "00 00 00"); }},
    HostileModule{"tags", [] { return filled_with(13, 1'000'000, "00 00"); }},
    HostileModule{"element segments", [] { return filled_with(9, 100'000, "01 00 00"); }},
    HostileModule{"elements", one_long_element_segment},
    HostileModule{"data segments", [] { return filled_with(11, 100'000, "01 00"); }},
    HostileModule{"groups of no locals", groups_of_no_locals},
    HostileModule{"bodies", empty_bodies},
    HostileModule{"the dearest together", the_dearest_together},
};

}  // namespace synapsed::bytecode::test
