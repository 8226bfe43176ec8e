#include "bytecode/operators.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "base/try.hpp"

namespace synapsed::bytecode {
namespace {

constexpr auto kOperators = std::to_array<OperatorInfo>({
#define SYNAPSED_OPERATOR(name, text, prefix, code, immediate, signature, feature, op_class) \
  {Op::k##name,          text,      prefix,           code,                                  \
   Immediate::k##immediate, signature, Feature::k##feature, OperatorClass::k##op_class},
#include "bytecode/operators.def"
#undef SYNAPSED_OPERATOR
});

constexpr std::uint16_t kNoOperator = 0xffff;
constexpr std::uint8_t kFirstPrefix = 0xfb;
constexpr std::size_t kPrefixes = 4;
constexpr std::size_t kPrefixedCodes = 0x120;
constexpr std::uint32_t kCatchesMax = 10'000;     // the engine's own bound
constexpr std::uint32_t kSelectTypesMax = 10;     // the engine's own bound
constexpr std::uint32_t kMemoryFlag = 0x40;       // of a memory argument: an index follows
constexpr std::uint32_t kMemoryFlagsMax = 0x7f;

/// What an operator's code stands for; beside one another, as both are asked of every operator.
struct Code {
  std::uint16_t op = kNoOperator;
  Immediate immediate = Immediate::kNone;
};

constexpr std::array<Code, 256> kPlain = [] {
  std::array<Code, 256> table{};
  for (const OperatorInfo& row : kOperators) {
    if (row.prefix == 0) table[row.code] = {static_cast<std::uint16_t>(row.op), row.immediate};
  }
  return table;
}();

constexpr auto kPrefixed = [] {
  std::array<std::array<Code, kPrefixedCodes>, kPrefixes> table{};
  for (const OperatorInfo& row : kOperators) {
    if (row.prefix == 0) continue;
    table[row.prefix - kFirstPrefix][row.code] = {static_cast<std::uint16_t>(row.op),
                                                  row.immediate};
  }
  return table;
}();

constexpr bool is_found_by_its_code(const OperatorInfo& row) {
  const auto op = static_cast<std::uint16_t>(row.op);
  return row.prefix == 0 ? kPlain[row.code].op == op
                         : kPrefixed[row.prefix - kFirstPrefix][row.code].op == op;
}
static_assert(std::ranges::all_of(kOperators, is_found_by_its_code), "two rows have one code");

constexpr std::array<std::string_view, kOperatorClasses> kClassNames{
    "control",                "branch",            "call",               "call_indirect",
    "parametric",             "local",             "global",             "table",
    "load",                   "store",             "memory_size",        "grow",
    "bulk",                   "constant",          "integer_comparison", "integer_arithmetic",
    "integer_multiplication", "integer_division",  "integer_conversion", "float_comparison",
    "float_arithmetic",       "float_division",    "float_conversion",   "reference",
    "gc",                     "gc_allocation",     "vector_integer",     "vector_float",
    "vector_load",            "vector_store",      "atomic",             "exception"};

/// Codes of the exception handling that the specification did not take up.
constexpr bool is_legacy_exception(std::uint8_t code) {
  return code == 0x06 || code == 0x07 || code == 0x09 || code == 0x18 || code == 0x19;
}

constexpr std::string_view text_of(Cursor::Fault fault) {
  switch (fault) {
    case Cursor::Fault::kNone: break;
    case Cursor::Fault::kTruncated: return "the code ends in the middle of an operator";
    case Cursor::Fault::kIntegerTooLong: return "an integer is too long";
    case Cursor::Fault::kUnknownType: return "unknown type";
    case Cursor::Fault::kTypeIndex: return "a type index is too large";
  }
  return "unknown fault";
}

// What is asked of every operator is in tables of its own: the rows are large, and do not stay in
// the processor's nearest cache.
constexpr auto kClasses = [] {
  std::array<OperatorClass, kOperators.size()> table{};
  for (const OperatorInfo& row : kOperators) {
    table[static_cast<std::size_t>(row.op)] = row.operator_class;
  }
  return table;
}();

constexpr bool is_sequential_class(OperatorClass operator_class) {
  switch (operator_class) {
    case OperatorClass::kParametric: case OperatorClass::kLocal: case OperatorClass::kGlobal:
    case OperatorClass::kLoad: case OperatorClass::kStore: case OperatorClass::kConstant:
    case OperatorClass::kIntegerComparison: case OperatorClass::kIntegerArithmetic:
    case OperatorClass::kIntegerMultiplication: case OperatorClass::kIntegerDivision:
    case OperatorClass::kIntegerConversion: case OperatorClass::kFloatComparison:
    case OperatorClass::kFloatArithmetic: case OperatorClass::kFloatDivision:
    case OperatorClass::kFloatConversion: case OperatorClass::kVectorInteger:
    case OperatorClass::kVectorFloat: case OperatorClass::kVectorLoad:
    case OperatorClass::kVectorStore:
      return true;
    default: return false;
  }
}

constexpr auto kIsSequential = [] {
  std::array<bool, kOperators.size()> table{};
  for (const OperatorInfo& row : kOperators) {
    table[static_cast<std::size_t>(row.op)] = is_sequential_class(row.operator_class);
  }
  return table;
}();

constexpr auto kUsesFloats = [] {
  std::array<bool, kOperators.size()> table{};
  for (const OperatorInfo& row : kOperators) {
    table[static_cast<std::size_t>(row.op)] = row.name.find("f32") != std::string_view::npos ||
                                              row.name.find("f64") != std::string_view::npos;
  }
  return table;
}();

/// How long a sequential operator of one byte is.
enum class Length : std::uint8_t { kUnknown, kAlone, kOneNumber, kTwoNumbers, kFourBytes, kEightBytes };

constexpr Length length_with(Immediate immediate) {
  switch (immediate) {
    case Immediate::kNone: return Length::kAlone;
    case Immediate::kLocal: case Immediate::kGlobal: case Immediate::kI32: case Immediate::kI64:
      return Length::kOneNumber;
    case Immediate::kMemoryArgument: return Length::kTwoNumbers;
    case Immediate::kF32: return Length::kFourBytes;
    case Immediate::kF64: return Length::kEightBytes;
    default: return Length::kUnknown;
  }
}

constexpr auto kLengths = [] {
  std::array<Length, 256> table{};
  for (const OperatorInfo& row : kOperators) {
    if (row.prefix != 0 || !is_sequential_class(row.operator_class)) continue;
    table[row.code] = length_with(row.immediate);
  }
  return table;
}();

/// Of the LEB128 at `start`; what is longer than it may be, or than the code, is for others to refuse.
std::size_t behind_number(ByteSpan code, std::size_t start) {
  while (start < code.size() && code[start] >= std::byte{0x80}) ++start;
  return start + 1;
}

/// Of the sequential operator that `code` begins with; 0 when it must be looked at closely.
std::size_t sequential_bytes(ByteSpan code) {
  switch (kLengths[std::to_integer<std::uint8_t>(code.front())]) {
    case Length::kUnknown: return 0;
    case Length::kAlone: return 1;
    case Length::kOneNumber: return behind_number(code, 1);
    case Length::kTwoNumbers:
      if (code.size() < 2 || code[1] >= std::byte{kMemoryFlag}) return 0;
      return behind_number(code, 2);
    case Length::kFourBytes: return 5;
    case Length::kEightBytes: return 9;
  }
  return 0;
}

Code read_prefixed(Cursor& cursor, std::uint8_t prefix) {
  if (prefix < kFirstPrefix || prefix >= kFirstPrefix + kPrefixes) return {};
  const std::uint32_t code = cursor.u32();
  if (code >= kPrefixedCodes || cursor.fault() != Cursor::Fault::kNone) return {};
  return kPrefixed[prefix - kFirstPrefix][code];
}

/// `kNoOperator` when it is none, or there is none.
Code read_code(Cursor& cursor) {
  if (cursor.at_end()) {
    cursor.fail(Cursor::Fault::kTruncated);
    return {};
  }
  const std::uint8_t first = cursor.byte();
  const Code code = kPlain[first];
  return code.op != kNoOperator ? code : read_prefixed(cursor, first);
}

}  // namespace

std::string_view to_string(OperatorClass operator_class) {
  return kClassNames[static_cast<std::size_t>(operator_class)];
}

std::optional<OperatorClass> find_operator_class(std::string_view name) {
  const auto found = std::ranges::find(kClassNames, name);
  if (found == kClassNames.end()) return std::nullopt;
  return static_cast<OperatorClass>(found - kClassNames.begin());
}

std::span<const OperatorInfo> all_operators() { return kOperators; }

OperatorClass class_of(Op op) { return kClasses[static_cast<std::size_t>(op)]; }

const OperatorInfo& info(Op op) { return kOperators[static_cast<std::size_t>(op)]; }

bool is_sequential(Op op) { return kIsSequential[static_cast<std::size_t>(op)]; }

bool uses_floats(Op op) { return kUsesFloats[static_cast<std::size_t>(op)]; }

bool is_constant(Op op) {
  switch (op) {
    case Op::kEnd: case Op::kI32Const: case Op::kI64Const: case Op::kF32Const: case Op::kF64Const:
    case Op::kV128Const: case Op::kGlobalGet: case Op::kRefNull: case Op::kRefFunc:
    case Op::kI32Add: case Op::kI32Sub: case Op::kI32Mul:
    case Op::kI64Add: case Op::kI64Sub: case Op::kI64Mul:
    case Op::kRefI31: case Op::kStructNew: case Op::kStructNewDefault: case Op::kArrayNew:
    case Op::kArrayNewDefault: case Op::kArrayNewFixed: case Op::kAnyConvertExtern:
    case Op::kExternConvertAny:
      return true;
    default:
      return false;
  }
}

Catch read_catch(Cursor& cursor) {
  Catch clause;
  clause.kind = static_cast<Catch::Kind>(cursor.byte());
  if (clause.has_tag()) clause.tag = cursor.u32();
  clause.label = cursor.u32();
  return clause;
}

Result<void> OperatorReader::next(Operator& into) {
  into = Operator{};
  const std::size_t start = cursor_.position();
  into.offset = base_ + start;
  const Code code = read_code(cursor_);
  if (code.op == kNoOperator) return refuse_code(into.offset);
  into.op = static_cast<Op>(code.op);
  if (code.immediate >= Immediate::kLabel && code.immediate <= Immediate::kTag) {
    into.index = cursor_.u32();  // as most have
  } else if (code.immediate != Immediate::kNone) {
    read_immediates(code.immediate, into);
  }
  if (cursor_.fault() != Cursor::Fault::kNone || complaint_ != nullptr) {
    return refuse_immediates(into);
  }
  if (into.op == Op::kEnd) --depth_;
  into.bytes = cursor_.since(start);
  if (cursor_.at_end() == (depth_ == 0)) return {};
  if (depth_ != 0) return fail(offset(), "the code ends before the end of its blocks");
  if (extent_ == Extent::kPrefix) return {};
  return fail(offset(), "there are operators after the end of the code");
}

OperatorRun OperatorReader::next_run() {
  OperatorRun run{.offset = offset(), .bytes = {}};
  const ByteSpan code = cursor_.rest();
  std::size_t at = 0;
  while (at < code.size()) {
    const std::size_t bytes = sequential_bytes(code.subspan(at));
    if (bytes == 0 || bytes >= code.size() - at) break;  // an `end` follows, at least
    run.last = run.offset + at;
    ++run.count;
    at += bytes;
  }
  run.bytes = cursor_.bytes(at);
  return run;
}

void OperatorReader::read_immediates(Immediate immediate, Operator& into) {
  switch (immediate) {
    case Immediate::kNone: return;
    case Immediate::kBlockType:
      read_block_type(into.block);
      ++depth_;
      return;
    case Immediate::kLabel: case Immediate::kLocal: case Immediate::kGlobal:
    case Immediate::kFunction: case Immediate::kType: case Immediate::kTable:
    case Immediate::kMemory: case Immediate::kData: case Immediate::kElement:
    case Immediate::kTag:
      into.index = cursor_.u32();
      return;
    case Immediate::kTypeTable: case Immediate::kTypeField: case Immediate::kTypeCount:
    case Immediate::kTypeData: case Immediate::kTypeElement: case Immediate::kTypeType:
    case Immediate::kDataMemory: case Immediate::kMemoryMemory: case Immediate::kElementTable:
    case Immediate::kTableTable:
      into.index = cursor_.u32();
      into.index2 = cursor_.u32();
      return;
    case Immediate::kBranchTable: read_branch_table(into); return;
    case Immediate::kSelectTypes: read_select_types(into); return;
    case Immediate::kI32:
      into.bits = static_cast<std::uint32_t>(cursor_.signed_leb(32));
      return;
    case Immediate::kI64: into.bits = static_cast<std::uint64_t>(cursor_.signed_leb(64)); return;
    case Immediate::kF32: into.bits = cursor_.fixed(4); return;
    case Immediate::kF64: into.bits = cursor_.fixed(8); return;
    case Immediate::kV128: case Immediate::kShuffle: into.tail = cursor_.bytes(16); return;
    case Immediate::kLane: into.index = cursor_.byte(); return;
    case Immediate::kMemoryArgument: read_memory_argument(into); return;
    case Immediate::kMemoryArgumentLane:
      read_memory_argument(into);
      into.index2 = cursor_.byte();
      return;
    case Immediate::kHeapType: {
      const bool nullable = into.op != Op::kRefTest && into.op != Op::kRefCast;
      into.type = cursor_.heap_type(nullable ? ValueCode::kRefNull : ValueCode::kRef);
      return;
    }
    case Immediate::kBranchCast: read_branch_cast(into); return;
    case Immediate::kTryTable:
      read_block_type(into.block);
      read_catches(into);
      ++depth_;
      return;
    case Immediate::kFence:
      if (cursor_.byte() != 0) complaint_ = "unknown memory order";
      return;
  }
}

void OperatorReader::read_block_type(BlockType& into) {
  const std::uint8_t code = cursor_.peek();
  if (code == 0x40) {
    cursor_.byte();
    return;
  }
  // A type index is not negative, so its first byte is below 0x40 or has the sign of more to come.
  if (code < 0x40 || code >= 0x80) {
    const std::int64_t type = cursor_.signed_leb(33);
    if (type < 0) {
      cursor_.fail(Cursor::Fault::kUnknownType);
    } else if (type > ValueCode::kTypeIndexMax) {
      cursor_.fail(Cursor::Fault::kTypeIndex);
    }
    into.kind = BlockType::Kind::kType;
    into.type = static_cast<std::uint32_t>(type);
    return;
  }
  into.kind = BlockType::Kind::kValue;
  into.value = cursor_.value_type();
}

void OperatorReader::read_memory_argument(Operator& into) {
  const std::uint32_t flags = cursor_.u32();
  if (flags > kMemoryFlagsMax) complaint_ = "unknown flags of a memory argument";
  into.align = flags & ~kMemoryFlag;
  if ((flags & kMemoryFlag) != 0) into.index = cursor_.u32();
  into.bits = cursor_.u64();
}

void OperatorReader::read_branch_table(Operator& into) {
  into.index = cursor_.u32();
  const std::size_t start = cursor_.position();
  if (into.index >= cursor_.left()) {  // each label takes a byte at least, and there is a default
    cursor_.fail(Cursor::Fault::kTruncated);
    return;
  }
  for (std::uint32_t i = 0; i <= into.index; ++i) cursor_.u32();
  into.tail = cursor_.since(start);
}

void OperatorReader::read_select_types(Operator& into) {
  into.index = cursor_.u32();
  if (into.index > kSelectTypesMax) complaint_ = "a select has too many types";
  const std::size_t start = cursor_.position();
  for (std::uint32_t i = 0; i < into.index && complaint_ == nullptr; ++i) cursor_.value_type();
  into.tail = cursor_.since(start);
}

void OperatorReader::read_catches(Operator& into) {
  into.index = cursor_.u32();
  if (into.index > kCatchesMax) complaint_ = "a try_table has too many catches";
  const std::size_t start = cursor_.position();
  for (std::uint32_t i = 0; i < into.index && complaint_ == nullptr; ++i) {
    if (read_catch(cursor_).kind > Catch::Kind::kCatchAllRef) complaint_ = "unknown kind of catch";
  }
  into.tail = cursor_.since(start);
}

void OperatorReader::read_branch_cast(Operator& into) {
  const std::uint8_t flags = cursor_.byte();
  if (flags > 3) complaint_ = "unknown flags of a cast";
  into.index = cursor_.u32();
  into.type = cursor_.heap_type((flags & 1U) != 0 ? ValueCode::kRefNull : ValueCode::kRef);
  into.type2 = cursor_.heap_type((flags & 2U) != 0 ? ValueCode::kRefNull : ValueCode::kRef);
}

std::unexpected<Error> OperatorReader::fail(std::uint64_t offset, std::string_view what) {
  depth_ = 0;
  return std::unexpected(
      Error(ErrorCode::kLoadInvalidModule, fmt::format("malformed module: {}", what))
          .at(fmt::format("offset {:#x}", offset)));
}

std::unexpected<Error> OperatorReader::refuse_code(std::uint64_t at) {
  if (cursor_.fault() != Cursor::Fault::kNone) return fail(at, text_of(cursor_.fault()));
  const ByteSpan code = cursor_.since(static_cast<std::size_t>(at - base_));
  const auto first = std::to_integer<std::uint8_t>(code.front());
  if (is_legacy_exception(first)) {
    depth_ = 0;
    return std::unexpected(
        Error(ErrorCode::kLoadInvalidModule, "the module uses the legacy exception handling")
            .at(fmt::format("offset {:#x}", at))
            .help("compile it for the exceptions of WebAssembly 3.0: -mllvm "
                  "-wasm-use-legacy-eh=false"));
  }
  std::string bytes;
  for (const std::byte byte : code) bytes += fmt::format(" {:02x}", std::to_integer<int>(byte));
  return fail(at, fmt::format("unknown operator{}", bytes));
}

std::unexpected<Error> OperatorReader::refuse_immediates(const Operator& read) {
  const std::string_view what = complaint_ != nullptr ? complaint_ : text_of(cursor_.fault());
  return fail(read.offset, fmt::format("{}, in {}", what, info(read.op).name));
}

Result<ByteSpan> read_constant_expression(ByteSpan bytes, std::uint64_t base) {
  OperatorReader reader(bytes, base, OperatorReader::Extent::kPrefix);
  Operator read;
  while (!reader.at_end()) {
    TRY(reader.next(read));
    if (is_constant(read.op)) continue;
    return std::unexpected(Error(ErrorCode::kLoadInvalidModule,
                                 fmt::format("malformed module: unknown constant instruction {}",
                                             info(read.op).name))
                               .at(fmt::format("offset {:#x}", read.offset)));
  }
  return bytes.first(bytes.size() - reader.left());
}

}  // namespace synapsed::bytecode
