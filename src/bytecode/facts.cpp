#include "bytecode/facts.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "base/try.hpp"
#include "bytecode/cursor.hpp"
#include "bytecode/names.hpp"
#include "bytecode/operators.hpp"

namespace synapsed::bytecode {
namespace {

constexpr std::uint64_t kReachStepsMax = 20'000'000;

/// Where things stand that are in a section rather than in code.
std::uint64_t offset_of_section(const Module& module, SectionId id) {
  const Section* section = module.find_section(id);
  if (section == nullptr) section = module.find_section(SectionId::kImport);
  return section == nullptr ? 0 : section->offset;
}

/// True when the last integer is a zero in one byte: what WebAssembly 1.0 has in the place of a
/// table's index. Linkers write a longer zero, to be relocated.
bool has_short_zero(ByteSpan bytes) {
  return bytes.back() == std::byte{0} && bytes[bytes.size() - 2] < std::byte{0x80};
}

/// Notes the first use of everything.
class Uses {
 public:
  void note(Feature feature, const Place& place) {
    auto& first = first_[static_cast<std::size_t>(feature)];
    if (!first) first = place;
  }
  void note_float(const Place& place) {
    if (!first_float_) first_float_ = place;
  }
  void note_type(ValueCode type, const Place& place);
  void note_block(const Module& module, const BlockType& type, const Place& place);
  void note_operator(const Module& module, const Operator& read, std::uint32_t function);

  void give(ModuleFacts& facts) const {
    for (std::size_t i = 1; i < first_.size(); ++i) {
      if (first_[i]) {
        facts.features.push_back({.feature = static_cast<Feature>(i), .place = *first_[i]});
      }
    }
    facts.first_float = first_float_ ? first_float_ : first_float_type_;
    facts.first_growth = first_growth_;
  }

