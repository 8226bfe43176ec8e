#include "bytecode/gas/instrument.hpp"

#include <array>
#include <map>

#include <fmt/format.h>

#include "base/try.hpp"
#include "bytecode/flags.hpp"
#include "bytecode/gas/code_writer.hpp"
#include "bytecode/gas/prepaid.hpp"

namespace synapsed::bytecode {
namespace {

/// No count times a price overflows below this, and no memory has that many bytes.
constexpr std::int64_t kCountMax = std::int64_t{1} << 42;
static_assert(GasSchedule::kPriceMax <= 1 << 20);

/// A vector of the binary format with entries behind it.
void write_vector(Bytes& out, ByteSpan contents, std::uint32_t added, ByteSpan entries) {
  Cursor cursor(contents);
  const std::uint32_t count = contents.empty() ? 0 : cursor.u32();
  CodeWriter writer(out);
  writer.u32(std::uint64_t{count} + added);
  writer.raw(contents.subspan(contents.empty() ? 0 : cursor.position()));
  writer.raw(entries);
}

class Instrumenter {
 public:
  Instrumenter(const Module& module, const InstrumentOptions& options, StackPlan stack,
               const Prices& prices)
      : module_(module),
        options_(options),
        shared_{.module = module,
                .prices = prices,
                .bulk_function = static_cast<std::uint32_t>(module.functions.size()),
                .pass_through_type =
                    [this](std::span<const ValueCode> values) { return type_of(values, values); },
                .consuming_type =
                    [this](std::span<const ValueCode> values) { return type_of(values, {}); },
                .hooks = {.stack = std::move(stack),
                          .snapshot = {},
                          .type_of_results =
                              [this](std::span<const ValueCode> values) {
                                return type_of({}, values);
                              }},
                .counts_gas = options.gas.has_value()} {
    if (refills()) shared_.refill_function = shared_.bulk_function + 1;
  }

  Result<Instrumented> run() {
    TRY(check_reserved_exports(module_));
    TRY(plan_globals());
    if (shared_.counts_gas) bulk_type_ = add_bulk_type();
    if (refills()) refill_type_ = shared_.consuming_type(kOneNumber);
    if (drops()) drop_type_ = shared_.consuming_type({});
    TRY(write_code());
    write_module();
    result_.positions = PositionMap(positions_);
    result_.functions = static_cast<std::uint32_t>(module_.functions.size());
    return std::move(result_);
  }

 private:
  static constexpr std::array kOneNumber{ValueCode(ValueCode::kI64)};

  [[nodiscard]] bool refills() const { return shared_.counts_gas && options_.refills; }
  /// The functions that are added: bulk, refill, what the table holds at first, and the one that drops
  /// segments.
  [[nodiscard]] std::uint32_t added_functions() const {
    return (shared_.counts_gas ? 1 : 0) + (refills() ? 2 : 0) + (drops() ? 1 : 0);
  }
  [[nodiscard]] bool drops() const { return shared_.hooks.snapshot.flags != 0; }

  /// Globals are added in the order of the options.
  Result<void> plan_globals() {
    auto next = static_cast<std::uint32_t>(module_.globals.size());
    if (shared_.counts_gas) shared_.gas_global = next++;
    if (options_.call_stack_bytes) shared_.hooks.stack_global = next++;
    if (options_.snapshot_exports) {
      shared_.hooks.snapshot = TRY(plan_snapshot_exports(module_, next));
    }
    return {};
  }

  /// Who looks at the counters, or restores a snapshot, needs an instance that has been made.
  [[nodiscard]] bool moves_start() const {
    return shared_.counts_gas || options_.call_stack_bytes.has_value() || options_.snapshot_exports;
  }

  // --- Types. ---

  std::uint32_t add_type(std::span<const ValueCode> params, std::span<const ValueCode> results) {
    CodeWriter writer(types_);
    writer.byte(kFunctionForm);
    for (const auto values : {params, results}) {
      writer.u32(values.size());
      for (const ValueCode value : values) write_value_type(writer, value);
    }
    return static_cast<std::uint32_t>(module_.types.size()) + added_types_++;
  }
  static void write_value_type(CodeWriter& writer, ValueCode value) {
    writer.byte(value.code());
    if (!value.has_heap_type()) return;
    if (value.is_concrete()) {
      writer.s64(value.type_index());
    } else {
      writer.byte(value.heap_code());
    }
  }

