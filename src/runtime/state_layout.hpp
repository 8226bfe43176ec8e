#pragma once

/// \file
/// Where a module that was made for snapshots keeps its state (bytecode/snapshot_exports.hpp).
/// Thread rule: values; immutable.

#include <cstdint>
#include <optional>
#include <vector>

#include <synapsed/types.hpp>

#include "engine/module.hpp"

namespace synapsed {

struct StateLayout {
  template <typename Type>
  struct Part {
    std::uint32_t index = 0;  ///< in the module
    engine::ExportIndex where;
    Type type;
  };
  template <typename Type>
  using Parts = std::vector<Part<Type>>;  ///< by index, ascending

  Parts<GlobalType> globals;
  Parts<TableType> tables;
  Parts<MemoryType> memories;
  Parts<FunctionType> functions;  ///< those that references may name
  Parts<GlobalType> data_flags;
  Parts<GlobalType> element_flags;
  std::optional<engine::ExportIndex> drop;
};

[[nodiscard]] StateLayout state_layout_of(const engine::Module& module);

}  // namespace synapsed
