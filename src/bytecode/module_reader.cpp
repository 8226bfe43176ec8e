#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "base/try.hpp"
#include "bytecode/module.hpp"
#include "bytecode/names.hpp"
#include "bytecode/operators.hpp"
#include "bytecode/flags.hpp"
#include "bytecode/reader.hpp"

namespace synapsed::bytecode {
namespace {

enum TypeForm : std::uint8_t {
  kRecursiveForm = 0x4e, kFinalForm = 0x4f, kSubForm = 0x50,
  kArrayForm = 0x5e, kStructureForm = 0x5f
};

using namespace limit_flags;

struct Limits {
  std::uint64_t minimum = 0;
  std::optional<std::uint64_t> maximum;
  bool is_shared = false;
  bool is_64 = false;
  std::uint64_t page_bytes = 65536;
};

/// Adds the section, and the function if there is one, to the place of an error. What reads past
/// the contents of a section that is all there is malformed rather than truncated.
Error located(Error error, std::string_view section, std::optional<std::uint32_t> function) {
  std::string where = fmt::format("{}, section \"{}\"", error.where(), section);
  if (function) where += fmt::format(", function {}", *function);
  if (error.code() != ErrorCode::kLoadTruncated) return std::move(error).at(std::move(where));
  return Error(ErrorCode::kLoadInvalidModule,
               "malformed module: an entry is longer than its section")
      .at(std::move(where));
}

/// Reads section after section into a module.
class ModuleReader {
 public:
  ModuleReader(Module& module, const ReadLimits& limits) : module_(module), limits_(limits) {}

  Result<void> read(const Section& section) {
    Reader in(section.contents, section.offset);
    auto read = read_contents(section, in);
    if (read && !in.at_end() && !section.is_custom()) {
      read = std::unexpected(in.malformed("the section is longer than its entries"));
    }
    if (read) return {};
    return std::unexpected(located(std::move(read).error(), section.name, function_));
  }

  Result<void> check_counts() const {
    const std::size_t defined = module_.functions.size() - module_.imported_functions;
    if (defined == module_.bodies.size()) return {};
    return std::unexpected(Error(
        ErrorCode::kLoadInvalidModule,
        fmt::format("malformed module: {} functions are declared, and {} have code", defined,
                    module_.bodies.size())));
  }

 private:
  Result<void> read_contents(const Section& section, Reader& in) {
    switch (section.id) {
      case SectionId::kCustom: return {};
      case SectionId::kType: return read_types(in);
      case SectionId::kImport: return read_imports(in);
      case SectionId::kFunction: return read_functions(in);
      case SectionId::kTable: return read_tables(in);
      case SectionId::kMemory: return read_memories(in);
      case SectionId::kTag: return read_tags(in);
      case SectionId::kGlobal: return read_globals(in);
      case SectionId::kExport: return read_exports(in);
      case SectionId::kStart: module_.start = TRY(in.u32()); return {};
      case SectionId::kElement: return read_elements(in);
      case SectionId::kDataCount: module_.data_count = TRY(in.u32()); return {};
      case SectionId::kCode: return read_bodies(in);
      case SectionId::kData: return read_data(in);
    }
    return {};
  }

  static std::unexpected<Error> too_many(const Reader& in, std::string_view what,
                                         std::uint64_t most) {
    return std::unexpected(in.malformed(fmt::format("there are more than {} {}", most, what)));
  }

  /// A count of entries that take `entry_bytes` or more each; `present` of `most` are there.
  static Result<std::uint32_t> count(Reader& in, std::string_view what, std::uint32_t most,
                                     std::size_t present = 0, std::size_t entry_bytes = 1) {
    const std::uint32_t count = TRY(in.u32());
    if (count > most || present > most - count) return too_many(in, what, most);
    if (count > in.left() / entry_bytes) {
      return std::unexpected(in.malformed(
          fmt::format("{} {} do not fit into the rest of the section", count, what)));
    }
    return count;
  }

