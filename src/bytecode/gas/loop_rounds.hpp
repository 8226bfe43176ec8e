#pragma once

/// \file
/// Writes how often a counted loop goes round, as operators before it. Thread rule: a resource of
/// one thread.

#include <cstdint>

#include "bytecode/gas/code_writer.hpp"
#include "bytecode/gas/counted_loops.hpp"

namespace synapsed::bytecode {

class LoopRounds {
 public:
  /// `scratch`: an i64 local that may be overwritten.
  LoopRounds(CodeWriter& out, const CountedLoop& loop, std::uint32_t scratch)
      : out_(out), loop_(loop), scratch_(scratch) {}

  /// i32: not zero when the rounds are what the others say: the step is positive, and one beyond
  /// the bound does not wrap around. For those that `needs_guard`.
  void write_guard();
  /// i64: how often the branch that closes the loop will be taken, 0 to 2^32 - 1; if the variable
  /// may pass its bound by (`may_miss`), as often as it is taken until they are equal. Of a loop
  /// with a constant step.
  void write();
  /// i64: not less than that, for any step; zero or negative when there is none.
  void write_at_most();
  [[nodiscard]] bool may_miss() const;
  /// i32: not zero when the variable never meets its bound.
  void write_misses();

 private:
  void get(std::uint32_t local) { out_.op(Op::kLocalGet, local); }
  void get(const Invariant& value);
  void i32_const(std::int32_t value) { get(Invariant{.constant = value}); }
  void widen() { out_.op(loop_.is_signed ? Op::kI64ExtendI32S : Op::kI64ExtendI32U); }
  void write_distance();
  void write_first_step();
  void divide_by_step();

  CodeWriter& out_;
  const CountedLoop& loop_;
  const std::uint32_t scratch_;
};

}  // namespace synapsed::bytecode