 private:
  std::array<std::optional<Place>, kFeatures> first_;
  std::optional<Place> first_float_;  ///< an operator, which says more than a type
  std::optional<Place> first_float_type_;
  std::optional<Place> first_growth_;
};

void Uses::note_type(ValueCode type, const Place& place) {
  if (type.code() == ValueCode::kV128) note(Feature::kSimd, place);
  const bool is_float = type.code() == ValueCode::kF32 || type.code() == ValueCode::kF64;
  if (is_float && !first_float_type_) first_float_type_ = place;
  if (!type.is_reference()) return;
  note(Feature::kReferenceTypes, place);
  if (type.is_concrete() || type.code() == ValueCode::kRef) {
    note(Feature::kFunctionReferences, place);
  }
  if (type.is_concrete()) return;
  const std::uint8_t heap = type.heap_code();
  if (heap == 0x69 || heap == 0x74) {
    note(Feature::kExceptions, place);
  } else if (heap != 0x6f && heap != 0x70) {
    note(Feature::kGc, place);
  }
}

void Uses::note_block(const Module& module, const BlockType& type, const Place& place) {
  if (type.kind == BlockType::Kind::kValue) note_type(type.value, place);
  if (type.kind != BlockType::Kind::kType) return;
  const Type* function = module.function_type(type.type);
  if (function != nullptr && (function->params != 0 || function->results > 1)) {
    note(Feature::kMultiValue, place);
  }
}

void Uses::note_operator(const Module& module, const Operator& read, std::uint32_t function) {
  const OperatorInfo& row = info(read.op);
  const Place place{.offset = read.offset, .function = function};
  if (row.feature != Feature::kMvp) note(row.feature, place);
  if (uses_floats(read.op)) note_float(place);
  if (row.operator_class == OperatorClass::kGrow && !first_growth_) first_growth_ = place;
  switch (row.immediate) {
    case Immediate::kBlockType: case Immediate::kTryTable:
      note_block(module, read.block, place);
      break;
    case Immediate::kTypeTable:
      if (!has_short_zero(read.bytes)) note(Feature::kReferenceTypes, place);
      break;
    case Immediate::kHeapType: note_type(read.type, place); break;
    default: break;
  }
}

void note_types(const Module& module, Uses& uses) {
  const Place place{.offset = offset_of_section(module, SectionId::kType)};
  for (const Type& type : module.types) {
    if (type.kind != Type::Kind::kFunction || !type.is_final || type.supertype != kNoIndex) {
      uses.note(Feature::kGc, place);
    }
    if (type.kind == Type::Kind::kFunction && type.results > 1) {
      uses.note(Feature::kMultiValue, place);
    }
  }
  for (const ValueCode code : module.values) uses.note_type(code, place);
  for (const FieldCode& field : module.all_fields) uses.note_type(field.type, place);
}

void note_memories_and_tables(const Module& module, Uses& uses) {
  const Place memories{.offset = offset_of_section(module, SectionId::kMemory)};
  if (module.memories.size() > 1) uses.note(Feature::kMultiMemory, memories);
  for (const MemoryType& memory : module.memories) {
    if (memory.is_64) uses.note(Feature::kMemory64, memories);
    if (memory.is_shared) uses.note(Feature::kThreads, memories);
    if (memory.page_bytes != 65536) uses.note(Feature::kCustomPageSizes, memories);
  }
  const Place tables{.offset = offset_of_section(module, SectionId::kTable)};
  if (module.tables.size() > 1) uses.note(Feature::kReferenceTypes, tables);
  for (const Table& table : module.tables) {
    if (table.is_64) uses.note(Feature::kMemory64, tables);
    if (table.element != ValueCode(ValueCode::kFuncRef)) uses.note_type(table.element, tables);
    if (!table.initialiser.empty()) uses.note(Feature::kFunctionReferences, tables);
  }
}

void note_globals_and_tags(const Module& module, Uses& uses) {
  const auto is_mutable = [&module](const auto& item) {
    return item.kind == ExternKind::kGlobal && item.index < module.globals.size() &&
           module.globals[item.index].is_mutable;
  };
  if (std::ranges::any_of(module.imports, is_mutable)) {
    uses.note(Feature::kMutableGlobals, {.offset = offset_of_section(module, SectionId::kImport)});
  }
  if (std::ranges::any_of(module.exports, is_mutable)) {
    uses.note(Feature::kMutableGlobals, {.offset = offset_of_section(module, SectionId::kExport)});
  }
  const Place place{.offset = offset_of_section(module, SectionId::kGlobal)};
  for (const Global& global : module.globals) uses.note_type(global.type, place);
  if (!module.tags.empty()) {
    uses.note(Feature::kExceptions, {.offset = offset_of_section(module, SectionId::kTag)});
  }
}

void note_segments(const Module& module, Uses& uses) {
  if (module.data_count) {
    uses.note(Feature::kBulkMemory, {.offset = offset_of_section(module, SectionId::kDataCount)});
  }
  const Place elements{.offset = offset_of_section(module, SectionId::kElement)};
  for (const ElementSegment& segment : module.elements) {
    if (segment.mode == SegmentMode::kPassive) uses.note(Feature::kBulkMemory, elements);
    if (segment.mode == SegmentMode::kDeclared) uses.note(Feature::kReferenceTypes, elements);
    if (segment.type != ValueCode(ValueCode::kFuncRef)) uses.note_type(segment.type, elements);
  }
  const Place data{.offset = offset_of_section(module, SectionId::kData)};
  for (const DataSegment& segment : module.data) {
    if (segment.mode == SegmentMode::kPassive) uses.note(Feature::kBulkMemory, data);
  }
}

Result<void> note_expression(const Module& module, ByteSpan expression, Uses& uses,
                             CallGraphBuilder& calls) {
  OperatorReader reader(expression, module.offset_of(expression));
  Operator read;
  while (!reader.at_end()) {
    TRY(reader.next(read));
    uses.note_operator(module, read, kNoIndex);
    calls.note(read);
    const OperatorClass kind = info(read.op).operator_class;
    if (kind == OperatorClass::kIntegerArithmetic ||
        kind == OperatorClass::kIntegerMultiplication) {
      uses.note(Feature::kExtendedConstants, {.offset = read.offset});
    }
  }
  return {};
}

Result<void> note_body(const Module& module, std::uint32_t function, Uses& uses,
                       CallGraphBuilder& calls) {
  const Body* body = module.body_of(function);
  if (body == nullptr) return {};
  const Place place{.offset = module.offset_of(body->bytes), .function = function};
  for (const LocalGroup& group : module.local_groups(*body)) uses.note_type(group.type, place);
  OperatorReader reader(body->code(), module.offset_of(body->code()));
  Operator read;
  while (!reader.at_end()) {
    if (auto next = reader.next(read); !next) {
      return module.refuse_in(function, std::move(next).error());
    }
    uses.note_operator(module, read, function);
    calls.note(read);
  }
  return {};
}

std::vector<Producer> read_producers(const Module& module) {
  std::vector<Producer> producers;
  const Section* section = module.find_custom("producers");
  if (section == nullptr) return producers;
  Cursor in(section->contents);
  const auto name = [&in] { return as_text(in.bytes(in.u32())); };
  for (std::uint32_t fields = in.u32(); fields != 0 && !in.at_end(); --fields) {
    const std::string_view field = name();
    for (std::uint32_t values = in.u32(); values != 0 && !in.at_end(); --values) {
      Producer producer{.field = field, .name = name(), .version = {}};
      producer.version = name();
      if (in.fault() != Cursor::Fault::kNone) return producers;
      producers.push_back(producer);
    }
  }
  return producers;
}

/// Walks the call graph from one function after the other.
class Walker {
 public:
  Walker(const Module& module, const CallGraph& graph)
      : module_(module), graph_(graph), seen_(graph.nodes(), 0) {}