  Result<void> read_types(Reader& in) {
    const std::uint32_t groups = TRY(count(in, "types", limits_.types));
    module_.types.reserve(groups);
    for (std::uint32_t group = 0; group < groups; ++group) {
      if (in.peek() != kRecursiveForm) {
        TRY(read_type(in, group));
        continue;
      }
      TRY(in.byte());
      const std::uint32_t members = TRY(count(in, "types", limits_.types, module_.types.size()));
      for (std::uint32_t i = 0; i < members; ++i) TRY(read_type(in, group));
    }
    return {};
  }

  Result<void> read_type(Reader& in, std::uint32_t group) {
    if (module_.types.size() == limits_.types) return too_many(in, "types", limits_.types);
    Type type{.group = group};
    std::uint8_t form = TRY(in.byte());
    if (form == kSubForm || form == kFinalForm) {
      type.is_final = form == kFinalForm;
      const std::uint32_t supertypes = TRY(in.u32());
      if (supertypes > 1) return std::unexpected(in.malformed("a type has several supertypes"));
      if (supertypes == 1) type.supertype = TRY(in.u32());
      form = TRY(in.byte());
    }
    TRY(read_composite_type(in, form, type));
    module_.types.push_back(type);
    return {};
  }

  Result<void> read_composite_type(Reader& in, std::uint8_t form, Type& type) {
    switch (form) {
      case kFunctionForm:
        type.first = static_cast<std::uint32_t>(module_.values.size());
        type.params = TRY(read_values(in, "parameters", limits_.params));
        type.results = TRY(read_values(in, "results", limits_.results));
        return {};
      case kStructureForm:
        type.kind = Type::Kind::kStructure;
        type.first = static_cast<std::uint32_t>(module_.all_fields.size());
        type.params = TRY(count(in, "fields", limits_.fields, 0, 2));
        for (std::uint32_t i = 0; i < type.params; ++i) TRY(read_field(in));
        return {};
      case kArrayForm:
        type.kind = Type::Kind::kArray;
        type.first = static_cast<std::uint32_t>(module_.all_fields.size());
        type.params = 1;
        return read_field(in);
      default: return std::unexpected(in.malformed(fmt::format("unknown type form {:#x}", form)));
    }
  }

  Result<std::uint32_t> read_values(Reader& in, std::string_view what, std::uint32_t most) {
    const std::uint32_t values = TRY(count(in, what, most));
    for (std::uint32_t i = 0; i < values; ++i) module_.values.push_back(TRY(in.value_type()));
    return values;
  }

  Result<void> read_field(Reader& in) {
    FieldCode field;
    field.type = TRY(in.storage_type());
    field.is_mutable = TRY(read_flag(in, "unknown mutability"));
    module_.all_fields.push_back(field);
    return {};
  }

  static Result<bool> read_flag(Reader& in, std::string_view otherwise) {
    const std::uint8_t flag = TRY(in.byte());
    if (flag > 1) return std::unexpected(in.malformed(otherwise));
    return flag == 1;
  }

  Result<void> read_imports(Reader& in) {
    const std::uint32_t imports = TRY(count(in, "imports", limits_.imports, 0, 4));
    module_.imports.reserve(imports);
    module_.functions.reserve(imports);
    for (std::uint32_t i = 0; i < imports; ++i) TRY(read_import(in));
    module_.imported_functions = static_cast<std::uint32_t>(module_.functions.size());
    module_.imported_tables = static_cast<std::uint32_t>(module_.tables.size());
    module_.imported_memories = static_cast<std::uint32_t>(module_.memories.size());
    module_.imported_globals = static_cast<std::uint32_t>(module_.globals.size());
    module_.imported_tags = static_cast<std::uint32_t>(module_.tags.size());
    return {};
  }

