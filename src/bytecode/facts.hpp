#pragma once

/// \file
/// What a module says of itself when all of its code is read: the proposals it uses and where, who
/// calls whom, what made it.
///
/// Views are of the module's bytes. The module should be valid; of any other the facts are some
/// facts, and nothing outside the bytes is read. Time and memory are linear in the bytes, but for
/// what each export reaches, which has a budget.
///
/// Thread rule: pure functions.

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include <synapsed/error.hpp>

#include "bytecode/call_graph.hpp"
#include "bytecode/features.hpp"
#include "bytecode/module.hpp"

namespace synapsed::bytecode {

/// A place in the file, and in which function it is.
struct Place {
  std::uint64_t offset = 0;
  std::uint32_t function = kNoIndex;  ///< `kNoIndex` outside of code
};

/// The first use of a proposal.
struct FeatureUse {
  Feature feature = Feature::kMvp;
  Place place;
};

/// An entry of the custom section `producers`: `language`, `Rust`, `1.80`.
struct Producer {
  std::string_view field;
  std::string_view name;
  std::string_view version;
};

/// What can be called once an exported function is.
struct ExportReach {
  std::uint32_t exported = 0;               ///< in `Module::exports`
  std::vector<std::uint32_t> imports;       ///< imported functions, ascending
};

struct ModuleFacts {
  std::vector<FeatureUse> features;  ///< each once, in the order of `Feature`, without `kMvp`
  std::optional<Place> first_float;  ///< the first operator that uses floats; else type
  std::optional<Place> first_growth;  ///< of a memory or a table
  std::string_view name;             ///< of the module; empty when it has none
  std::vector<Producer> producers;
  bool has_debug_info = false;       ///< DWARF, in the custom section `.debug_info`
  CallGraph calls;
  std::vector<ExportReach> reach;    ///< of the exported functions, in order
  /// False when the module is so large that `reach` lacks exports.
  bool reach_is_complete = true;

  /// Null when it is not used.
  [[nodiscard]] const FeatureUse* find(Feature feature) const;
};

/// Errors: `load.invalid_module` with offset and function.
[[nodiscard]] Result<ModuleFacts> gather_facts(const Module& module);

}  // namespace synapsed::bytecode
