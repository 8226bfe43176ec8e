#include "bytecode/merge.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "base/try.hpp"
#include "bytecode/flags.hpp"
#include "bytecode/operators.hpp"
#include "bytecode/writer.hpp"

namespace synapsed::bytecode {
namespace {

constexpr std::size_t kKinds = 5;  // of `ExternKind`

std::unexpected<Error> unsupported(std::string what) {
  return std::unexpected(
      Error(ErrorCode::kUnsupportedType, "modules cannot be linked into one: " + std::move(what))
          .help("let their calls cross by value: leave linking out of the manifest"));
}

/// Where the items of one index space are in the result.
struct IndexMap {
  std::vector<std::uint32_t> imports;  ///< by index
  std::uint32_t defined = 0;           ///< the first that is not imported

  [[nodiscard]] std::uint32_t operator()(std::uint32_t index) const {
    if (index < imports.size()) return imports[index];
    return index - static_cast<std::uint32_t>(imports.size()) + defined;
  }
};

/// Where everything of one of the modules is in the result.
struct Places {
  std::array<IndexMap, kKinds> items;
  std::uint32_t types = 0;  ///< the first of each
  std::uint32_t data = 0;
  std::uint32_t elements = 0;

  [[nodiscard]] const IndexMap& of(ExternKind kind) const {
    return items[static_cast<std::size_t>(kind)];
  }
  [[nodiscard]] ValueCode operator()(ValueCode type) const {
    if (!type.is_concrete()) return type;
    return ValueCode::concrete(type.code(), type.type_index() + types);
  }
};

/// Writes operators with the indices that they have in the result.
class Renumbering {
 public:
  explicit Renumbering(const Places& places) : places_(places) {}

  void write(Writer& out, Operator op) const {
    const auto in = [&](ExternKind kind, std::uint32_t& index) { index = places_.of(kind)(index); };
    switch (info(op.op).immediate) {
      case Immediate::kFunction: in(ExternKind::kFunction, op.index); break;
      case Immediate::kGlobal: in(ExternKind::kGlobal, op.index); break;
      case Immediate::kTable: in(ExternKind::kTable, op.index); break;
      case Immediate::kTag: in(ExternKind::kTag, op.index); break;
      case Immediate::kMemory:
      case Immediate::kMemoryArgument:
      case Immediate::kMemoryArgumentLane: in(ExternKind::kMemory, op.index); break;
      case Immediate::kMemoryMemory:
        in(ExternKind::kMemory, op.index);
        in(ExternKind::kMemory, op.index2);
        break;
      case Immediate::kTableTable:
        in(ExternKind::kTable, op.index);
        in(ExternKind::kTable, op.index2);
        break;
      case Immediate::kData: op.index += places_.data; break;
      case Immediate::kDataMemory:
        op.index += places_.data;
        in(ExternKind::kMemory, op.index2);
        break;
      case Immediate::kElement: op.index += places_.elements; break;
      case Immediate::kElementTable:
        op.index += places_.elements;
        in(ExternKind::kTable, op.index2);
        break;
      case Immediate::kType:
      case Immediate::kTypeField:
      case Immediate::kTypeCount: op.index += places_.types; break;
      case Immediate::kTypeTable:
        op.index += places_.types;
        in(ExternKind::kTable, op.index2);
        break;
      case Immediate::kTypeData:
        op.index += places_.types;
        op.index2 += places_.data;
        break;
      case Immediate::kTypeElement:
        op.index += places_.types;
        op.index2 += places_.elements;
        break;
      case Immediate::kTypeType:
        op.index += places_.types;
        op.index2 += places_.types;
        break;
      case Immediate::kBlockType:
      case Immediate::kTryTable:
        op.block.type += places_.types;
        op.block.value = places_(op.block.value);
        break;
      case Immediate::kHeapType:
      case Immediate::kBranchCast:
        op.type = places_(op.type);
        op.type2 = places_(op.type2);
        break;
      case Immediate::kSelectTypes: return write_select(out, op);
      default: break;
    }
    out.operator_(op);
  }

