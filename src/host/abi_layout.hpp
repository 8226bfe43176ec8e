#pragma once

/// \file
/// How the canonical ABI of the Component Model lays values out in memory and flattens them into
/// core parameters (its chapters "Alignment", "Element Size" and "Flattening"). v128, which it does
/// not know, is one v128, size and alignment 16.
///
/// Thread rule: pure functions.

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include <synapsed/error.hpp>
#include <synapsed/interface.hpp>
#include <synapsed/types.hpp>

namespace synapsed {

/// Core parameters and results beyond these go through memory.
inline constexpr std::size_t kFlatParamsMax = 16;
inline constexpr std::size_t kFlatResultsMax = 1;

struct AbiLayout {
  std::uint32_t size = 0;  ///< bytes, a multiple of the alignment
  std::uint32_t alignment = 1;
};

[[nodiscard]] AbiLayout layout_of(const InterfaceType& type);
/// Of a record, or of parameters in memory.
[[nodiscard]] AbiLayout layout_of(std::span<const InterfaceField> fields);

[[nodiscard]] constexpr std::uint32_t align_up(std::uint32_t offset, std::uint32_t alignment) {
  return (offset + alignment - 1) / alignment * alignment;
}

/// Walks the fields of a record: where each lies.
class FieldOffsets {
 public:
  std::uint32_t next(const InterfaceType& type) {
    const AbiLayout layout = layout_of(type);
    const std::uint32_t offset = align_up(end_, layout.alignment);
    end_ = offset + layout.size;
    return offset;
  }

 private:
  std::uint32_t end_ = 0;
};

/// Where the value of an option or a result lies, after the byte that says which case it is.
[[nodiscard]] std::uint32_t payload_offset(const InterfaceType& variant);

struct FlatTypes {
  std::vector<ValueType::Kind> kinds;  ///< complete up to one more than `kFlatParamsMax`
  /// A v128 would share its place with another type, which no rule covers.
  bool mixes_vectors = false;
};

[[nodiscard]] FlatTypes flatten(const InterfaceType& type);

struct FunctionAbi {
  FunctionType type;              ///< what the core export must have
  bool params_in_memory = false;  ///< the one parameter points to all of them
  bool result_in_memory = false;  ///< the core result points to it
};

/// Error: `load.invalid_interface` for a parameter that mixes v128 with another type.
[[nodiscard]] Result<FunctionAbi> abi_of(const InterfaceFunction& function);

}  // namespace synapsed
