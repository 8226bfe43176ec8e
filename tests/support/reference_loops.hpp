#pragma once

/// \file
/// Which loops pay for all their rounds ahead, by docs/formats/gas.md: found anew, as slowly as one
/// likes, for the reference passes. Thread rule: a pure function.

#include <cstdint>
#include <optional>
#include <span>

#include "bytecode/operators.hpp"

namespace synapsed::tests {

/// A loop that may pay ahead; whether it does is asked when it is entered (`needs_guard`).
struct ReferenceLoop {
  std::uint32_t branch = 0;    ///< the number of the `br_if` that closes it
  std::uint32_t variable = 0;  ///< a local
  bytecode::Op change = bytecode::Op::kI32Add;  ///< or `kI32Sub`, of the variable and the step
  bytecode::Operator step;  ///< `i32.const`
  /// How the variable is compared with the bound; none: whether it is not 0.
  std::optional<bytecode::Op> compare;
  bytecode::Operator bound;  ///< `local.get` or `i32.const`
  bool is_bound_left = false;
  bool is_rising = true;  ///< the variable, by its step

  /// An inequality: its rounds are certain only if the step beyond the bound does not wrap around.
  [[nodiscard]] bool needs_guard() const;
  [[nodiscard]] bool is_signed() const;
  [[nodiscard]] bool is_strict() const;
  /// What the variable changes by, without its sign.
  [[nodiscard]] std::int64_t constant_step() const;
};

/// The loop that begins at `ops[first]`, of all operators of a function.
[[nodiscard]] std::optional<ReferenceLoop> reference_loop(
    std::span<const bytecode::Operator> ops, std::size_t first);

}  // namespace synapsed::tests