  std::uint32_t add_bulk_type() {
    constexpr std::array kParams{ValueCode(ValueCode::kI64), ValueCode(ValueCode::kI64)};
    return add_type(kParams, {});
  }

  std::uint32_t type_of(std::span<const ValueCode> params, std::span<const ValueCode> results) {
    std::string key;
    for (const auto values : {params, results}) {
      for (const ValueCode value : values) {
        key += fmt::format("{:x}.{:x} ", value.code(),
                           value.has_heap_type() ? value.type_index() : 0);
      }
      key += ':';
    }
    const auto [found, is_new] = types_by_key_.try_emplace(std::move(key), 0);
    if (is_new) found->second = add_type(params, results);
    return found->second;
  }

  // --- Code. ---

  Result<void> write_code() {
    // The module is built around its code, in one piece of memory.
    Bytes& code = result_.module;
    code.reserve(module_.bytes.size() * 2 + 1024);
    CodeWriter writer(code);
    writer.u32(module_.bodies.size() + added_functions());
    for (std::size_t i = 0; i < module_.bodies.size(); ++i) {
      const std::uint32_t function = module_.function_of_body(i);
      if (module_.type_of_function(function) == nullptr) {
        return std::unexpected(Error(ErrorCode::kLoadInvalidModule,
                                     "malformed module: a function without a function type")
                                   .at(module_.label_of(function)));
      }
      TRY(write_metered(shared_, module_.bodies[i], function, code, positions_));
    }
    if (shared_.counts_gas) write_bulk_function(writer);
    if (refills()) {
      write_refill_function(writer);
      write_function(writer, [](CodeWriter&) {});
    }
    if (drops()) {
      write_function(writer,
                     [this](CodeWriter& code_of) { write_drops(shared_.hooks.snapshot, code_of); });
    }
    return {};
  }

  /// A function without locals of its own.
  template <typename WriteCode>
  static void write_function(CodeWriter& out, const WriteCode& write_code) {
    Bytes body;
    CodeWriter code(body);
    code.u32(0);
    write_code(code);
    code.op(Op::kEnd);
    out.u32(body.size());
    out.raw(body);
  }

  /// (count, price): charges their product, or everything when the count is beyond reason.
  void write_bulk_function(CodeWriter& out) const {
    write_function(out, [this](CodeWriter& code) {
      code.op(Op::kLocalGet, 0);
      code.i64_const(kCountMax);
      code.op(Op::kI64GeU);
      code.exhaust_if(shared_.gas_global);
      code.op(Op::kLocalGet, 0);
      code.op(Op::kLocalGet, 1);
      code.op(Op::kI64Mul);
      code.op(Op::kLocalSet, 0);
      test_gas(code);
      if (refills()) {
        code.begin_if();
        code.op(Op::kLocalGet, 0);
        code.op(Op::kCall, shared_.refill_function);
        code.op(Op::kEnd);
      } else {
        code.exhaust_if(shared_.gas_global);
      }
      code.op(Op::kGlobalGet, shared_.gas_global);
      code.op(Op::kLocalGet, 0);
      code.op(Op::kI64Sub);
      code.op(Op::kGlobalSet, shared_.gas_global);
    });
  }

  /// (price): asks for what is missing, and stops the guest where that is not given.
  void write_refill_function(CodeWriter& out) const {
    write_function(out, [this](CodeWriter& code) {
      code.op(Op::kLocalGet, 0);
      code.op(Op::kGlobalGet, shared_.gas_global);
      code.op(Op::kI64Sub);
      code.op(Op::kI32Const, 0);
      code.op(Op::kCallIndirect, refill_type_);
      code.u32(refill_table());
      test_gas(code);
      code.exhaust_if(shared_.gas_global);
    });
  }
  /// i32: not zero when the gas does not suffice for the price that is the function's parameter.
  void test_gas(CodeWriter& code) const {
    code.op(Op::kGlobalGet, shared_.gas_global);
    code.op(Op::kLocalGet, 0);
    code.op(Op::kI64LtU);
  }
  [[nodiscard]] std::uint32_t refill_table() const {
    return static_cast<std::uint32_t>(module_.tables.size());
  }