  Result<void> write_all(Writer& out, OperatorReader in) const {
    Operator op;
    while (!in.at_end()) {
      TRY(in.next(op));
      write(out, op);
    }
    return {};
  }

 private:
  void write_select(Writer& out, const Operator& op) const {
    out.op(op.op, op.index);
    for (Cursor types(op.tail); !types.at_end();) out.value_type(places_(types.value_type()));
  }

  const Places& places_;
};

/// One of the two modules, as a part of the result.
class Part {
 public:
  Part(const Module& module, const Places& places)
      : module_(module), places_(places), renumbering_(places) {}

  [[nodiscard]] Result<Bytes> expression(ByteSpan bytes) const {
    Writer out;
    TRY(renumbering_.write_all(out, OperatorReader(bytes, module_.offset_of(bytes))));
    return out.take();
  }

  Result<void> write_table(Writer& out, const Table& table) const {
    constexpr std::uint8_t kHasInitialiser = 0x40;
    if (!table.initialiser.empty()) {
      out.byte(kHasInitialiser);
      out.byte(0);
    }
    out.value_type(places_(table.element));
    out.limits({.minimum = table.minimum,
                .maximum = table.maximum,
                .page_bytes = MemoryType{}.page_bytes,
                .is_64 = table.is_64,
                .is_shared = table.is_shared});
    if (!table.initialiser.empty()) out.raw(TRY(expression(table.initialiser)));
    return {};
  }
  void write_global_type(Writer& out, const Global& global) const {
    out.value_type(places_(global.type));
    out.byte(global.is_mutable ? 1 : 0);
  }

  // --- Entries of sections, of what the module defines itself. ---

  void functions(Writer& out) const {
    for (std::size_t i = module_.imported_functions; i < module_.functions.size(); ++i) {
      out.unsigned_leb(module_.functions[i] + places_.types);
    }
  }
  Result<void> tables(Writer& out) const {
    for (std::size_t i = module_.imported_tables; i < module_.tables.size(); ++i) {
      TRY(write_table(out, module_.tables[i]));
    }
    return {};
  }
  void memories(Writer& out) const {
    for (std::size_t i = module_.imported_memories; i < module_.memories.size(); ++i) {
      out.limits(module_.memories[i]);
    }
  }
  Result<void> globals(Writer& out) const {
    for (std::size_t i = module_.imported_globals; i < module_.globals.size(); ++i) {
      write_global_type(out, module_.globals[i]);
      out.raw(TRY(expression(module_.globals[i].initialiser)));
    }
    return {};
  }
  Result<void> elements(Writer& out) const {
    for (const ElementSegment& segment : module_.elements) TRY(write_elements(out, segment));
    return {};
  }
  Result<void> data(Writer& out) const {
    for (const DataSegment& segment : module_.data) {
      if (segment.mode == SegmentMode::kActive) {
        out.byte(segment_flags::kActiveWithIndex);
        out.unsigned_leb(places_.of(ExternKind::kMemory)(segment.memory));
        out.raw(TRY(expression(segment.offset)));
      } else {
        out.byte(segment_flags::kPassive);
      }
      out.sized(segment.bytes);
    }
    return {};
  }
  Result<void> bodies(Writer& out) const {
    Writer body;
    for (std::size_t i = 0; i < module_.bodies.size(); ++i) {
      const Body& read = module_.bodies[i];
      body.clear();
      body.unsigned_leb(read.local_groups);
      for (const LocalGroup& group : module_.local_groups(read)) {
        body.unsigned_leb(group.count);
        body.value_type(places_(group.type));
      }
      OperatorReader in(read.code(), module_.offset_of(read.code()));
      if (auto written = renumbering_.write_all(body, in); !written) {
        return module_.refuse_in(module_.function_of_body(i), std::move(written).error());
      }
      out.sized(body.bytes());
    }
    return {};
  }