  Result<void> read_import(Reader& in) {
    Import import;
    import.module = TRY(in.name());
    import.name = TRY(in.name());
    const std::uint8_t kind = TRY(in.byte());
    import.kind = static_cast<ExternKind>(kind);
    const auto add = [&import](auto& space, auto&& item) {
      import.index = static_cast<std::uint32_t>(space.size());
      space.push_back(std::forward<decltype(item)>(item));
    };
    switch (import.kind) {
      case ExternKind::kFunction: add(module_.functions, TRY(in.u32())); break;
      case ExternKind::kTable: add(module_.tables, TRY(read_table_type(in))); break;
      case ExternKind::kMemory: add(module_.memories, TRY(read_memory_type(in))); break;
      case ExternKind::kGlobal: add(module_.globals, TRY(read_global_type(in))); break;
      case ExternKind::kTag: add(module_.tags, TRY(read_tag(in))); break;
      default: return std::unexpected(in.malformed(fmt::format("unknown kind of import {}", kind)));
    }
    if (module_.tables.size() > limits_.tables) return too_many(in, "tables", limits_.tables);
    if (module_.memories.size() > limits_.memories) {
      return too_many(in, "memories", limits_.memories);
    }
    module_.imports.push_back(import);
    return {};
  }

  static Result<Limits> read_limits(Reader& in) {
    const std::uint8_t flags = TRY(in.byte());
    if (flags > (kHasMaximum | kIsShared | kIs64 | kHasPageSize)) {
      return std::unexpected(in.malformed("unknown limits flags"));
    }
    Limits limits{.is_shared = (flags & kIsShared) != 0, .is_64 = (flags & kIs64) != 0};
    limits.minimum = TRY(in.u64());
    if ((flags & kHasMaximum) != 0) limits.maximum = TRY(in.u64());
    if ((flags & kHasPageSize) != 0) {
      const std::uint32_t log2 = TRY(in.u32());
      if (log2 > 16) return std::unexpected(in.malformed("unknown page size"));
      limits.page_bytes = std::uint64_t{1} << log2;
    }
    return limits;
  }

  static Result<MemoryType> read_memory_type(Reader& in) {
    const Limits limits = TRY(read_limits(in));
    return MemoryType{.minimum = limits.minimum,
                      .maximum = limits.maximum,
                      .page_bytes = limits.page_bytes,
                      .is_64 = limits.is_64,
                      .is_shared = limits.is_shared};
  }

  static Result<Table> read_table_type(Reader& in) {
    const ValueCode element = TRY(in.value_type());
    if (!element.is_reference()) {
      return std::unexpected(in.malformed("the elements of a table are no references"));
    }
    const Limits limits = TRY(read_limits(in));
    return Table{.element = element,
                 .is_64 = limits.is_64,
                 .is_shared = limits.is_shared,
                 .minimum = limits.minimum,
                 .maximum = limits.maximum,
                 .initialiser = {}};
  }

  static Result<Global> read_global_type(Reader& in) {
    Global global;
    global.type = TRY(in.value_type());
    global.is_mutable = TRY(read_flag(in, "unknown mutability"));
    return global;
  }

  static Result<std::uint32_t> read_tag(Reader& in) {
    if (TRY(in.byte()) != 0) return std::unexpected(in.malformed("unknown kind of tag"));
    return in.u32();
  }

  Result<void> read_functions(Reader& in) {
    const std::uint32_t functions =
        TRY(count(in, "functions", limits_.functions, module_.functions.size()));
    module_.functions.reserve(module_.functions.size() + functions);
    for (std::uint32_t i = 0; i < functions; ++i) module_.functions.push_back(TRY(in.u32()));
    return {};
  }

