#include "bytecode/gas/instrument.hpp"

#include <array>
#include <map>

#include <fmt/format.h>

#include "base/try.hpp"
#include "bytecode/gas/code_writer.hpp"
#include "bytecode/gas/prepaid.hpp"

namespace synapsed::bytecode {
namespace {

/// No count times a price overflows below this, and no memory has that many bytes.
constexpr std::int64_t kCountMax = std::int64_t{1} << 42;
static_assert(GasSchedule::kPriceMax <= 1 << 20);

/// Custom sections that speak of offsets in the code, which the pass moves.
bool speaks_of_offsets(std::string_view name) {
  return name.starts_with(".debug_") || name.starts_with("metadata.code.") ||
         name.starts_with("reloc.") || name == "linking" || name == "sourceMappingURL" ||
         name == "external_debug_info";
}

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
  Instrumenter(const Module& module, const Prices& prices)
      : module_(module),
        shared_{.module = module,
                .prices = prices,
                .gas_global = static_cast<std::uint32_t>(module.globals.size()),
                .bulk_function = static_cast<std::uint32_t>(module.functions.size()),
                .pass_through_type =
                    [this](std::span<const ValueCode> values) {
                      return type_of(values, values);
                    },
                .consuming_type =
                    [this](std::span<const ValueCode> values) { return type_of(values, {}); }} {}

  Result<Instrumented> run() {
    TRY(check_exports());
    bulk_type_ = add_bulk_type();
    TRY(write_code());
    write_module();
    result_.positions = PositionMap(std::move(positions_));
    result_.functions = static_cast<std::uint32_t>(module_.functions.size());
    return std::move(result_);
  }

 private:
  Result<void> check_exports() const {
    for (const Export& exported : module_.exports) {
      if (!exported.name.starts_with(kReservedPrefix)) continue;
      return std::unexpected(
          Error(ErrorCode::kLoadInvalidModule,
                fmt::format("export \"{}\": names that begin with \"{}\" are the runtime's",
                            exported.name, kReservedPrefix))
              .help("rename it; a module is instrumented once, by the runtime"));
    }
    return {};
  }

  // --- Types. ---

  std::uint32_t add_type(std::span<const ValueCode> params, std::span<const ValueCode> results) {
    CodeWriter writer(types_);
    writer.byte(0x60);
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
    const auto [found, is_new] = block_types_.try_emplace(std::move(key), 0);
    if (is_new) found->second = add_type(params, results);
    return found->second;
  }

  // --- Code. ---

  Result<void> write_code() {
    // The module is built around its code, in one piece of memory.
    Bytes& code = result_.module;
    code.reserve(module_.bytes.size() * 3 / 2 + 1024);
    CodeWriter writer(code);
    writer.u32(module_.bodies.size() + 1);
    for (std::size_t i = 0; i < module_.bodies.size(); ++i) {
      const std::uint32_t function = module_.function_of_body(i);
      if (module_.type_of_function(function) == nullptr) {
        return std::unexpected(Error(ErrorCode::kLoadInvalidModule,
                                     "malformed module: a function without a function type")
                                   .at(module_.label_of(function)));
      }
      TRY(write_metered(shared_, module_.bodies[i], function, code, positions_));
    }
    write_bulk_function(writer);
    return {};
  }

  /// (count, price): charges their product, or everything when the count is beyond reason.
  void write_bulk_function(CodeWriter& out) const {
    Bytes body;
    CodeWriter code(body);
    code.u32(0);  // no locals
    code.op(Op::kLocalGet, 0);
    code.i64_const(kCountMax);
    code.op(Op::kI64GeU);
    code.begin_if();
    code.i64_const(-1);
    code.op(Op::kGlobalSet, shared_.gas_global);
    code.op(Op::kUnreachable);
    code.op(Op::kEnd);
    code.op(Op::kGlobalGet, shared_.gas_global);
    code.op(Op::kLocalGet, 0);
    code.op(Op::kLocalGet, 1);
    code.op(Op::kI64Mul);
    code.op(Op::kI64Sub);
    code.op(Op::kLocalTee, 0);
    code.op(Op::kGlobalSet, shared_.gas_global);
    code.op(Op::kLocalGet, 0);
    code.i64_const(0);
    code.op(Op::kI64LtS);
    code.begin_if();
    code.op(Op::kUnreachable);
    code.op(Op::kEnd);
    code.op(Op::kEnd);
    out.u32(body.size());
    out.raw(body);
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
    Bytes entry;
    CodeWriter(entry).u32(bulk_type_);
    Bytes bytes;
    write_vector(bytes, contents_of(SectionId::kFunction), 1, entry);
    return bytes;
  }
  /// A start function may run before anybody has set the gas: it begins at the most there is.
  [[nodiscard]] Bytes make_globals() const {
    Bytes entry;
    CodeWriter writer(entry);
    writer.byte(ValueCode::kI64);
    writer.byte(1);
    writer.i64_const(INT64_MAX);
    writer.op(Op::kEnd);
    Bytes bytes;
    write_vector(bytes, contents_of(SectionId::kGlobal), 1, entry);
    return bytes;
  }
  [[nodiscard]] Bytes make_exports() const {
    Bytes entries;
    CodeWriter writer(entries);
    const auto add = [&](std::string_view name, ExternKind kind, std::uint32_t index) {
      writer.u32(name.size());
      writer.raw(as_bytes(name));
      writer.byte(static_cast<std::uint8_t>(kind));
      writer.u32(index);
    };
    add(kGasExport, ExternKind::kGlobal, shared_.gas_global);
    if (module_.start) add(kStartExport, ExternKind::kFunction, *module_.start);
    Bytes bytes;
    write_vector(bytes, contents_of(SectionId::kExport), module_.start ? 2 : 1, entries);
    return bytes;
  }

  /// The order of sections in a module (core specification 5.5.2), which their numbers are not.
  static constexpr std::array kBeforeCode{
      SectionId::kType,   SectionId::kImport, SectionId::kFunction, SectionId::kTable,
      SectionId::kMemory, SectionId::kTag,    SectionId::kGlobal,   SectionId::kExport,
      SectionId::kElement, SectionId::kDataCount};

  /// Puts what precedes the code before it, and what follows it behind.
  void write_module() {
    Bytes before;
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
      case SectionId::kFunction: return section(out, id, make_functions());
      case SectionId::kGlobal: return section(out, id, make_globals());
      case SectionId::kExport: return section(out, id, make_exports());
      default:
        if (const Section* found = module_.find_section(id)) out.raw(found->whole);
    }
  }

  const Module& module_;
  GasModule shared_;
  Bytes types_;
  std::uint32_t added_types_ = 0;
  std::uint32_t bulk_type_ = 0;
  std::map<std::string, std::uint32_t> block_types_;
  std::vector<Position> positions_;
  Instrumented result_;
};

}  // namespace

Result<Instrumented> instrument(ByteSpan module, const InstrumentOptions& options) {
  const Module parsed = TRY(read_module(module));
  const auto prepaid = TRY(prepaid_prices(parsed, options.gas));
  return Instrumenter(parsed, {options.gas, prepaid}).run();
}

}  // namespace synapsed::bytecode