  /// The imported functions that can be called from `function`; nothing when the budget is spent.
  std::optional<std::vector<std::uint32_t>> imports_from(std::uint32_t function) {
    std::vector<std::uint32_t> imports;
    ++round_;
    visit(function, imports);
    while (!pending_.empty()) {
      const std::uint32_t node = pending_.back();
      pending_.pop_back();
      for (const std::uint32_t target : graph_.from(node)) {
        if (++steps_ > kReachStepsMax) return std::nullopt;
        visit(target, imports);
      }
    }
    std::ranges::sort(imports);
    return imports;
  }

 private:
  void visit(std::uint32_t node, std::vector<std::uint32_t>& imports) {
    if (seen_[node] == round_) return;
    seen_[node] = round_;
    if (node < module_.imported_functions) {
      imports.push_back(node);
    } else {
      pending_.push_back(node);
    }
  }

  const Module& module_;
  const CallGraph& graph_;
  std::vector<std::uint32_t> seen_;
  std::vector<std::uint32_t> pending_;
  std::uint32_t round_ = 0;
  std::uint64_t steps_ = 0;
};

void find_reach(const Module& module, ModuleFacts& facts) {
  Walker walker(module, facts.calls);
  for (std::uint32_t i = 0; i < module.exports.size(); ++i) {
    const Export& exported = module.exports[i];
    if (exported.kind != ExternKind::kFunction || exported.index >= module.functions.size()) {
      continue;
    }
    auto imports = walker.imports_from(exported.index);
    if (!imports) {
      facts.reach_is_complete = false;
      return;
    }
    facts.reach.push_back({.exported = i, .imports = std::move(*imports)});
  }
}

}  // namespace

const FeatureUse* ModuleFacts::find(Feature feature) const {
  const auto found = std::ranges::find(features, feature, &FeatureUse::feature);
  return found == features.end() ? nullptr : &*found;
}

Result<ModuleFacts> gather_facts(const Module& module) {
  Uses uses;
  CallGraphBuilder calls(module);
  note_types(module, uses);
  note_memories_and_tables(module, uses);
  note_globals_and_tags(module, uses);
  note_segments(module, uses);
  TRY(for_each_initialiser(module, [&](ByteSpan expression) {
    return note_expression(module, expression, uses, calls);
  }));
  for (std::uint32_t function = 0; function < module.functions.size(); ++function) {
    calls.begin_function();
    TRY(note_body(module, function, uses, calls));
  }
  ModuleFacts facts;
  uses.give(facts);
  facts.name = read_module_name(module);
  facts.producers = read_producers(module);
  facts.has_debug_info = module.find_custom(".debug_info") != nullptr;
  facts.calls = calls.finish();
  find_reach(module, facts);
  return facts;
}

}  // namespace synapsed::bytecode