 private:
  /// The same kind of entry (core specification 5.5.12), with the table named where it is active.
  Result<void> write_elements(Writer& out, const ElementSegment& segment) const {
    constexpr unsigned kExplicit = segment_flags::kActiveWithIndex;
    Cursor in(segment.whole);
    const std::uint32_t flags = in.u32();
    const bool is_active = segment.mode == SegmentMode::kActive;
    const bool has_expressions = (flags & segment_flags::kExpressions) != 0;
    out.unsigned_leb(flags | (is_active ? kExplicit : 0));
    if (is_active) {
      if ((flags & kExplicit) != 0) in.u32();
      out.unsigned_leb(places_.of(ExternKind::kTable)(segment.table));
      in.bytes(segment.offset.size());
      out.raw(TRY(expression(segment.offset)));
    }
    if ((flags & 3U) != 0) {
      if (has_expressions) {
        in.value_type();
      } else {
        in.byte();
      }
    }
    if (has_expressions) {
      out.value_type(places_(segment.type));
    } else {
      out.byte(segment_flags::kFunctions);
    }
    out.unsigned_leb(in.u32());
    for (std::uint32_t i = 0; i < segment.items; ++i) {
      if (has_expressions) {
        const ByteSpan rest = segment.whole.subspan(in.position());
        const ByteSpan item = TRY(read_constant_expression(rest, module_.offset_of(rest)));
        out.raw(TRY(expression(item)));
        in.bytes(item.size());
      } else {
        out.unsigned_leb(places_.of(ExternKind::kFunction)(in.u32()));
      }
    }
    return {};
  }

  const Module& module_;
  const Places& places_;
  const Renumbering renumbering_;
};

std::uint32_t count_of(const Module& module, ExternKind kind) {
  const auto size = [&] {
    switch (kind) {
      case ExternKind::kFunction: return module.functions.size();
      case ExternKind::kTable: return module.tables.size();
      case ExternKind::kMemory: return module.memories.size();
      case ExternKind::kGlobal: return module.globals.size();
      case ExternKind::kTag: return module.tags.size();
    }
    std::unreachable();
  };
  return static_cast<std::uint32_t>(size());
}

bool has_concrete(std::span<const ValueCode> types) {
  return std::ranges::any_of(types, &ValueCode::is_concrete);
}

bool fits(std::uint64_t minimum, std::optional<std::uint64_t> maximum, std::uint64_t wanted_minimum,
          std::optional<std::uint64_t> wanted_maximum) {
  return minimum >= wanted_minimum && (!wanted_maximum || (maximum && *maximum <= *wanted_maximum));
}

/// Functions that code may refer to because they are exported (core specification 3.4.10).
Result<std::vector<std::uint32_t>> referred_by_export(const Module& module) {
  bool refers = false;
  Operator op;
  for (const Body& body : module.bodies) {
    OperatorReader in(body.code(), module.offset_of(body.code()));
    while (!in.at_end()) {
      TRY(in.next(op));
      refers = refers || op.op == Op::kRefFunc;
    }
  }
  std::vector<std::uint32_t> functions;
  if (!refers) return functions;
  for (const Export& exported : module.exports) {
    if (exported.kind == ExternKind::kFunction) functions.push_back(exported.index);
  }
  return functions;
}

class Merger {
 public:
  Merger(const Module& into, std::string_view name, const Module& library)
      : into_(into), name_(name), library_(library), writer_(into) {}

  Result<Bytes> run() {
    TRY(check_library());
    TRY(place());
    write_types();
    TRY(write_imports());
    TRY(write_definitions());
    write_exports();
    write_start();
    TRY(write_code());
    write_names();
    for (const Section& section : into_.sections) {
      if (section.is_custom() && (section.name == "name" || speaks_of_offsets(section.name))) {
        writer_.drop_custom(section.name);
      }
    }
    return writer_.write();
  }

