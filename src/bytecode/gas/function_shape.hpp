#pragma once

/// \file
/// What a function's code is like, as far as the way it is charged depends on that: found in one
/// reading of it. Thread rule: a pure function; values; a `ShapeReader` is a resource of one thread.

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

#include <synapsed/error.hpp>

#include "bytecode/gas/schedule.hpp"
#include "bytecode/module.hpp"

namespace synapsed::bytecode {

/// Where a loop is in its function.
struct LoopRange {
  std::uint32_t first = 0;   ///< the number of the operator `loop`
  std::uint32_t last = 0;    ///< the number of its `end`
  std::uint32_t height = 1;  ///< of loops inside one another in it, itself counted
  bool is_plain = false;     ///< it has no parameters and no results
  bool calls = false;        ///< so does an operator in it, and in none of the loops inside
  std::uint32_t tables = 0;  ///< operators `br_table` in it, and in none of the loops inside
  ByteSpan body;             ///< the operators behind the first, up to and with the last
  std::uint64_t offset = 0;  ///< of `body` in the file
};

/// Of `loops`, which are in the order of their beginnings, that whose operator `loop` is `first`;
/// null when there is none.
[[nodiscard]] const auto* loop_at(const auto& loops, std::uint32_t first) {
  const auto number_of = [](const auto& loop) { return loop.first; };
  const auto found = std::ranges::lower_bound(loops, first, {}, number_of);
  return found != loops.end() && found->first == first ? &*found : nullptr;
}

struct FunctionShape {
  std::vector<LoopRange> loops;  ///< in the order of their beginnings
  std::uint64_t calls = 0;       ///< and bulk operators; each counts for `weight_at` its loops
  bool catches = false;
  bool has_bulk_32 = false;  ///< a bulk operator whose amount is an i32
  bool has_bulk_64 = false;
};

/// How often code at a depth of loops runs, for choosing only.
[[nodiscard]] std::uint64_t weight_at(std::uint32_t loop_depth);

/// A call after which the function goes on.
[[nodiscard]] bool is_call(Op op);

/// Finds the shape while somebody else reads the code: it is shown each operator, in order. It
/// refers to what it was made from.
class ShapeReader {
 public:
  ShapeReader(const Module& module, const GasSchedule& schedule, const Body& body);

  /// Of code whose blocks fit together.
  void read(const Operator& op, std::uint32_t number);
  [[nodiscard]] FunctionShape take() { return std::move(shape_); }

 private:
  void open(const Operator& op, std::uint32_t number);
  void close(const Operator& op, std::uint32_t number);

  const Module& module_;
  const GasSchedule& schedule_;
  const ByteSpan code_;
  const std::uint64_t offset_;
  FunctionShape shape_;
  std::vector<std::uint32_t> blocks_;  // that are open: their loop, or none
  std::vector<std::uint32_t> open_loops_;
};

/// Error: `load.invalid_module`.
[[nodiscard]] Result<FunctionShape> shape_of(const Module& module, const GasSchedule& schedule,
                                             const Body& body);

}  // namespace synapsed::bytecode
