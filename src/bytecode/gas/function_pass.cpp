#include "bytecode/gas/function_pass.hpp"

#include <algorithm>
#include <optional>

#include <fmt/format.h>

#include "base/try.hpp"

namespace synapsed::bytecode {
namespace {

/// How often code at a depth of loops runs, for choosing only.
std::uint64_t weight_at(std::uint32_t loop_depth) {
  return std::uint64_t{1} << (3 * std::min(loop_depth, 10U));
}

/// What the choice of a function's way of charging depends on.
struct Shape {
  std::uint64_t calls = 0;  ///< weighted by their loops
  bool has_loops = false;
  bool catches = false;
  bool has_bulk_32 = false;
  bool has_bulk_64 = false;
};

/// What a bulk operator is charged for each of the elements that it finds on top of the stack.
struct BulkPrice {
  std::uint64_t each = 0;
  bool is_64 = false;  ///< the count is an i64
};

bool is_call(Op op) {
  return op == Op::kCall || op == Op::kCallIndirect || op == Op::kCallRef;
}

std::optional<BulkPrice> bulk_price(const GasModule& shared, const Operator& op) {
  const GasSchedule& schedule = shared.schedule;
  const auto memory_64 = [&](std::uint32_t index) {
    return index < shared.module.memories.size() && shared.module.memories[index].is_64;
  };
  const auto table_64 = [&](std::uint32_t index) {
    return index < shared.module.tables.size() && shared.module.tables[index].is_64;
  };
  switch (op.op) {
    case Op::kMemoryFill: return BulkPrice{schedule.bulk_byte, memory_64(op.index)};
    case Op::kMemoryCopy:
      return BulkPrice{schedule.bulk_byte, memory_64(op.index) && memory_64(op.index2)};
    case Op::kMemoryInit: return BulkPrice{schedule.bulk_byte, false};
    case Op::kMemoryGrow: return BulkPrice{schedule.memory_page, memory_64(op.index)};
    case Op::kTableFill: return BulkPrice{schedule.bulk_element, table_64(op.index)};
    case Op::kTableCopy:
      return BulkPrice{schedule.bulk_element, table_64(op.index) && table_64(op.index2)};
    case Op::kTableGrow: return BulkPrice{schedule.table_element, table_64(op.index)};
    case Op::kTableInit:
    case Op::kArrayNew:
    case Op::kArrayNewDefault:
    case Op::kArrayNewData:
    case Op::kArrayNewElem:
    case Op::kArrayFill:
    case Op::kArrayCopy:
    case Op::kArrayInitData:
    case Op::kArrayInitElem: return BulkPrice{schedule.bulk_element, false};
    default: return std::nullopt;
  }
}

Result<Shape> shape_of(const GasModule& shared, const Body& body) {
  Shape shape;
  std::vector<bool> is_loop{false};
  std::uint32_t loops = 0;
  OperatorReader in(body.code(), shared.module.offset_of(body.code()));
  Operator op;
  while (!in.at_end()) {
    TRY(in.next(op));
    switch (op.op) {
      case Op::kTryTable: shape.catches = true; [[fallthrough]];
      case Op::kBlock:
      case Op::kIf: is_loop.push_back(false); break;
      case Op::kLoop:
        is_loop.push_back(true);
        shape.has_loops = true;
        ++loops;
        break;
      case Op::kEnd:
        if (is_loop.back()) --loops;
        is_loop.pop_back();
        break;
      default: {
        const auto bulk = bulk_price(shared, op);
        if (bulk) (bulk->is_64 ? shape.has_bulk_64 : shape.has_bulk_32) = true;
        if (bulk || is_call(op.op)) shape.calls += weight_at(loops);
      }
    }
  }
  return shape;
}

/// The way of charging that executes less.
bool prefers_local(const Shape& shape, std::span<const Charge> charges) {
  if (!shape.has_loops || shape.catches) return false;
  std::uint64_t weight = 0;
  for (const Charge& charge : charges) weight += weight_at(charge.loop_depth);
  return weight > 2 + shape.calls;
}

class FunctionPass {
 public:
  FunctionPass(const GasModule& shared, const Body& body, std::uint32_t function, Shape shape,
               std::span<const Charge> charges, Bytes& out, std::vector<Position>& positions)
      : shared_(shared),
        body_(body),
        type_(*shared.module.type_of_function(function)),
        shape_(shape),
        in_local_(prefers_local(shape, charges)),
        charges_(charges),
        out_(out),
        positions_(positions) {}

