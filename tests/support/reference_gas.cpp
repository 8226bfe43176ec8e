#include "tests/support/reference_gas.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "base/try.hpp"
#include "bytecode/gas/flow.hpp"
#include "bytecode/gas/prepaid.hpp"
#include "bytecode/module.hpp"
#include "bytecode/writer.hpp"
#include "tests/support/passes.hpp"
#include "tests/support/reference_loops.hpp"

namespace synapsed::tests {
namespace {

using namespace bytecode;

/// As many elements at once cost all there is, whatever one costs.
constexpr std::int64_t kElementsMax = std::int64_t{1} << 42;

/// Without its start function, which the host calls, and without custom sections, which may speak
/// of offsets.
Bytes strip(const Module& module) {
  Writer out;
  out.raw(module.bytes.first(kHeaderBytes));
  for (const Section& section : module.sections) {
    if (!section.is_custom() && section.id != SectionId::kStart) out.raw(section.whole);
  }
  return out.take();
}

/// What an operator pays for each of the elements whose number is on top of the stack.
struct Each {
  std::uint32_t price = 0;
  bool is_64 = false;
};

class ReferencePass {
 public:
  ReferencePass(const Module& module, std::optional<std::uint32_t> start, Reference reference,
                const Prices& prices)
      : module_(module),
        start_(start),
        reference_(reference),
        prices_(prices),
        schedule_(prices.schedule),
        gas_(static_cast<std::uint32_t>(module.globals.size())),
        pay_(static_cast<std::uint32_t>(module.functions.size())) {}

  Result<Bytes> run() {
    ModuleWriter out(module_);
    add_types(out);
    add_global(out);
    add_exports(out);
    out.replace(SectionId::kCode, TRY(make_code()));
    return out.write();
  }

 private:
  /// The injected functions, in their order.
  enum class Injected : std::uint8_t {
    kPay,        ///< (amount i64)
    kPayIf,      ///< (condition i32, amount i64) -> the condition; pays when it holds
    kPayEach32,  ///< (count i32, price i64) -> the count
    kPayEach64,  ///< (count i64, price i64) -> the count
  };
  static constexpr std::uint32_t kInjected = 4;

  [[nodiscard]] std::uint32_t index_of(Injected function) const {
    return pay_ + static_cast<std::uint32_t>(function);
  }
  void call(Writer& out, Injected function) const { out.op(Op::kCall, index_of(function)); }

  void add_types(ModuleWriter& out) const {
    constexpr ValueCode kI32(ValueCode::kI32);
    constexpr ValueCode kI64(ValueCode::kI64);
    Writer types;
    Writer functions;
    std::uint64_t next = module_.types.size();
    const auto add = [&](std::initializer_list<ValueCode> params,
                         std::initializer_list<ValueCode> results) {
      functions.unsigned_leb(next++);
      types.byte(0x60);
      for (const auto& values : {params, results}) {
        types.unsigned_leb(values.size());
        for (const ValueCode value : values) types.value_type(value);
      }
    };
    add({kI64}, {});
    add({kI32, kI64}, {kI32});
    add({kI32, kI64}, {kI32});
    add({kI64, kI64}, {kI64});
    out.append(SectionId::kType, kInjected, types.bytes());
    out.append(SectionId::kFunction, kInjected, functions.bytes());
  }

  static void add_global(ModuleWriter& out) {
    Writer global;
    global.value_type(ValueCode(ValueCode::kI64));
    global.byte(1);  // mutable
    global.i64_const(INT64_MAX);
    global.op(Op::kEnd);
    out.append(SectionId::kGlobal, 1, global.bytes());
  }

  void add_exports(ModuleWriter& out) const {
    Writer exports;
    const auto add = [&](std::string_view name, ExternKind kind, std::uint32_t index) {
      exports.name(name);
      exports.byte(static_cast<std::uint8_t>(kind));
      exports.unsigned_leb(index);
    };
    add(kGasExport, ExternKind::kGlobal, gas_);
    if (start_) add(kStartExport, ExternKind::kFunction, *start_);
    out.append(SectionId::kExport, start_ ? 2 : 1, exports.bytes());
  }

  Result<Bytes> make_code() {
    Writer code;
    code.unsigned_leb(module_.bodies.size() + kInjected);
    for (std::size_t i = 0; i < module_.bodies.size(); ++i) {
      Writer out;
      TRY(write_body(out, module_.function_of_body(i), module_.bodies[i]));
      code.sized(out.bytes());
    }
    for (const Bytes& body : {pay(), pay_if(), pay_each_32(), pay_each_64()}) code.sized(body);
    return code.take();
  }

