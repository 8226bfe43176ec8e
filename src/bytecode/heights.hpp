#pragma once

/// \file
/// How high the operand stack of a function grows: what a frame of it can need at most.
///
/// One pass over the operators with the module's types. The engine must have validated the module
/// for the height to be right; on any other bytes the result is an error or some number, and
/// nothing outside them is read. Code that no path reaches is not counted. More than a million
/// slots are an error: no stack would hold them.
///
/// Thread rule: one thread at a time; it refers to its module and keeps its memory from function
/// to function.

#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include <synapsed/error.hpp>

#include "base/try.hpp"
#include "bytecode/module.hpp"
#include "bytecode/operators.hpp"

namespace synapsed::bytecode {

class StackHeights {
 public:
  explicit StackHeights(const Module& module) : module_(module) {}

  /// The most slots of eight bytes that operands take at once; a v128 takes two. 0 of an imported
  /// function. Errors: `load.invalid_module` with offset and function.
  [[nodiscard]] Result<std::uint32_t> of(std::uint32_t function) {
    return of(function, [](const Operator&) {});
  }
  /// The same; `visit(op)` is shown every operator on the way.
  template <typename Visit>
  [[nodiscard]] Result<std::uint32_t> of(std::uint32_t function, const Visit& visit) {
    const Body* body = module_.body_of(function);
    if (body == nullptr) return 0;
    TRY(enter(*body, function));
    OperatorReader in(body->code(), module_.offset_of(body->code()));
    Operator read;
    while (!in.at_end()) {
      if (auto next = in.next(read); !next) {
        return module_.refuse_in(function, std::move(next).error());
      }
      if (!apply(read) || highest_ > kSlotsMax) return module_.refuse_in(function, misfit(read));
      visit(read);
    }
    return highest_;
  }

 private:
  static constexpr std::uint32_t kSlotsMax = 1'000'000;

  struct Frame {
    BlockType type;
    std::uint32_t operands = 0;  ///< below the block's own
    bool is_dead = false;        ///< the block itself is in code that no path reaches
  };

  Result<void> enter(const Body& body, std::uint32_t function);
  [[nodiscard]] static Error misfit(const Operator& read);
  [[nodiscard]] bool apply(const Operator& read);
  [[nodiscard]] bool apply_control(const Operator& read);
  [[nodiscard]] bool apply_typed(const Operator& read);
  [[nodiscard]] bool apply_aggregate(const Operator& read);
  [[nodiscard]] bool open(const BlockType& type);
  [[nodiscard]] bool reopen();
  [[nodiscard]] bool close();
  [[nodiscard]] bool call(const Type* type, bool is_tail);

  [[nodiscard]] std::uint32_t slots() const {
    return operands_ + static_cast<std::uint32_t>(wide_.size());
  }
  [[nodiscard]] bool pop(std::size_t operands);
  void push(unsigned slots);
  void push(std::span<const ValueCode> types);
  [[nodiscard]] bool replace(std::size_t operands, unsigned slots) {
    if (!pop(operands)) return false;
    push(slots);
    return true;
  }
  void drop_to(std::uint32_t operands);
  /// The rest of the block is unreachable.
  [[nodiscard]] bool leave();
  [[nodiscard]] std::span<const ValueCode> params_of(const BlockType& type) const;
  void push_results_of(const BlockType& type);
  [[nodiscard]] bool is_valid(const BlockType& type) const;
  /// 0 when there is no such local.
  [[nodiscard]] unsigned local_slots(std::uint32_t local) const;
  [[nodiscard]] const Type* aggregate(std::uint32_t type) const;

  const Module& module_;
  const Type* type_ = nullptr;  ///< of the function
  std::span<const LocalGroup> locals_;
  std::vector<std::uint64_t> local_ends_;  ///< of each group; empty when no local is wide
  std::uint32_t operands_ = 0;
  std::vector<std::uint32_t> wide_;  ///< the operands of two slots, by their number from below
  std::vector<Frame> frames_;
  std::uint32_t highest_ = 0;
  bool is_dead_ = false;
};

}  // namespace synapsed::bytecode