  Result<void> run() {
    write_locals();
    if (in_local_) reload();
    pay_at(Place{});
    OperatorReader in(body_.code(), shared_.module.offset_of(body_.code()));
    Operator op;
    for (number_ = 0; !in.at_end(); ++number_) {
      TRY(in.next(op));
      before(op);
      if (replace(op)) {
        track(op);
        continue;
      }
      copy(op);
      track(op);
      pay_at({.op = number_});
    }
    return {};
  }

 private:
  using Kind = Place::Kind;

  /// The body's own locals, then those of the pass.
  void write_locals() {
    const auto groups = shared_.module.local_groups(body_);
    std::uint32_t locals = type_.params;
    for (const LocalGroup& group : groups) locals += group.count;
    gas_local_ = locals;
    count_32_ = gas_local_ + 1;
    count_64_ = count_32_ + (shape_.has_bulk_32 ? 1 : 0);
    const auto old_groups = static_cast<std::uint32_t>(groups.size());
    out_.u32(old_groups + 1U + (shape_.has_bulk_32 ? 1U : 0U) + (shape_.has_bulk_64 ? 1U : 0U));
    const ByteSpan declared = body_.bytes.first(body_.code_start);
    Cursor count(declared);
    count.u32();
    out_.raw(declared.subspan(count.position()));
    write_local(ValueCode::kI64);
    if (shape_.has_bulk_32) write_local(ValueCode::kI32);
    if (shape_.has_bulk_64) write_local(ValueCode::kI64);
  }
  void write_local(std::uint8_t type) {
    out_.byte(1);
    out_.byte(type);
  }

  void copy(const Operator& op) {
    positions_.push_back({.written = static_cast<std::uint32_t>(out_.size()),
                          .original = static_cast<std::uint32_t>(op.offset)});
    out_.raw(op.bytes);
  }

  // --- Where gas is while it is kept in the local. ---

  void write_back() {
    if (!in_local_ || !is_dirty_) return;
    out_.op(Op::kLocalGet, gas_local_);
    out_.op(Op::kGlobalSet, shared_.gas_global);
    is_dirty_ = false;
  }
  void reload() {
    out_.op(Op::kGlobalGet, shared_.gas_global);
    out_.op(Op::kLocalSet, gas_local_);
    is_stale_ = false;
    is_dirty_ = false;
  }
  void make_fresh() {
    if (in_local_ && is_stale_) reload();
  }

  /// What must hold before the operator: others find the gas in the global, and where ways meet the
  /// local holds it.
  void before(const Operator& op) {
    if (op.op == Op::kEnd) pay_at({.op = number_, .kind = Kind::kElse});
    if (const auto bulk = bulk_price(shared_, op)) pay_bulk(*bulk);
    switch (op.op) {
      case Op::kCall:
      case Op::kCallIndirect:
      case Op::kCallRef:
      case Op::kReturn:
      case Op::kReturnCall:
      case Op::kReturnCallIndirect:
      case Op::kReturnCallRef:
      case Op::kThrow:
      case Op::kThrowRef:
      case Op::kUnreachable: write_back(); break;
      case Op::kEnd:
        if (blocks_.empty()) {
          write_back();
        } else {
          make_fresh();
        }
        break;
      case Op::kBr:
      case Op::kBrIf:
      case Op::kBrOnNull:
      case Op::kBrOnNonNull:
      case Op::kBrOnCast:
      case Op::kBrOnCastFail:
        make_fresh();
        if (op.index == blocks_.size()) write_back();
        break;
      case Op::kBrTable: {
        make_fresh();
        bool leaves = false;
        for_each_label(op, [&](std::uint32_t label) { leaves = leaves || label == blocks_.size(); });
        if (leaves) write_back();
        break;
      }
      case Op::kLoop:
      case Op::kIf:
      case Op::kElse: make_fresh(); break;
      default: break;
    }
  }

  /// What holds after the operator.
  void track(const Operator& op) {
    switch (op.op) {
      case Op::kLoop: is_dirty_ = true; [[fallthrough]];
      case Op::kBlock:
      case Op::kTryTable:
      case Op::kIf: blocks_.push_back(op.block); break;
      case Op::kEnd:
        if (!blocks_.empty()) blocks_.pop_back();
        is_dirty_ = true;
        break;
      case Op::kElse: is_dirty_ = true; break;
      default:
        if (is_call(op.op)) is_stale_ = true;
    }
  }

  // --- Paying. ---

  std::optional<std::uint64_t> take(Place place) {
    if (next_ == charges_.size() || charges_[next_].place != place) return std::nullopt;
    return charges_[next_++].amount;
  }

  void pay_at(Place place) {
    const auto amount = take(place);
    if (!amount) return;
    if (place.kind == Kind::kElse) {
      make_fresh();
      out_.op(Op::kElse);
      is_dirty_ = true;
    }
    pay(*amount);
  }