  // --- The injected functions. ---

  /// `write` the operators of a function without locals.
  template <typename Write>
  static Bytes function(const Write& write) {
    Writer out;
    out.byte(0);
    write(out);
    out.op(Op::kEnd);
    return out.take();
  }
  static void begin_if(Writer& out) {
    out.op(Op::kIf);
    out.block_type({});
  }
  void exhaust(Writer& out) const {
    out.i64_const(-1);
    out.op(Op::kGlobalSet, gas_);
    out.op(Op::kUnreachable);
  }

  Bytes pay() const {
    return function([this](Writer& out) {
      out.op(Op::kGlobalGet, gas_);
      out.op(Op::kLocalGet, 0);
      out.op(Op::kI64LtU);
      begin_if(out);
      exhaust(out);
      out.op(Op::kEnd);
      out.op(Op::kGlobalGet, gas_);
      out.op(Op::kLocalGet, 0);
      out.op(Op::kI64Sub);
      out.op(Op::kGlobalSet, gas_);
    });
  }
  Bytes pay_if() const {
    return function([this](Writer& out) {
      out.op(Op::kLocalGet, 0);
      begin_if(out);
      out.op(Op::kLocalGet, 1);
      call(out, Injected::kPay);
      out.op(Op::kEnd);
      out.op(Op::kLocalGet, 0);
    });
  }
  Bytes pay_each_32() const {
    return function([this](Writer& out) {
      out.op(Op::kLocalGet, 0);
      out.op(Op::kI64ExtendI32U);
      out.op(Op::kLocalGet, 1);
      call(out, Injected::kPayEach64);
      out.op(Op::kDrop);
      out.op(Op::kLocalGet, 0);
    });
  }
  Bytes pay_each_64() const {
    return function([this](Writer& out) {
      out.op(Op::kLocalGet, 0);
      out.i64_const(kElementsMax);
      out.op(Op::kI64GeU);
      begin_if(out);
      exhaust(out);
      out.op(Op::kEnd);
      out.op(Op::kLocalGet, 0);
      out.op(Op::kLocalGet, 1);
      out.op(Op::kI64Mul);
      call(out, Injected::kPay);
      out.op(Op::kLocalGet, 0);
    });
  }

  // --- The module's own. ---

  Result<void> write_body(Writer& out, std::uint32_t function, const Body& body) {
    const Type* type = module_.type_of_function(function);
    if (type == nullptr) {
      return std::unexpected(Error(ErrorCode::kLoadInvalidModule, "a function has no type"));
    }
    std::uint32_t locals = 0;
    for (const LocalGroup& group : module_.local_groups(body)) locals += group.count;
    choice_local_ = type->params + locals;
    const std::vector<Operator> ops = TRY(operators_of(body));
    charges_.clear();
    if (reference_ == Reference::kPlaced) charges_ = TRY(charges_of(module_, function, prices_));
    find_loops(ops);
    write_locals(out, body);
    if (reference_ == Reference::kPlaced) {
      pay_at(out, {});
    } else {
      pay(out, schedule_.function_entry + schedule_.function_local * locals);
    }
    for (number_ = 0; number_ < ops.size(); ++number_) write_operator(out, ops[number_]);
    return {};
  }

  Result<std::vector<Operator>> operators_of(const Body& body) const {
    std::vector<Operator> ops;
    OperatorReader in(body.code(), module_.offset_of(body.code()));
    while (!in.at_end()) TRY(in.next(ops.emplace_back()));
    return ops;
  }

  /// Those that have something to pay for going round.
  void find_loops(std::span<const Operator> ops) {
    loops_.clear();
    for (std::uint32_t i = 0; i < ops.size(); ++i) {
      const auto loop = reference_loop(ops, i);
      if (!loop) continue;
      const std::uint64_t price = amount_at(taken(loop->branch));
      if (price == 0 || price > INT32_MAX) continue;
      const auto ahead_local = round_local() + 1 + static_cast<std::uint32_t>(loops_.size());
      loops_.emplace(i, Loop{*loop, price, ahead_local});
    }
  }

  /// The body's own; what a branch chooses by; the variable of a loop whose rounds are counted; and
  /// for each such loop whether it has paid ahead.
  void write_locals(Writer& out, const Body& body) const {
    const ByteSpan declared = body.bytes.first(body.code_start);
    Cursor count(declared);
    out.unsigned_leb(std::uint64_t{count.u32()} + 1);
    out.raw(declared.subspan(count.position()));
    out.unsigned_leb(2 + loops_.size());
    out.value_type(ValueCode(ValueCode::kI32));
  }
  [[nodiscard]] std::uint32_t round_local() const { return choice_local_ + 1; }

