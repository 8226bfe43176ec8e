#pragma once

/// \file
/// The operators of WebAssembly: one table, and a reader over the bytes of an expression
/// (core specification 5.4).
///
/// Reading allocates nothing. It checks what is needed to find the next operator: codes,
/// integers, lengths, that blocks are closed. Types, labels and index spaces are the engine's to
/// check. Thread rule: values over bytes that outlive them.

#include <bit>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include <synapsed/error.hpp>

#include "base/bytes.hpp"
#include "bytecode/cursor.hpp"
#include "bytecode/features.hpp"
#include "bytecode/value_code.hpp"

namespace synapsed::bytecode {

/// One enumerator per row of `operators.def`.
enum class Op : std::uint16_t {
#define SYNAPSED_OPERATOR(name, ...) k##name,
#include "bytecode/operators.def"
#undef SYNAPSED_OPERATOR
};

/// What follows an operator's code, and which fields of `Operator` hold it.
enum class Immediate : std::uint8_t {
  kNone,
  kBlockType,  ///< `block`
  kLabel, kLocal, kGlobal, kFunction, kType, kTable, kMemory, kData, kElement, kTag,  ///< `index`
  kTypeTable,      ///< `index`: the type of the callee, `index2`: the table
  kTypeField,      ///< `index`: the structure, `index2`: the field
  kTypeCount,      ///< `index`: the array, `index2`: how many elements
  kTypeData,       ///< `index`: the array, `index2`: the segment
  kTypeElement,    ///< `index`: the array, `index2`: the segment
  kTypeType,       ///< `index`: the destination's type, `index2`: the source's
  kDataMemory,     ///< `index`: the segment, `index2`: the memory
  kMemoryMemory,   ///< `index`: the destination, `index2`: the source
  kElementTable,   ///< `index`: the segment, `index2`: the table
  kTableTable,     ///< `index`: the destination, `index2`: the source
  kBranchTable,    ///< `tail`: labels, the default last; `index`: how many without it
  kSelectTypes,    ///< `tail`: value types; `index`: how many
  kI32, kI64, kF32, kF64,  ///< `bits`; an i32 and an f32 leave the upper half zero
  kV128,           ///< `tail`: 16 bytes
  kShuffle,        ///< `tail`: 16 lanes
  kLane,           ///< `index`
  kMemoryArgument,      ///< `align`, `bits`: the offset, `index`: the memory
  kMemoryArgumentLane,  ///< the same, `index2`: the lane
  kHeapType,       ///< `type`
  kBranchCast,     ///< `index`: the label, `type`: the source, `type2`: the target
  kTryTable,       ///< `block`, `tail`: catches; `index`: how many
  kFence,          ///< a zero byte
};

/// What a price names: operators of one class cost alike.
enum class OperatorClass : std::uint8_t {
  kControl, kBranch, kCall, kCallIndirect, kParametric, kLocal, kGlobal, kTable, kLoad, kStore,
  kMemorySize, kGrow, kBulk, kConstant, kIntegerComparison, kIntegerArithmetic,
  kIntegerMultiplication, kIntegerDivision, kIntegerConversion, kFloatComparison,
  kFloatArithmetic, kFloatDivision, kFloatConversion, kReference, kGc, kGcAllocation,
  kVectorInteger, kVectorFloat, kVectorLoad, kVectorStore, kAtomic, kException,
};

inline constexpr std::size_t kOperatorClasses =
    static_cast<std::size_t>(OperatorClass::kException) + 1;

/// `integer_arithmetic`, `call_indirect`, …
[[nodiscard]] std::string_view to_string(OperatorClass operator_class);
[[nodiscard]] std::optional<OperatorClass> find_operator_class(std::string_view name);

/// A row of the table.
struct OperatorInfo {
  Op op;
  std::string_view name;  ///< as in the text format
  std::uint8_t prefix;    ///< 0 when there is none
  std::uint16_t code;     ///< a byte, or after a prefix an unsigned LEB128
  Immediate immediate;
  std::string_view signature;  ///< see operators.def
  Feature feature;
  OperatorClass operator_class;

  /// True when the operands do not depend on the module's types.
  [[nodiscard]] constexpr bool has_fixed_signature() const { return signature != "*"; }
  /// One letter an operand, the last one on top of the stack. Only of a fixed signature.
  [[nodiscard]] constexpr std::string_view operands() const {
    return signature.substr(0, signature.find(':'));
  }
  [[nodiscard]] constexpr std::string_view results() const {
    return signature.substr(signature.find(':') + 1);
  }
};

/// Every operator, in the order of `Op`.
[[nodiscard]] std::span<const OperatorInfo> all_operators();
[[nodiscard]] const OperatorInfo& info(Op op);
/// The class alone, as `info` has it; asked of every operator of a module.
[[nodiscard]] OperatorClass class_of(Op op);
/// True for operators behind which the next one follows, or a trap, and nothing else: they neither
/// open, end or leave a block, nor call, nor work on as much as they are asked for. Not for all of
/// those, but for the classes that most code consists of.
[[nodiscard]] bool is_sequential(Op op);
/// True when its result may depend on how floating-point numbers are computed, or carries one.
[[nodiscard]] bool uses_floats(Op op);
/// True for what a constant expression may hold (core specification 3.4.14), `end` included.
[[nodiscard]] bool is_constant(Op op);

/// The type of a block: nothing, one result, or a function type of the module.
struct BlockType {
  enum class Kind : std::uint8_t { kEmpty, kValue, kType };
  Kind kind = Kind::kEmpty;
  ValueCode value;         ///< of `kValue`
  std::uint32_t type = 0;  ///< of `kType`: an index
  bool operator==(const BlockType&) const = default;
};

/// One operator with its immediates; `Immediate` says which fields hold them. The others are
/// zero.
struct Operator {
  Op op = Op::kUnreachable;
  std::uint32_t align = 0;  ///< of a memory argument, log2
  std::uint64_t offset = 0;  ///< in the file
  ByteSpan bytes;            ///< the whole operator
  std::uint32_t index = 0;
  std::uint32_t index2 = 0;
  std::uint64_t bits = 0;
  BlockType block;
  ValueCode type;
  ValueCode type2;
  ByteSpan tail;