  void pay(std::uint64_t amount) {
    make_fresh();
    out_.op(in_local_ ? Op::kLocalGet : Op::kGlobalGet,
            in_local_ ? gas_local_ : shared_.gas_global);
    out_.i64_const(static_cast<std::int64_t>(amount));
    out_.op(Op::kI64Sub);
    out_.op(Op::kLocalTee, gas_local_);
    if (!in_local_) {
      out_.op(Op::kGlobalSet, shared_.gas_global);
      out_.op(Op::kLocalGet, gas_local_);
    }
    out_.i64_const(0);
    out_.op(Op::kI64LtS);
    out_.begin_if();
    is_dirty_ = true;
    if (in_local_) {
      write_back();
      is_dirty_ = true;  // the other way has not
    }
    out_.op(Op::kUnreachable);
    out_.op(Op::kEnd);
  }

  /// Charges for as many elements as the stack's top says, and leaves it there.
  void pay_bulk(const BulkPrice& price) {
    if (price.each == 0) return;
    write_back();
    const std::uint32_t count = price.is_64 ? count_64_ : count_32_;
    out_.op(Op::kLocalTee, count);
    out_.op(Op::kLocalGet, count);
    if (!price.is_64) out_.op(Op::kI64ExtendI32U);
    out_.i64_const(static_cast<std::int64_t>(price.each));
    out_.op(Op::kCall, shared_.bulk_function);
    is_stale_ = true;
  }

  /// A conditional branch whose taken way pays: `if`, pay, branch, `end`. True when it was.
  bool replace(const Operator& op) {
    if (op.op != Op::kBrIf) return false;
    const auto amount = take({.op = number_, .kind = Kind::kTaken});
    if (!amount) return false;
    positions_.push_back({.written = static_cast<std::uint32_t>(out_.size()),
                          .original = static_cast<std::uint32_t>(op.offset)});
    out_.op(Op::kIf);
    write_block_type(op);
    const bool was_dirty = is_dirty_;
    pay(*amount);
    out_.op(Op::kBr, op.index + 1);
    out_.op(Op::kEnd);
    is_dirty_ = was_dirty;
    pay_at({.op = number_});
    return true;
  }

  /// Labels that ways pay on are blocks'; what they carry passes through the `if`.
  void write_block_type(const Operator& op) {
    const BlockType& block = blocks_[blocks_.size() - 1 - op.index];
    if (block.kind == BlockType::Kind::kEmpty) return out_.byte(0x40);
    std::vector<ValueCode> values{block.value};
    if (block.kind == BlockType::Kind::kType) {
      const Type& type = shared_.module.types[block.type];
      const auto results = shared_.module.results(type);
      values.assign(results.begin(), results.end());
    }
    if (values.empty()) return out_.byte(0x40);
    out_.s64(shared_.pass_through_type(values));
  }

  const GasModule& shared_;
  const Body& body_;
  const Type& type_;
  const Shape shape_;
  const bool in_local_;
  std::span<const Charge> charges_;
  std::size_t next_ = 0;
  CodeWriter out_;
  std::vector<Position>& positions_;

  std::uint32_t number_ = 0;
  std::vector<BlockType> blocks_;  // that are open, without the function
  std::uint32_t gas_local_ = 0;
  std::uint32_t count_32_ = 0;
  std::uint32_t count_64_ = 0;
  bool is_stale_ = false;  // the local does not hold the gas, the global does
  bool is_dirty_ = false;  // the global does not hold the gas, the local does
};

}  // namespace

Result<void> write_metered(const GasModule& shared, const Body& body, std::uint32_t function,
                           Bytes& out, std::vector<Position>& positions) {
  std::uint64_t locals = 0;
  for (const LocalGroup& group : shared.module.local_groups(body)) locals += group.count;
  const auto charges = TRY(charges_of(body.code(), shared.module.offset_of(body.code()), locals,
                                      shared.schedule));
  const Shape shape = TRY(shape_of(shared, body));
  // The size stands before the code, and is known after it: written apart, then put together.
  Bytes code;
  code.reserve(body.bytes.size() * 2);
  const std::size_t first = positions.size();
  TRY(FunctionPass(shared, body, function, shape, charges, code, positions).run());
  CodeWriter writer(out);
  writer.u32(code.size());
  const auto start = static_cast<std::uint32_t>(out.size());
  for (std::size_t i = first; i < positions.size(); ++i) positions[i].written += start;
  writer.raw(code);
  return {};
}

}  // namespace synapsed::bytecode