 private:
  Result<void> check_library() const {
    if (!library_.imports.empty()) {
      const Import& first = library_.imports.front();
      return unsupported(fmt::format("\"{}\" imports \"{}.{}\", and may import nothing", name_,
                                     first.module, first.name));
    }
    const auto is_plain = [](const Type& type) {
      return type.kind == Type::Kind::kFunction && type.is_final && type.supertype == kNoIndex;
    };
    const bool recurs = std::ranges::adjacent_find(library_.types, {}, &Type::group) !=
                        library_.types.end();
    if (recurs || !std::ranges::all_of(library_.types, is_plain)) {
      return unsupported(fmt::format("\"{}\" has garbage-collected types", name_));
    }
    if (!library_.tags.empty()) return unsupported(fmt::format("\"{}\" has tags", name_));
    return {};
  }

  // --- Where everything goes: imports, the library, the module. ---

  [[nodiscard]] bool is_linked(const Import& import) const { return import.module == name_; }

  Result<void> place() {
    ours_.data = static_cast<std::uint32_t>(library_.data.size());
    ours_.elements = static_cast<std::uint32_t>(library_.elements.size());
    theirs_.types = static_cast<std::uint32_t>(into_.types.size());
    std::array<std::uint32_t, kKinds> kept{};
    for (const Import& import : into_.imports) {
      if (!is_linked(import)) ++kept[static_cast<std::size_t>(import.kind)];
    }
    for (std::size_t i = 0; i < kKinds; ++i) {
      theirs_.items[i].defined = kept[i];
      ours_.items[i].defined = kept[i] + count_of(library_, static_cast<ExternKind>(i));
    }
    kept = {};
    for (const Import& import : into_.imports) {
      const auto kind = static_cast<std::size_t>(import.kind);
      std::uint32_t place = 0;
      if (is_linked(import)) {
        place = theirs_.items[kind](TRY(find(import)));
      } else {
        place = kept[kind]++;
      }
      ours_.items[kind].imports.push_back(place);
    }
    return {};
  }

  /// The index of what the library exports for the import.
  Result<std::uint32_t> find(const Import& import) const {
    const auto is_it = [&](const Export& exported) {
      return exported.name == import.name && exported.kind == import.kind;
    };
    const auto found = std::ranges::find_if(library_.exports, is_it);
    const std::string place = fmt::format("import \"{}.{}\"", import.module, import.name);
    if (found == library_.exports.end()) {
      return std::unexpected(Error(ErrorCode::kUnknownExport,
                                   fmt::format("\"{}\" exports no {} \"{}\"", name_,
                                               to_string(import.kind), import.name))
                                 .at(place));
    }
    if (TRY(is_of_type(import, found->index))) return found->index;
    return std::unexpected(
        Error(ErrorCode::kImportMismatch,
              fmt::format("\"{}\" exports a {} \"{}\" of another type", name_,
                          to_string(import.kind), import.name))
            .at(place));
  }

  Result<bool> is_of_type(const Import& import, std::uint32_t index) const {
    switch (import.kind) {
      case ExternKind::kFunction: return is_function(import.index, index);
      case ExternKind::kTable: {
        const Table& wanted = into_.tables[import.index];
        const Table& given = library_.tables[index];
        return !given.element.is_concrete() && given.element == wanted.element &&
               given.is_64 == wanted.is_64 && given.is_shared == wanted.is_shared &&
               fits(given.minimum, given.maximum, wanted.minimum, wanted.maximum);
      }
      case ExternKind::kMemory: {
        const MemoryType& wanted = into_.memories[import.index];
        const MemoryType& given = library_.memories[index];
        return given.page_bytes == wanted.page_bytes && given.is_64 == wanted.is_64 &&
               given.is_shared == wanted.is_shared &&
               fits(given.minimum, given.maximum, wanted.minimum, wanted.maximum);
      }
      case ExternKind::kGlobal: {
        const Global& wanted = into_.globals[import.index];
        const Global& given = library_.globals[index];
        return !given.type.is_concrete() && given.type == wanted.type &&
               given.is_mutable == wanted.is_mutable;
      }
      case ExternKind::kTag: return false;
    }
    std::unreachable();
  }