  [[nodiscard]] std::int32_t as_i32() const { return static_cast<std::int32_t>(bits); }
  [[nodiscard]] std::int64_t as_i64() const { return static_cast<std::int64_t>(bits); }
};

/// Operators one behind the other.
struct OperatorRun {
  std::uint32_t count = 0;
  std::uint64_t offset = 0;  ///< in the file
  std::uint64_t last = 0;    ///< where the last one begins, in the file
  ByteSpan bytes;
};

/// Reads a function's code or a constant expression, up to and with the `end` that closes it.
class OperatorReader {
 public:
  /// Whether the bytes are the expression, or only start with it.
  enum class Extent : std::uint8_t { kWhole, kPrefix };

  /// `base` is the offset of `code` in the file.
  explicit OperatorReader(ByteSpan code, std::uint64_t base = 0, Extent extent = Extent::kWhole)
      : cursor_(code), base_(base), extent_(extent) {}

  /// True when the final `end` has been read, or an error was given.
  [[nodiscard]] bool at_end() const { return depth_ == 0; }
  /// Blocks that are open, the expression itself included.
  [[nodiscard]] std::uint32_t depth() const { return depth_; }
  /// Of the next operator, in the file.
  [[nodiscard]] std::uint64_t offset() const { return base_ + cursor_.position(); }
  /// Bytes after what was read.
  [[nodiscard]] std::size_t left() const { return cursor_.left(); }

  /// The next operator; only when not `at_end`. Error: `load.invalid_module` with the offset.
  Result<void> next(Operator& into);
  /// Goes on to an operator that is not sequential, or earlier, without looking at the others closely:
  /// in code that has been read before. None when the next one is not sequential.
  OperatorRun next_run();

 private:
  void read_immediates(Immediate immediate, Operator& into);
  void read_block_type(BlockType& into);
  void read_memory_argument(Operator& into);
  void read_branch_table(Operator& into);
  void read_select_types(Operator& into);
  void read_catches(Operator& into);
  void read_branch_cast(Operator& into);
  [[nodiscard]] std::unexpected<Error> fail(std::uint64_t offset, std::string_view what);
  [[nodiscard]] std::unexpected<Error> refuse_code(std::uint64_t offset);
  [[nodiscard]] std::unexpected<Error> refuse_immediates(const Operator& read);

  Cursor cursor_;
  std::uint64_t base_;
  Extent extent_;
  std::uint32_t depth_ = 1;
  const char* complaint_ = nullptr;  ///< what is wrong with the immediates; null for a fault
};

/// Reads up to and with the `end` of a constant expression and gives its bytes.
/// Error: `load.invalid_module` with the offset.
[[nodiscard]] Result<ByteSpan> read_constant_expression(ByteSpan bytes, std::uint64_t base);

/// The labels of a `br_table`, in order, the default last: calls `visit(label)`.
template <typename Visit>
void for_each_label(const Operator& br_table, Visit&& visit) {
  Cursor cursor(br_table.tail);
  while (!cursor.at_end()) visit(cursor.u32());
}

/// One clause of a `try_table`.
struct Catch {
  enum class Kind : std::uint8_t { kCatch, kCatchRef, kCatchAll, kCatchAllRef };
  Kind kind = Kind::kCatch;
  std::uint32_t tag = 0;  ///< of the first two
  std::uint32_t label = 0;

  [[nodiscard]] bool has_tag() const { return kind == Kind::kCatch || kind == Kind::kCatchRef; }
  /// True when the label is given the exception itself, as its last operand.
  [[nodiscard]] bool has_reference() const {
    return kind == Kind::kCatchRef || kind == Kind::kCatchAllRef;
  }
};

[[nodiscard]] Catch read_catch(Cursor& cursor);

/// The clauses of a `try_table`, in order: calls `visit(clause)`. Their labels count from outside
/// the `try_table`.
template <typename Visit>
void for_each_catch(const Operator& try_table, Visit&& visit) {
  Cursor cursor(try_table.tail);
  while (!cursor.at_end()) visit(read_catch(cursor));
}

}  // namespace synapsed::bytecode