  Result<void> read_tables(Reader& in) {
    const std::uint32_t tables =
        TRY(count(in, "tables", limits_.tables, module_.tables.size(), 3));
    for (std::uint32_t i = 0; i < tables; ++i) {
      const bool has_initialiser = in.peek() == 0x40;
      if (has_initialiser) {
        TRY(in.byte());
        if (TRY(in.byte()) != 0) return std::unexpected(in.malformed("unknown kind of table"));
      }
      Table table = TRY(read_table_type(in));
      if (has_initialiser) table.initialiser = TRY(in.constant_expression());
      module_.tables.push_back(table);
    }
    return {};
  }

  Result<void> read_memories(Reader& in) {
    const std::uint32_t memories =
        TRY(count(in, "memories", limits_.memories, module_.memories.size(), 2));
    for (std::uint32_t i = 0; i < memories; ++i) {
      module_.memories.push_back(TRY(read_memory_type(in)));
    }
    return {};
  }

  Result<void> read_tags(Reader& in) {
    const std::uint32_t tags = TRY(count(in, "tags", limits_.tags, module_.tags.size(), 2));
    module_.tags.reserve(module_.tags.size() + tags);
    for (std::uint32_t i = 0; i < tags; ++i) module_.tags.push_back(TRY(read_tag(in)));
    return {};
  }

  Result<void> read_globals(Reader& in) {
    const std::uint32_t globals =
        TRY(count(in, "globals", limits_.globals, module_.globals.size(), 3));
    module_.globals.reserve(module_.globals.size() + globals);
    for (std::uint32_t i = 0; i < globals; ++i) {
      Global global = TRY(read_global_type(in));
      global.initialiser = TRY(in.constant_expression());
      module_.globals.push_back(global);
    }
    return {};
  }

  Result<void> read_exports(Reader& in) {
    const std::uint32_t exports = TRY(count(in, "exports", limits_.exports, 0, 3));
    module_.exports.reserve(exports);
    for (std::uint32_t i = 0; i < exports; ++i) {
      Export exported;
      exported.name = TRY(in.name());
      const std::uint8_t kind = TRY(in.byte());
      if (kind > static_cast<std::uint8_t>(ExternKind::kTag)) {
        return std::unexpected(in.malformed(fmt::format("unknown kind of export {}", kind)));
      }
      exported.kind = static_cast<ExternKind>(kind);
      exported.index = TRY(in.u32());
      module_.exports.push_back(exported);
    }
    return {};
  }

  Result<void> read_elements(Reader& in) {
    const std::uint32_t segments =
        TRY(count(in, "element segments", limits_.element_segments, 0, 2));
    module_.elements.reserve(segments);
    for (std::uint32_t i = 0; i < segments; ++i) TRY(read_element_segment(in));
    return {};
  }

  /// The three flags (core specification 5.5.12): passive or declared; with a table or declared;
  /// items are expressions.
  Result<void> read_element_segment(Reader& in) {
    ElementSegment segment;
    const std::uint64_t begin = in.offset();
    const std::uint32_t flags = TRY(in.u32());
    if (flags > 7) return std::unexpected(in.malformed("unknown kind of element segment"));
    const bool is_explicit = (flags & 2) != 0;
    const bool has_expressions = (flags & 4) != 0;
    if ((flags & 1) == 0) {
      segment.mode = SegmentMode::kActive;
      if (is_explicit) segment.table = TRY(in.u32());
      segment.offset = TRY(in.constant_expression());
    } else if (is_explicit) {
      segment.mode = SegmentMode::kDeclared;
    }
    segment.type = ValueCode(ValueCode::kFuncRef);
    if ((flags & 3) != 0) {
      if (has_expressions) {
        segment.type = TRY(in.value_type());
      } else if (TRY(in.byte()) != 0) {
        return std::unexpected(in.malformed("unknown kind of elements"));
      }
    }
    TRY(read_items(in, has_expressions, segment));
    segment.whole = module_.bytes.subspan(begin, in.offset() - begin);
    module_.elements.push_back(segment);
    return {};
  }