  Result<bool> is_function(std::uint32_t wanted_index, std::uint32_t given_index) const {
    const Type* wanted = into_.type_of_function(wanted_index);
    const Type* given = library_.type_of_function(given_index);
    if (wanted == nullptr || given == nullptr) return false;
    if (has_concrete(library_.params(*given)) || has_concrete(library_.results(*given))) {
      return unsupported("a function's type refers to another type");
    }
    return std::ranges::equal(into_.params(*wanted), library_.params(*given)) &&
           std::ranges::equal(into_.results(*wanted), library_.results(*given));
  }

  // --- Sections. ---

  void write_types() {
    Writer out;
    for (const Type& type : library_.types) {
      out.byte(kFunctionForm);
      for (const auto types : {library_.params(type), library_.results(type)}) {
        out.unsigned_leb(types.size());
        for (const ValueCode each : types) out.value_type(theirs_(each));
      }
    }
    if (!library_.types.empty()) append(SectionId::kType, library_.types.size(), out);
  }
  void append(SectionId id, std::size_t count, const Writer& entries) {
    writer_.append(id, static_cast<std::uint32_t>(count), entries.bytes());
  }

  Result<void> write_imports() {
    Writer out;
    std::size_t count = 0;
    for (const Import& import : into_.imports) {
      if (is_linked(import)) continue;
      ++count;
      out.name(import.module);
      out.name(import.name);
      out.byte(static_cast<std::uint8_t>(import.kind));
      switch (import.kind) {
        case ExternKind::kFunction: out.unsigned_leb(into_.functions[import.index]); break;
        case ExternKind::kTable: TRY(our_part_.write_table(out, into_.tables[import.index])); break;
        case ExternKind::kMemory: out.limits(into_.memories[import.index]); break;
        case ExternKind::kGlobal:
          our_part_.write_global_type(out, into_.globals[import.index]);
          break;
        case ExternKind::kTag:
          out.byte(0);
          out.unsigned_leb(into_.tags[import.index]);
          break;
      }
    }
    replace(SectionId::kImport, count, out);
    return {};
  }

  /// Nothing is written of a section without entries that was not there.
  void replace(SectionId id, std::size_t count, const Writer& entries) {
    if (count == 0 && into_.find_section(id) == nullptr) return;
    Writer contents;
    contents.unsigned_leb(count);
    contents.raw(entries.bytes());
    writer_.replace(id, contents.take());
  }
  void replace(ExternKind kind, SectionId id, std::size_t imported, const Writer& entries) {
    replace(id, count_of(library_, kind) + count_of(into_, kind) - imported, entries);
  }

  Result<void> write_definitions() {
    Writer out;
    for (const Part* part : parts_) TRY(part->tables(out));
    replace(ExternKind::kTable, SectionId::kTable, into_.imported_tables, out);
    out.clear();
    for (const Part* part : parts_) part->memories(out);
    replace(ExternKind::kMemory, SectionId::kMemory, into_.imported_memories, out);
    out.clear();
    for (const Part* part : parts_) TRY(part->globals(out));
    replace(ExternKind::kGlobal, SectionId::kGlobal, into_.imported_globals, out);
    TRY(write_elements());
    out.clear();
    for (const Part* part : parts_) TRY(part->data(out));
    const std::size_t segments = library_.data.size() + into_.data.size();
    replace(SectionId::kData, segments, out);
    if (into_.data_count || library_.data_count) {
      out.clear();
      out.unsigned_leb(segments);
      writer_.replace(SectionId::kDataCount, out.take());
    }
    return {};
  }