  // --- Sections. ---

  static void section(CodeWriter& out, SectionId id, ByteSpan contents) {
    out.byte(static_cast<std::uint8_t>(id));
    out.u32(contents.size());
    out.raw(contents);
  }

  [[nodiscard]] ByteSpan contents_of(SectionId id) const {
    const Section* found = module_.find_section(id);
    return found == nullptr ? ByteSpan{} : found->contents;
  }

  [[nodiscard]] Bytes make_types() const {
    Bytes bytes;
    write_vector(bytes, contents_of(SectionId::kType), added_types_, types_);
    return bytes;
  }
  [[nodiscard]] Bytes make_functions() const {
    Bytes entries;
    CodeWriter writer(entries);
    if (shared_.counts_gas) writer.u32(bulk_type_);
    if (refills()) {
      writer.u32(refill_type_);
      writer.u32(refill_type_);
    }
    if (drops()) writer.u32(drop_type_);
    Bytes bytes;
    write_vector(bytes, contents_of(SectionId::kFunction), added_functions(), entries);
    return bytes;
  }
  /// One function, never more.
  [[nodiscard]] Bytes make_tables() const {
    Bytes entry;
    CodeWriter writer(entry);
    writer.byte(ValueCode::kFuncRef);
    writer.byte(limit_flags::kHasMaximum);
    writer.u32(1);
    writer.u32(1);
    Bytes bytes;
    write_vector(bytes, contents_of(SectionId::kTable), 1, entry);
    return bytes;
  }
  /// Puts the function that adds nothing into the table.
  [[nodiscard]] Bytes make_elements() const {
    Bytes entry;
    CodeWriter writer(entry);
    writer.u32(segment_flags::kActiveWithIndex);
    writer.u32(refill_table());
    writer.op(Op::kI32Const, 0);
    writer.op(Op::kEnd);
    writer.byte(segment_flags::kFunctions);
    writer.u32(1);
    writer.u32(shared_.refill_function + 1);
    Bytes bytes;
    write_vector(bytes, contents_of(SectionId::kElement), 1, entry);
    return bytes;
  }
  static void add_global(CodeWriter& out, std::uint8_t type, std::int64_t value) {
    out.byte(type);
    out.byte(1);
    out.op(type == ValueCode::kI64 ? Op::kI64Const : Op::kI32Const);
    out.s64(value);
    out.op(Op::kEnd);
  }
  /// A start function may run before anybody has set the gas: it begins at the most there is.
  [[nodiscard]] Bytes make_globals() const {
    Bytes entries;
    CodeWriter writer(entries);
    const std::uint32_t flags = shared_.hooks.snapshot.flags;
    if (shared_.counts_gas) add_global(writer, ValueCode::kI64, INT64_MAX);
    if (options_.call_stack_bytes) {
      add_global(writer, ValueCode::kI64, *options_.call_stack_bytes);
    }
    for (std::uint32_t i = 0; i < flags; ++i) add_global(writer, ValueCode::kI32, 0);
    Bytes bytes;
    write_vector(bytes, contents_of(SectionId::kGlobal),
                 (shared_.counts_gas ? 1 : 0) + (options_.call_stack_bytes ? 1 : 0) + flags,
                 entries);
    return bytes;
  }
  [[nodiscard]] Bytes make_exports() const {
    Bytes entries;
    CodeWriter writer(entries);
    std::uint32_t count = shared_.hooks.snapshot.exports;
    const auto add = [&](std::string_view name, ExternKind kind, std::uint32_t index) {
      writer.u32(name.size());
      writer.raw(as_bytes(name));
      writer.byte(static_cast<std::uint8_t>(kind));
      writer.u32(index);
      ++count;
    };
    if (shared_.counts_gas) {
      add(kGasExport, ExternKind::kGlobal, shared_.gas_global);
    }
    if (refills()) add(kRefillExport, ExternKind::kTable, refill_table());
    if (module_.start && moves_start()) {
      add(kStartExport, ExternKind::kFunction, *module_.start);
    }
    if (options_.call_stack_bytes) {
      add(kStackExport, ExternKind::kGlobal, shared_.hooks.stack_global);
    }
    if (drops()) {
      add(kDropExport, ExternKind::kFunction, shared_.bulk_function + added_functions() - 1);
    }
    writer.raw(shared_.hooks.snapshot.entries);
    Bytes bytes;
    write_vector(bytes, contents_of(SectionId::kExport), count, entries);
    return bytes;
  }