  Result<void> read_items(Reader& in, bool has_expressions, ElementSegment& segment) {
    segment.items = TRY(count(in, "elements", limits_.element_items));
    segment.first = static_cast<std::uint32_t>(module_.element_functions.size());
    for (std::uint32_t i = 0; i < segment.items; ++i) {
      if (has_expressions) {
        TRY(read_item_expression(in));
      } else {
        module_.element_functions.push_back(TRY(in.u32()));
      }
    }
    segment.functions =
        static_cast<std::uint32_t>(module_.element_functions.size()) - segment.first;
    return {};
  }

  Result<void> read_item_expression(Reader& in) {
    const std::uint64_t offset = in.offset();
    OperatorReader operators(TRY(in.constant_expression()), offset);
    Operator read;
    while (!operators.at_end()) {
      TRY(operators.next(read));
      if (read.op == Op::kRefFunc) module_.element_functions.push_back(read.index);
    }
    return {};
  }

  Result<void> read_bodies(Reader& in) {
    const std::uint32_t bodies = TRY(count(in, "function bodies", limits_.functions, 0, 3));
    module_.bodies.reserve(bodies);
    for (std::uint32_t i = 0; i < bodies; ++i) {
      function_ = module_.function_of_body(i);
      module_.bodies.push_back(TRY(read_body(in)));
    }
    function_.reset();
    return {};
  }

  Result<Body> read_body(Reader& in) {
    const std::uint32_t size = TRY(in.u32());
    if (size > limits_.body_bytes) {
      return std::unexpected(in.malformed(
          fmt::format("a function has {} bytes, and may have {}", size, limits_.body_bytes)));
    }
    const std::uint64_t offset = in.offset();
    Body body;
    body.bytes = TRY(in.bytes(size));
    Reader locals(body.bytes, offset);
    TRY(read_locals(locals, body));
    body.code_start = static_cast<std::uint32_t>(locals.position());
    return body;
  }

  Result<void> read_locals(Reader& in, Body& body) {
    body.local_groups = TRY(count(in, "groups of locals", limits_.body_bytes, 0, 2));
    body.first_local_group = static_cast<std::uint32_t>(module_.all_local_groups.size());
    std::uint32_t left = limits_.locals;
    for (std::uint32_t i = 0; i < body.local_groups; ++i) {
      LocalGroup group;
      group.count = TRY(in.u32());
      if (group.count > left) return too_many(in, "locals", limits_.locals);
      left -= group.count;
      group.type = TRY(in.value_type());
      module_.all_local_groups.push_back(group);
    }
    return {};
  }

  Result<void> read_data(Reader& in) {
    const std::uint32_t segments = TRY(count(in, "data segments", limits_.data_segments, 0, 2));
    module_.data.reserve(segments);
    for (std::uint32_t i = 0; i < segments; ++i) {
      DataSegment segment;
      const std::uint32_t flags = TRY(in.u32());
      if (flags > 2) return std::unexpected(in.malformed("unknown kind of data segment"));
      if (flags != 1) {
        segment.mode = SegmentMode::kActive;
        if (flags == 2) segment.memory = TRY(in.u32());
        segment.offset = TRY(in.constant_expression());
      }
      const std::uint32_t size = TRY(in.u32());
      segment.bytes = TRY(in.bytes(size));
      module_.data.push_back(segment);
    }
    return {};
  }

  Module& module_;
  const ReadLimits& limits_;
  std::optional<std::uint32_t> function_;  ///< whose body is being read
};

}  // namespace

Result<Module> read_module(ByteSpan bytes, const ReadLimits& limits) {
  Module module{.bytes = bytes};
  module.sections = TRY(read_sections(bytes, limits));
  ModuleReader reader(module, limits);
  for (const Section& section : module.sections) TRY(reader.read(section));
  TRY(reader.check_counts());
  module.function_names = read_function_names(module);
  return module;
}

}  // namespace synapsed::bytecode
