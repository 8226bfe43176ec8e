#include "bytecode/gas/profile.hpp"

#include <array>
#include <utility>

#include <fmt/format.h>

#include "base/try.hpp"
#include "bytecode/gas/bulk_price.hpp"
#include "bytecode/module.hpp"
#include "bytecode/writer.hpp"

namespace synapsed::bytecode {
namespace {

constexpr std::uint64_t kPageBytes = 65536;
/// As many elements at once cost all there is, whatever one costs.
constexpr std::int64_t kElementsMax = std::int64_t{1} << 42;

/// Whether what follows the operator may not be executed after it, or is reached otherwise too.
bool ends_segment(Op op) {
  switch (info(op).operator_class) {
    case OperatorClass::kBranch:
    case OperatorClass::kCall:
    case OperatorClass::kCallIndirect:
    case OperatorClass::kException: return true;
    default:
      return op == Op::kLoop || op == Op::kElse || op == Op::kEnd || op == Op::kReturn ||
             op == Op::kUnreachable || op == Op::kBrOnNull || op == Op::kBrOnNonNull ||
             op == Op::kBrOnCast || op == Op::kBrOnCastFail;
  }
}

/// Without its start function, which the runtime calls, and without custom sections that may speak
/// of offsets.
Bytes strip(const Module& module) {
  Writer out;
  out.raw(module.bytes.first(kHeaderBytes));
  for (const Section& section : module.sections) {
    const bool is_kept = section.is_custom() ? section.name == "name"
                                             : section.id != SectionId::kStart;
    if (is_kept) out.raw(section.whole);
  }
  return out.take();
}

class Profiler {
 public:
  Profiler(const Module& module, const GasSchedule& schedule)
      : module_(module),
        schedule_(schedule),
        gas_(static_cast<std::uint32_t>(module.globals.size())),
        memory_(static_cast<std::uint32_t>(module.memories.size())),
        enter_(static_cast<std::uint32_t>(module.functions.size())) {}

  Result<Profiled> run() {
    TRY(write_code());
    const Bytes stripped = strip(module_);
    const Module base = TRY(read_module(stripped));
    ModuleWriter out(base);
    add_types(out);
    add_memory(out);
    add_global(out);
    add_exports(out);
    out.replace(SectionId::kCode, code_.take());
    result_.instrumented.module = TRY(out.write());
    TRY(place_positions());
    result_.instrumented.functions = enter_;
    return std::move(result_);
  }

 private:
  /// The injected functions, in their order.
  enum class Injected : std::uint8_t {
    kEnter,   ///< (counter i32, price i64): pays, and counts one
    kEach32,  ///< (elements i32, price i64, counter i32) -> the elements, paid and counted
    kEach64,  ///< (elements i64, price i64, counter i32) -> the elements, paid and counted
  };
  static constexpr std::uint32_t kInjected = 3;

  void call(Writer& out, Injected function) const {
    out.op(Op::kCall, enter_ + static_cast<std::uint32_t>(function));
  }

  // --- The module around the code. ---

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
    add({kI32, kI64}, {});
    add({kI32, kI64, kI32}, {kI32});
    add({kI64, kI64, kI32}, {kI64});
    out.append(SectionId::kType, kInjected, types.bytes());
    out.append(SectionId::kFunction, kInjected, functions.bytes());
  }

  void add_memory(ModuleWriter& out) const {
    const std::uint64_t pages = result_.counters.size() * sizeof(std::uint64_t) / kPageBytes + 1;
    Writer memory;
    memory.byte(1);  // with a maximum
    memory.unsigned_leb(pages);
    memory.unsigned_leb(pages);
    out.append(SectionId::kMemory, 1, memory.bytes());
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
    add(kCountersExport, ExternKind::kMemory, memory_);
    if (module_.start) add(kStartExport, ExternKind::kFunction, *module_.start);
    out.append(SectionId::kExport, module_.start ? 3 : 2, exports.bytes());
  }

  /// Offsets that counted from the beginning of the code section's contents.
  Result<void> place_positions() {
    std::uint64_t start = 0;
    for (const Section& section : TRY(read_sections(result_.instrumented.module))) {
      if (section.id == SectionId::kCode) start = section.offset;
    }
    for (Position& position : positions_) position.written += static_cast<std::uint32_t>(start);
    result_.instrumented.positions = PositionMap(positions_);
    return {};
  }

  // --- The injected functions. ---

  static Bytes finished(Writer& out) {
    out.op(Op::kEnd);
    return out.take();
  }
  static Writer begin_function() {
    Writer out;
    out.byte(0);  // no locals
    return out;
  }
  void exhaust_if(Writer& out) const {
    out.op(Op::kIf);
    out.block_type({});
    out.i64_const(-1);
    out.op(Op::kGlobalSet, gas_);
    out.op(Op::kUnreachable);
    out.op(Op::kEnd);
  }
  /// Pays the local of that number, which is at least 0.
  void pay_local(Writer& out, std::uint32_t amount) const {
    out.op(Op::kGlobalGet, gas_);
    out.op(Op::kLocalGet, amount);
    out.op(Op::kI64LtU);
    exhaust_if(out);
    out.op(Op::kGlobalGet, gas_);
    out.op(Op::kLocalGet, amount);
    out.op(Op::kI64Sub);
    out.op(Op::kGlobalSet, gas_);
  }
  /// Adds what `write_amount` leaves to the counter that a local has the number of.
  template <typename Write>
  void count(Writer& out, std::uint32_t counter, const Write& write_amount) const {
    constexpr std::int32_t kBytes = sizeof(std::uint64_t);
    for (int i = 0; i < 2; ++i) {
      out.op(Op::kLocalGet, counter);
      out.i32_const(kBytes);
      out.op(Op::kI32Mul);
    }
    out.operator_({.op = Op::kI64Load, .align = 3, .index = memory_});
    write_amount();
    out.op(Op::kI64Add);
    out.operator_({.op = Op::kI64Store, .align = 3, .index = memory_});
  }