  void write_operator(Writer& out, const Operator& op) const {
    if (reference_ == Reference::kCounting) pay(out, schedule_.price_of(op));
    if (op.op == Op::kEnd) pay_else(out);
    pay_each(out, each(op));
    if (const auto loop = loops_.find(number_); loop != loops_.end()) pay_ahead(out, loop->second);
    if (op.op == Op::kBrIf) pay_taken(out);
    if (op.op == Op::kBrTable) pay_table(out, op);
    out.raw(op.bytes);
    pay_at(out, {.op = number_});
  }

  [[nodiscard]] std::uint64_t amount_at(ChargePlace place) const {
    const auto found = std::ranges::find(charges_, place, &Charge::place);
    return found == charges_.end() ? 0 : found->amount;
  }

  void pay(Writer& out, std::uint64_t amount) const {
    if (amount == 0) return;
    out.i64_const(static_cast<std::int64_t>(amount));
    call(out, Injected::kPay);
  }
  void pay_at(Writer& out, ChargePlace place) const { pay(out, amount_at(place)); }
  void pay_else(Writer& out) const {
    const std::uint64_t amount = amount_at({.op = number_, .kind = ChargePlace::Kind::kElse});
    if (amount == 0) return;
    out.op(Op::kElse);
    pay(out, amount);
  }
  static ChargePlace taken(std::uint32_t branch) {
    return {.op = branch, .kind = ChargePlace::Kind::kTaken};
  }
  /// Not for going round a loop that has paid ahead.
  void pay_taken(Writer& out) const {
    const std::uint64_t amount = amount_at(taken(number_));
    if (amount == 0) return;
    out.op(Op::kLocalTee, choice_local_);
    const auto closed = std::ranges::find_if(
        loops_, [&](const auto& loop) { return loop.second.rule.branch == number_; });
    if (closed != loops_.end()) {
      out.op(Op::kLocalGet, closed->second.ahead_local);
      out.op(Op::kI32Eqz);
      out.op(Op::kI32And);
    }
    pay_if(out, amount);
    out.op(Op::kLocalGet, choice_local_);
  }
  void pay_if(Writer& out, std::uint64_t amount) const {
    out.i64_const(static_cast<std::int64_t>(amount));
    call(out, Injected::kPayIf);
    out.op(Op::kDrop);
  }
  /// Asks for each label whether it is the one.
  void pay_table(Writer& out, const Operator& op) const {
    out.op(Op::kLocalSet, choice_local_);
    std::uint32_t entry = 0;
    for_each_label(op, [&](std::uint32_t label) {
      const std::uint64_t amount =
          amount_at({.op = number_, .kind = ChargePlace::Kind::kTable, .label = label & 0xffffff});
      if (amount != 0) {
        out.op(Op::kLocalGet, choice_local_);
        out.i32_const(static_cast<std::int32_t>(entry));
        out.op(entry == op.index ? Op::kI32GeU : Op::kI32Eq);
        pay_if(out, amount);
      }
      ++entry;
    });
    out.op(Op::kLocalGet, choice_local_);
  }
  void pay_each(Writer& out, Each each) const {
    if (each.price == 0) return;
    out.i64_const(each.price);
    call(out, each.is_64 ? Injected::kPayEach64 : Injected::kPayEach32);
  }

  // --- Counted loops. ---

  struct Loop {
    ReferenceLoop rule;
    std::uint64_t price = 0;        // of going round once
    std::uint32_t ahead_local = 0;  // not 0 while the loop runs that has paid ahead
  };