  /// The order of sections in a module (core specification 5.5.2), which their numbers are not.
  static constexpr std::array kBeforeCode{
      SectionId::kType,   SectionId::kImport, SectionId::kFunction, SectionId::kTable,
      SectionId::kMemory, SectionId::kTag,    SectionId::kGlobal,   SectionId::kExport,
      SectionId::kStart,  SectionId::kElement, SectionId::kDataCount};

  /// Usually enough for what precedes the code.
  static constexpr std::size_t kBeforeCodeBytes = 4096;

  /// Puts what precedes the code before it, and what follows it behind.
  void write_module() {
    Bytes before;
    before.reserve(kBeforeCodeBytes);
    CodeWriter out(before);
    const std::size_t code_bytes = result_.module.size();
    out.raw(module_.bytes.first(kHeaderBytes));
    for (const SectionId id : kBeforeCode) write_section(out, id);
    out.byte(static_cast<std::uint8_t>(SectionId::kCode));
    out.u32(code_bytes);
    result_.module.insert(result_.module.begin(), before.begin(), before.end());
    for (Position& position : positions_) {
      position.written += static_cast<std::uint32_t>(before.size());
    }
    CodeWriter end(result_.module);
    if (const Section* data = module_.find_section(SectionId::kData)) end.raw(data->whole);
    for (const Section& custom : module_.sections) {
      if (custom.is_custom() && !speaks_of_offsets(custom.name)) end.raw(custom.whole);
    }
  }

  void write_section(CodeWriter& out, SectionId id) {
    switch (id) {
      case SectionId::kType: return section(out, id, make_types());
      case SectionId::kFunction:
        if (added_functions() != 0) return section(out, id, make_functions());
        break;
      case SectionId::kTable:
        if (refills()) return section(out, id, make_tables());
        break;
      case SectionId::kElement:
        if (refills()) return section(out, id, make_elements());
        break;
      case SectionId::kStart:
        if (moves_start()) return;
        break;
      case SectionId::kGlobal: return section(out, id, make_globals());
      case SectionId::kExport: return section(out, id, make_exports());
      default: break;
    }
    if (const Section* found = module_.find_section(id)) out.raw(found->whole);
  }

  const Module& module_;
  const InstrumentOptions& options_;
  GasModule shared_;
  Bytes types_;
  std::uint32_t added_types_ = 0;
  std::uint32_t bulk_type_ = 0;
  std::uint32_t refill_type_ = 0;
  std::uint32_t drop_type_ = 0;
  std::map<std::string, std::uint32_t> types_by_key_;
  std::vector<Position> positions_;
  Instrumented result_;
};

}  // namespace

Result<void> check_reserved_exports(const Module& module) {
  for (const Export& exported : module.exports) {
    if (!exported.name.starts_with(kReservedPrefix)) continue;
    return std::unexpected(
        Error(ErrorCode::kLoadInvalidModule,
              fmt::format("export \"{}\": names that begin with \"{}\" are the runtime's",
                          exported.name, kReservedPrefix))
            .help("rename it; a module is instrumented once, by the runtime"));
  }
  return {};
}

Result<Instrumented> instrument(ByteSpan module, const InstrumentOptions& options) {
  const Module parsed = TRY(read_module(module));
  const GasSchedule schedule = options.gas.value_or(GasSchedule{});
  std::vector<std::uint32_t> prepaid;
  StackPlan stack;
  if (options.gas || options.call_stack_bytes) {
    const CallGraph calls = TRY(call_graph_of(parsed));
    if (options.gas) prepaid = TRY(prepaid_prices(parsed, calls, schedule));
    if (options.call_stack_bytes) stack = TRY(plan_stack(parsed, calls));
  }
  return Instrumenter(parsed, options, std::move(stack), {schedule, prepaid}).run();
}

}  // namespace synapsed::bytecode