  /// What the library exported is declared where its code refers to it: it is exported no more.
  Result<void> write_elements() {
    Writer out;
    for (const Part* part : parts_) TRY(part->elements(out));
    std::size_t count = library_.elements.size() + into_.elements.size();
    const auto referred = TRY(referred_by_export(library_));
    if (!referred.empty()) {
      ++count;
      out.byte(segment_flags::kDeclared);
      out.byte(segment_flags::kFunctions);
      out.unsigned_leb(referred.size());
      for (const std::uint32_t each : referred) {
        out.unsigned_leb(theirs_.of(ExternKind::kFunction)(each));
      }
    }
    replace(SectionId::kElement, count, out);
    return {};
  }

  void write_exports() {
    Writer out;
    for (const Export& exported : into_.exports) {
      out.name(exported.name);
      out.byte(static_cast<std::uint8_t>(exported.kind));
      out.unsigned_leb(ours_.of(exported.kind)(exported.index));
    }
    replace(SectionId::kExport, into_.exports.size(), out);
  }

  /// The library's start function, then the module's; a function of its own calls both.
  void write_start() {
    const IndexMap& ours = ours_.of(ExternKind::kFunction);
    std::optional<std::uint32_t> start;
    if (into_.start) start = ours(*into_.start);
    if (library_.start) {
      const std::uint32_t first = theirs_.of(ExternKind::kFunction)(*library_.start);
      if (start) {
        starts_ = {first, *start};
        start = ours.defined + static_cast<std::uint32_t>(into_.bodies.size());
      } else {
        start = first;
      }
    }
    if (!start) return;
    Writer out;
    out.unsigned_leb(*start);
    writer_.replace(SectionId::kStart, out.take());
  }

  Result<void> write_code() {
    Writer functions;
    for (const Part* part : parts_) part->functions(functions);
    Writer code;
    for (const Part* part : parts_) TRY(part->bodies(code));
    std::size_t count = library_.bodies.size() + into_.bodies.size();
    if (!starts_.empty()) {
      ++count;
      functions.unsigned_leb(into_.functions[*into_.start]);  // of the same type
      Writer body;
      body.unsigned_leb(0);
      for (const std::uint32_t each : starts_) body.op(Op::kCall, each);
      body.op(Op::kEnd);
      code.sized(body.bytes());
    }
    replace(SectionId::kFunction, count, functions);
    replace(SectionId::kCode, count, code);
    return {};
  }

  /// Of functions, by their places (core specification 7.5.1).
  void write_names() {
    constexpr std::uint8_t kFunctionNames = 1;
    std::vector<std::pair<std::uint32_t, std::string>> names;
    for (const FunctionName& each : into_.function_names) {
      const std::uint32_t place = ours_.of(ExternKind::kFunction)(each.function);
      const bool is_library = each.function < into_.imported_functions &&
                              place >= theirs_.of(ExternKind::kFunction).defined;
      if (!is_library) names.emplace_back(place, into_.name_of(each.function));
    }
    for (const FunctionName& each : library_.function_names) {
      names.emplace_back(theirs_.of(ExternKind::kFunction)(each.function),
                         fmt::format("{}.{}", name_, library_.name_of(each.function)));
    }
    if (names.empty()) return;
    std::ranges::sort(names);
    Writer entries;
    entries.unsigned_leb(names.size());
    for (const auto& [function, name] : names) {
      entries.unsigned_leb(function);
      entries.name(name);
    }
    Writer section;
    section.byte(kFunctionNames);
    section.sized(entries.bytes());
    writer_.add_custom("name", section.bytes());
  }

  const Module& into_;
  const std::string_view name_;
  const Module& library_;
  Places ours_;    // of `into_`
  Places theirs_;  // of the library
  const Part our_part_{into_, ours_};
  const Part their_part_{library_, theirs_};
  const std::array<const Part*, 2> parts_{&their_part_, &our_part_};
  std::vector<std::uint32_t> starts_;  // that a function calls, where there are two
  ModuleWriter writer_;
};

}  // namespace

Result<Bytes> merge(const Module& into, std::string_view name, const Module& library) {
  return Merger(into, name, library).run();
}

}  // namespace synapsed::bytecode