  Bytes enter_function() const {
    Writer out = begin_function();
    pay_local(out, 1);
    count(out, 0, [&] { out.i64_const(1); });
    return finished(out);
  }
  Bytes each_function(bool is_64) const {
    const auto elements = [&](Writer& out) {
      out.op(Op::kLocalGet, 0);
      if (!is_64) out.op(Op::kI64ExtendI32U);
    };
    Writer out = begin_function();
    elements(out);
    out.i64_const(kElementsMax);
    out.op(Op::kI64GeU);
    exhaust_if(out);
    elements(out);
    out.op(Op::kLocalGet, 1);
    out.op(Op::kI64Mul);
    out.op(Op::kLocalSet, 1);
    pay_local(out, 1);
    count(out, 2, [&] { elements(out); });
    out.op(Op::kLocalGet, 0);
    return finished(out);
  }

  // --- The module's own code. ---

  Result<void> write_code() {
    code_.unsigned_leb(module_.bodies.size() + kInjected);
    for (std::size_t i = 0; i < module_.bodies.size(); ++i) {
      function_ = module_.function_of_body(i);
      const std::size_t first = positions_.size();
      Writer body;
      TRY(write_body(body, module_.bodies[i]));
      code_.sized(body.bytes());
      const auto start = static_cast<std::uint32_t>(code_.size() - body.size());
      for (std::size_t p = first; p < positions_.size(); ++p) positions_[p].written += start;
    }
    code_.sized(enter_function());
    code_.sized(each_function(false));
    code_.sized(each_function(true));
    return {};
  }

  /// Operators are held back until their segment ends: then its price is known.
  Result<void> write_body(Writer& out, const Body& body) {
    out.raw(body.bytes.first(body.code_start));
    std::uint64_t locals = 0;
    for (const LocalGroup& group : module_.local_groups(body)) locals += group.count;
    costs_.fill(0);
    costs_[kEntryCost] = schedule_.function_entry + schedule_.function_local * locals;
    std::vector<Operator> segment;
    OperatorReader in(body.code(), module_.offset_of(body.code()));
    Operator op;
    while (!in.at_end()) {
      TRY(in.next(op));
      costs_[static_cast<std::size_t>(info(op.op).operator_class)] += schedule_.price_of(op);
      segment.push_back(op);
      if (ends_segment(op.op) || in.at_end()) write_segment(out, segment);
    }
    return {};
  }

  void write_segment(Writer& out, std::vector<Operator>& segment) {
    std::uint64_t price = 0;
    for (const std::uint64_t gas : costs_) price += gas;
    if (price != 0) {
      inject_at(out, segment.front());
      out.i32_const(add_counter());
      out.i64_const(static_cast<std::int64_t>(price));
      call(out, Injected::kEnter);
    }
    for (const Operator& op : segment) {
      pay_each(out, op);
      positions_.push_back({.written = static_cast<std::uint32_t>(out.size()),
                            .original = static_cast<std::uint32_t>(op.offset)});
      out.raw(op.bytes);
    }
    segment.clear();
    costs_.fill(0);
  }

  /// What is written next was injected for the operator.
  void inject_at(const Writer& out, const Operator& op) {
    positions_.push_back({.written = static_cast<std::uint32_t>(out.size()),
                          .original = static_cast<std::uint32_t>(op.offset),
                          .is_copied = false});
  }

  /// Of what is in `costs_`.
  std::int32_t add_counter() {
    const auto first = static_cast<std::uint32_t>(result_.parts.size());
    for (std::size_t cost = 0; cost < costs_.size(); ++cost) {
      if (costs_[cost] == 0) continue;
      result_.parts.push_back({.cost = static_cast<std::uint8_t>(cost), .gas = costs_[cost]});
    }
    return add_counter_of(first);
  }
  std::int32_t add_counter_of(std::uint32_t first) {
    result_.counters.push_back(
        {.function = function_,
         .first = first,
         .parts = static_cast<std::uint32_t>(result_.parts.size()) - first});
    return static_cast<std::int32_t>(result_.counters.size() - 1);
  }

  void pay_each(Writer& out, const Operator& op) {
    const auto bulk = bulk_price(module_, schedule_, op);
    if (!bulk || bulk->each == 0) return;
    inject_at(out, op);
    const auto first = static_cast<std::uint32_t>(result_.parts.size());
    result_.parts.push_back(
        {.cost = static_cast<std::uint8_t>(info(op.op).operator_class), .gas = bulk->each});
    out.i64_const(bulk->each);
    out.i32_const(add_counter_of(first));
    call(out, bulk->is_64 ? Injected::kEach64 : Injected::kEach32);
  }

  const Module& module_;
  const GasSchedule& schedule_;
  const std::uint32_t gas_;
  const std::uint32_t memory_;
  const std::uint32_t enter_;  // the first injected function
  Writer code_;
  std::uint32_t function_ = 0;
  std::array<std::uint64_t, kEntryCost + 1> costs_{};  // of the segment that is open
  std::vector<Position> positions_;
  Profiled result_;
};

}  // namespace

Result<Profiled> profile(ByteSpan module, const InstrumentOptions& options) {
  const Module parsed = TRY(read_module(module));
  TRY(check_reserved_exports(parsed));
  const GasSchedule schedule = options.gas.value_or(default_gas_schedule());
  return Profiler(parsed, schedule).run();
}

}  // namespace synapsed::bytecode
