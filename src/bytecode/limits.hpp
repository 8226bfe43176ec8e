#pragma once

/// \file
/// What a module may have at most, so that reading a hostile one stays cheap.
///
/// The defaults are the engine's own implementation limits: a module beyond them would be refused
/// after all. Thread rule: a value.

#include <cstdint>

namespace synapsed::bytecode {

struct ReadLimits {
  std::uint64_t module_bytes = UINT32_MAX;  ///< a section can hold no more either
  std::uint32_t sections = 100'000;    ///< custom ones included; the engine has no bound
  std::uint32_t types = 1'000'000;     ///< the members of recursive groups counted
  std::uint32_t imports = 1'000'000;
  std::uint32_t functions = 1'000'000;  ///< imported ones included, as in the rows below
  std::uint32_t tables = 100;
  std::uint32_t memories = 100;
  std::uint32_t tags = 1'000'000;
  std::uint32_t globals = 1'000'000;
  std::uint32_t exports = 1'000'000;
  std::uint32_t element_segments = 100'000;
  std::uint32_t element_items = 10'000'000;  ///< of one segment
  std::uint32_t data_segments = 100'000;
  std::uint32_t params = 1'000;
  std::uint32_t results = 1'000;
  std::uint32_t fields = 10'000;       ///< of a structure
  std::uint32_t locals = 50'000;       ///< of a function, without its parameters
  std::uint32_t body_bytes = 7'654'321;
};

}  // namespace synapsed::bytecode
