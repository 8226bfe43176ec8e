#pragma once

/// \file
/// What a frame of a function counts against the limit of the stack (docs/formats/stack.md).
///
/// A counted byte stands for at most `kNativeBytesPerByte` of the native stack, on every engine and
/// optimisation level. Compilers keep the locals, the operands and what they pass to callees, eight
/// bytes each, sixteen of what lies in vector registers; and an optimising one may keep the result
/// of any operator, to use it again or because it took it out of a loop. So all of these count.
///
/// Invariant: a function of the code alone. The module must be valid. Thread rule: one thread at a
/// time; it refers to its module.

#include <cstdint>

#include <synapsed/error.hpp>

#include "bytecode/heights.hpp"
#include "bytecode/module.hpp"

namespace synapsed::bytecode {

/// Return address, frame pointer, saved registers, alignment, what passes add.
inline constexpr std::uint32_t kFrameBytes = 96;
inline constexpr std::uint32_t kSlotBytes = 8;
inline constexpr std::uint32_t kNativeBytesPerByte = 2;

class FrameCosts {
 public:
  explicit FrameCosts(const Module& module) : module_(module), heights_(module) {}

  struct Frame {
    std::uint64_t bytes = 0;  ///< 0 of an imported function
    bool catches = false;     ///< exceptions of callees
  };

  /// Error: `load.invalid_module` with offset and function.
  [[nodiscard]] Result<Frame> of(std::uint32_t function);

 private:
  const Module& module_;
  StackHeights heights_;
};

}  // namespace synapsed::bytecode