  /// Goes round as the loop would, without its body, and pays each time.
  void pay_ahead(Writer& out, const Loop& loop) const {
    write_guard(out, loop.rule);
    out.op(Op::kLocalTee, loop.ahead_local);
    begin_if(out);
    out.op(Op::kLocalGet, loop.rule.variable);
    out.op(Op::kLocalSet, round_local());
    out.op(Op::kLoop);
    out.block_type({});
    out.op(Op::kLocalGet, round_local());
    out.raw(loop.rule.step.bytes);
    out.op(loop.rule.change);
    out.op(Op::kLocalSet, round_local());
    write_condition(out, loop.rule);
    out.op(Op::kLocalTee, choice_local_);
    pay_if(out, loop.price);
    exhaust_if_back(out, loop.rule);
    out.op(Op::kLocalGet, choice_local_);
    out.op(Op::kBrIf, 0);
    out.op(Op::kEnd);
    out.op(Op::kEnd);
  }
  void write_condition(Writer& out, const ReferenceLoop& loop) const {
    if (loop.compare && loop.is_bound_left) out.raw(loop.bound.bytes);
    out.op(Op::kLocalGet, round_local());
    if (loop.compare && !loop.is_bound_left) out.raw(loop.bound.bytes);
    if (loop.compare) out.op(*loop.compare);
  }
  /// A variable that is back where it was, and may go on, goes on for ever.
  void exhaust_if_back(Writer& out, const ReferenceLoop& loop) const {
    out.op(Op::kLocalGet, round_local());
    out.op(Op::kLocalGet, loop.variable);
    out.op(Op::kI32Eq);
    out.op(Op::kLocalGet, choice_local_);
    out.op(Op::kI32And);
    begin_if(out);
    exhaust(out);
    out.op(Op::kEnd);
  }
  /// i32: whether a step from the last value that goes on stays in range.
  static void write_guard(Writer& out, const ReferenceLoop& loop) {
    if (!loop.needs_guard()) return out.i32_const(1);
    const std::int64_t most = loop.is_signed() ? INT32_MAX : std::int64_t{UINT32_MAX};
    const std::int64_t least = loop.is_signed() ? INT32_MIN : 0;
    write_wide(out, loop, loop.bound);
    out.i64_const(loop.is_strict() ? 1 : 0);
    out.op(loop.is_rising ? Op::kI64Sub : Op::kI64Add);
    out.i64_const(loop.constant_step());
    out.op(loop.is_rising ? Op::kI64Add : Op::kI64Sub);
    out.i64_const(loop.is_rising ? most : least);
    out.op(loop.is_rising ? Op::kI64LeS : Op::kI64GeS);
  }
  static void write_wide(Writer& out, const ReferenceLoop& loop, const Operator& value) {
    out.raw(value.bytes);
    out.op(loop.is_signed() ? Op::kI64ExtendI32S : Op::kI64ExtendI32U);
  }
  /// Lengths have the type of addresses; between a 64-bit and a 32-bit one, the smaller type.
  [[nodiscard]] Each each(const Operator& op) const {
    const auto memory = [&](std::uint32_t index) {
      return index < module_.memories.size() && module_.memories[index].is_64;
    };
    const auto table = [&](std::uint32_t index) {
      return index < module_.tables.size() && module_.tables[index].is_64;
    };
    const GasSchedule& prices = schedule_;
    switch (op.op) {
      case Op::kMemoryGrow: return {prices.memory_page, memory(op.index)};
      case Op::kTableGrow: return {prices.table_element, table(op.index)};
      case Op::kMemoryFill: return {prices.bulk_byte, memory(op.index)};
      case Op::kMemoryCopy: return {prices.bulk_byte, memory(op.index) && memory(op.index2)};
      case Op::kMemoryInit: return {prices.bulk_byte, false};
      case Op::kTableFill: return {prices.bulk_element, table(op.index)};
      case Op::kTableCopy: return {prices.bulk_element, table(op.index) && table(op.index2)};
      case Op::kTableInit:
      case Op::kArrayNew:
      case Op::kArrayNewDefault:
      case Op::kArrayNewData:
      case Op::kArrayNewElem:
      case Op::kArrayFill:
      case Op::kArrayCopy:
      case Op::kArrayInitData:
      case Op::kArrayInitElem: return {prices.bulk_element, false};
      default: return {};
    }
  }

  const Module& module_;
  std::optional<std::uint32_t> start_;
  Reference reference_;
  Prices prices_;
  const GasSchedule& schedule_;
  std::uint32_t gas_;
  std::uint32_t pay_;  // the first injected function
  std::vector<Charge> charges_;
  std::map<std::uint32_t, Loop> loops_;  // by the number of the operator that begins them
  std::uint32_t number_ = 0;             // of the operator
  std::uint32_t choice_local_ = 0;
};

}  // namespace

Result<Bytes> reference_gas(ByteSpan module, Reference reference, const GasSchedule& schedule) {
  const Module given = TRY(read_module(module));
  const Bytes stripped = strip(given);
  const Module parsed = TRY(read_module(stripped));
  const bytecode::CallGraph calls = TRY(call_graph_of(given));
  const auto prepaid = TRY(prepaid_prices(given, calls, schedule));
  return ReferencePass(parsed, given.start, reference, {schedule, prepaid}).run();
}

}  // namespace synapsed::tests
