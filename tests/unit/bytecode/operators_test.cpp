#include "bytecode/operators.hpp"

#include <set>
#include <vector>

#include "tests/support/module_bytes.hpp"
#include "tests/support/results.hpp"

namespace synapsed::bytecode {
namespace {

using synapsed::test::fails_with;
using synapsed::test::must;
using test::hex;

/// The first operator of `text`, which is followed by an `end`.
struct Read {
  explicit Read(std::string_view text) : bytes(hex(text)) {
    bytes.push_back(std::byte{0x0b});
    must(OperatorReader(bytes, 0x100).next(op));
  }
  const Operator* operator->() const { return &op; }

  Bytes bytes;
  Operator op;
};

std::string error_of(std::string_view text) {
  const Bytes bytes = hex(text);
  OperatorReader reader(bytes, 0x100);
  Operator op;
  while (!reader.at_end()) {
    if (auto read = reader.next(op); !read) {
      EXPECT_TRUE(fails_with(read, ErrorCode::kLoadInvalidModule));
      EXPECT_TRUE(reader.at_end());
      return read.error().message() + " @ " + read.error().where();
    }
  }
  return "read";
}

TEST(Operators, HaveNamesAndPlacesInTheTable) {
  std::size_t index = 0;
  for (const OperatorInfo& row : all_operators()) {
    EXPECT_EQ(static_cast<std::size_t>(row.op), index++) << row.name;
    EXPECT_EQ(&info(row.op), &row);
    EXPECT_EQ(row.has_fixed_signature(), row.signature.find(':') != std::string_view::npos);
  }
  EXPECT_EQ(info(Op::kI32Add).name, "i32.add");
  EXPECT_EQ(info(Op::kI64Store).operands(), "al");
  EXPECT_EQ(info(Op::kI64Store).results(), "");
  EXPECT_EQ(info(Op::kV128Bitselect).operands(), "vvv");
  EXPECT_FALSE(info(Op::kCall).has_fixed_signature());
}

TEST(Operators, BelongToClassesWithNames) {
  std::set<std::string_view> names;
  for (const OperatorInfo& row : all_operators()) names.insert(to_string(row.operator_class));
  EXPECT_EQ(names.size(), kOperatorClasses);
  for (const std::string_view name : names) {
    ASSERT_TRUE(find_operator_class(name).has_value());
    EXPECT_EQ(to_string(*find_operator_class(name)), name);
  }
  EXPECT_EQ(find_operator_class("no class"), std::nullopt);
}

TEST(Operators, KnowWhichUseFloats) {
  EXPECT_TRUE(uses_floats(Op::kF32Const));
  EXPECT_TRUE(uses_floats(Op::kI32ReinterpretF32));
  EXPECT_TRUE(uses_floats(Op::kI32x4TruncSatF64x2SZero));
  EXPECT_FALSE(uses_floats(Op::kI32Const));
  EXPECT_FALSE(uses_floats(Op::kV128Load));
}

TEST(OperatorReader, GivesPlaceAndBytes) {
  const Bytes bytes = hex("41 ff 00 1a 0b");
  OperatorReader reader(bytes, 0x20);
  Operator op;
  must(reader.next(op));
  EXPECT_EQ(op.op, Op::kI32Const);
  EXPECT_EQ(op.offset, 0x20U);
  EXPECT_EQ(op.bytes.size(), 3U);
  must(reader.next(op));
  EXPECT_EQ(op.op, Op::kDrop);
  EXPECT_EQ(op.offset, 0x23U);
  EXPECT_FALSE(reader.at_end());
  must(reader.next(op));
  EXPECT_EQ(op.op, Op::kEnd);
  EXPECT_TRUE(reader.at_end());
}

TEST(OperatorReader, ReadsConstants) {
  EXPECT_EQ(Read("41 7f")->as_i32(), -1);
  EXPECT_EQ(Read("41 7f")->bits, 0xffffffffU);
  EXPECT_EQ(Read("41 80 80 80 80 78")->as_i32(), INT32_MIN);
  EXPECT_EQ(Read("41 ff ff ff ff 07")->as_i32(), INT32_MAX);
  EXPECT_EQ(Read("42 7f")->as_i64(), -1);
  EXPECT_EQ(Read("42 80 80 80 80 80 80 80 80 80 7f")->as_i64(), INT64_MIN);
  EXPECT_EQ(Read("42 ff ff ff ff ff ff ff ff ff 00")->as_i64(), INT64_MAX);
  EXPECT_EQ(Read("43 01 02 03 84")->bits, 0x84030201U);
  EXPECT_EQ(Read("44 01 02 03 04 05 06 07 88")->bits, 0x8807060504030201U);
  EXPECT_EQ(Read("fd 0c 00 01 02 03 04 05 06 07 08 09 0a 0b 0c 0d 0e 0f")->tail.size(), 16U);
}

TEST(OperatorReader, ReadsIndicesInTheOrderTheyAreWritten) {
  EXPECT_EQ(Read("20 81 01")->index, 129U);
  EXPECT_EQ(Read("11 05 02")->index, 5U);   // call_indirect: type,
  EXPECT_EQ(Read("11 05 02")->index2, 2U);  // then table
  EXPECT_EQ(Read("fc 0a 01 02")->index, 1U);   // memory.copy: destination,
  EXPECT_EQ(Read("fc 0a 01 02")->index2, 2U);  // then source
  EXPECT_EQ(Read("fd 15 0f")->index, 15U);     // a lane
}

TEST(OperatorReader, ReadsMemoryArguments) {
  const Read plain("28 02 90 01");
  EXPECT_EQ(plain->align, 2U);
  EXPECT_EQ(plain->bits, 0x90U);
  EXPECT_EQ(plain->index, 0U);
  const Read other("37 43 07 ff ff ff ff ff ff ff ff ff 01");
  EXPECT_EQ(other->align, 3U);
  EXPECT_EQ(other->index, 7U);
  EXPECT_EQ(other->bits, UINT64_MAX);
  const Read lane("fd 54 00 10 03");
  EXPECT_EQ(lane->op, Op::kV128Load8Lane);
  EXPECT_EQ(lane->bits, 0x10U);
  EXPECT_EQ(lane->index2, 3U);
}

TEST(OperatorReader, ReadsBlockTypes) {
  EXPECT_EQ(Read("02 40 0b")->block, BlockType{});
  EXPECT_EQ(Read("02 7e 0b")->block,
            (BlockType{.kind = BlockType::Kind::kValue, .value = ValueCode(ValueCode::kI64)}));
  EXPECT_EQ(Read("03 63 05 0b")->block,
            (BlockType{.kind = BlockType::Kind::kValue,
                       .value = ValueCode::concrete(ValueCode::kRefNull, 5)}));
  EXPECT_EQ(Read("03 64 6e 0b")->block.value, ValueCode::abstract(ValueCode::kRef, 0x6e));
  EXPECT_EQ(Read("04 80 01 0b")->block, (BlockType{.kind = BlockType::Kind::kType, .type = 128}));
}

TEST(OperatorReader, ReadsReferenceTypes) {
  EXPECT_EQ(Read("d0 70")->type, ValueCode::abstract(ValueCode::kRefNull, 0x70));
  EXPECT_EQ(Read("fb 14 6b")->type, ValueCode::abstract(ValueCode::kRef, 0x6b));
  EXPECT_EQ(Read("fb 15 03")->type, ValueCode::concrete(ValueCode::kRefNull, 3));
  const Read cast("fb 18 01 02 6e 04");
  EXPECT_EQ(cast->index, 2U);
  EXPECT_EQ(cast->type, ValueCode::abstract(ValueCode::kRefNull, 0x6e));
  EXPECT_EQ(cast->type2, ValueCode::concrete(ValueCode::kRef, 4));
}

TEST(OperatorReader, ReadsTheLabelsOfABranchTable) {
  const Read table("0e 02 07 88 01 09");
  EXPECT_EQ(table->index, 2U);
  std::vector<std::uint32_t> labels;
  for_each_label(table.op, [&](std::uint32_t label) { labels.push_back(label); });
  EXPECT_EQ(labels, (std::vector<std::uint32_t>{7, 136, 9}));
}

TEST(OperatorReader, ReadsTheCatchesOfATryTable) {
  const Read table("1f 7f 04 00 05 01 01 06 02 02 03 03 04 0b");
  EXPECT_EQ(table->index, 4U);
  EXPECT_EQ(table->block.value, ValueCode(ValueCode::kI32));
  std::vector<Catch> clauses;
  for_each_catch(table.op, [&](const Catch& clause) { clauses.push_back(clause); });
  ASSERT_EQ(clauses.size(), 4U);
  EXPECT_EQ(clauses[0].tag, 5U);
  EXPECT_EQ(clauses[0].label, 1U);
  EXPECT_TRUE(clauses[1].has_reference());
  EXPECT_EQ(clauses[2].kind, Catch::Kind::kCatchAll);
  EXPECT_EQ(clauses[2].label, 3U);
  EXPECT_EQ(clauses[3].kind, Catch::Kind::kCatchAllRef);
  EXPECT_EQ(clauses[3].label, 4U);
}

// A nop is of the class of blocks, and in no run.
TEST(OperatorReader, RunsEndBeforeWhatIsNotSequential) {
  // local.get, four constants, an addition, a load, a drop; then nop and end.
  const Bytes bytes = hex(
      "20 ac 02  41 b8 7e  42 01  43 0000803f  44 000000000000f03f  6a  28 02 ac 02  1a  01 0b");
  OperatorReader reader(bytes, 0x100);
  const OperatorRun run = reader.next_run();
  EXPECT_EQ(run.count, 8U);
  EXPECT_EQ(run.offset, 0x100U);
  EXPECT_EQ(run.bytes.size(), bytes.size() - 2);
  EXPECT_EQ(run.last, 0x100 + bytes.size() - 3);
  EXPECT_EQ(reader.next_run().count, 0U);
  Operator op;
  must(reader.next(op));
  EXPECT_EQ(op.op, Op::kNop);
  EXPECT_EQ(reader.next_run().count, 0U);
  must(reader.next(op));
  EXPECT_TRUE(reader.at_end());
}

TEST(OperatorReader, RunsAreAsLongAsTheirOperators) {
  for (const OperatorInfo& row : all_operators()) {
    if (row.prefix != 0 || row.immediate == Immediate::kBranchTable) continue;
    Bytes bytes{static_cast<std::byte>(row.code)};
    for (int i = 0; i < 12; ++i) bytes.push_back(std::byte{0x01});  // immediates, then nops
    bytes.push_back(std::byte{0x0b});
    const OperatorRun run = OperatorReader(bytes).next_run();
    EXPECT_LE(run.count, 1U) << row.name;
    if (run.count == 0) continue;
    EXPECT_TRUE(is_sequential(row.op)) << row.name;
    Operator op;
    must(OperatorReader(bytes).next(op));
    EXPECT_EQ(run.bytes.size(), op.bytes.size()) << row.name;
  }
}

TEST(OperatorReader, RunsLeaveToOthersWhatMustBeLookedAt) {
  // A select with types, the index of a memory, a number and a constant that the code ends in.
  for (const std::string_view code : {"1c 01 7f 0b", "28 42 00 00 0b", "41 80", "43 00 00"}) {
    const Bytes bytes = hex(code);
    OperatorReader reader(bytes);
    EXPECT_EQ(reader.next_run().count, 0U) << code;
    EXPECT_EQ(reader.offset(), 0U) << code;
  }
  EXPECT_EQ(OperatorReader({}).next_run().count, 0U);
}

TEST(OperatorReader, CountsOpenBlocks) {
  const Bytes bytes = hex("02 40 03 40 04 40 05 0b 0b 0b 0b");
  OperatorReader reader(bytes);
  Operator op;
  std::vector<std::uint32_t> depths;
  while (!reader.at_end()) {
    must(reader.next(op));
    depths.push_back(reader.depth());
  }
  EXPECT_EQ(depths, (std::vector<std::uint32_t>{2, 3, 4, 4, 3, 2, 1, 0}));
}

TEST(OperatorReader, SaysWhatCannotBeReadAndWhere) {
  EXPECT_EQ(error_of("01 ff 0b"), "malformed module: unknown operator ff @ offset 0x101");
  EXPECT_EQ(error_of("fc 7f 0b"), "malformed module: unknown operator fc 7f @ offset 0x100");
  EXPECT_EQ(error_of("fe 03 01 0b"),
            "malformed module: unknown memory order, in atomic.fence @ offset 0x100");
  EXPECT_EQ(error_of("41 80 80 80 80 10 0b"),
            "malformed module: an integer is too long, in i32.const @ offset 0x100");
  EXPECT_EQ(error_of("20 80 80 80 80 80 00 0b"),
            "malformed module: an integer is too long, in local.get @ offset 0x100");
  EXPECT_EQ(error_of("02 50 0b 0b"), "malformed module: unknown type, in block @ offset 0x100");
  EXPECT_EQ(error_of("d0 80 80 80 80 04 0b"),
            "malformed module: a type index is too large, in ref.null @ offset 0x100");
  EXPECT_EQ(error_of("28 80 01 00 0b"),
            "malformed module: unknown flags of a memory argument, in i32.load @ offset 0x100");
  EXPECT_EQ(error_of("1f 40 01 04 00 0b 0b"),
            "malformed module: unknown kind of catch, in try_table @ offset 0x100");
  EXPECT_EQ(error_of("fb 18 04 00 6e 6e 0b"),
            "malformed module: unknown flags of a cast, in br_on_cast @ offset 0x100");
  EXPECT_EQ(error_of("0e ff ff ff ff 0f 00 0b"),
            "malformed module: the code ends in the middle of an operator, in br_table @ offset "
            "0x100");
  EXPECT_EQ(error_of("1c 0b 0b"),
            "malformed module: a select has too many types, in select @ offset 0x100");
}

TEST(OperatorReader, CodeEndsWithItsEnd) {
  EXPECT_EQ(error_of("01"),
            "malformed module: the code ends before the end of its blocks @ offset 0x101");
  EXPECT_EQ(error_of("02 40 0b"),
            "malformed module: the code ends before the end of its blocks @ offset 0x103");
  EXPECT_EQ(error_of("0b 01"),
            "malformed module: there are operators after the end of the code @ offset 0x101");
  EXPECT_EQ(error_of(""),
            "malformed module: the code ends in the middle of an operator @ offset 0x100");
  EXPECT_EQ(error_of("0b"), "read");
}

TEST(OperatorReader, RefusesLegacyExceptionHandlingByName) {
  for (const std::string_view code : {"06 40 0b 0b", "07 00 0b", "09 00 0b", "18 00 0b", "19 0b"}) {
    EXPECT_EQ(error_of(code), "the module uses the legacy exception handling @ offset 0x100");
  }
}

TEST(OperatorReader, AConstantExpressionEndsWithItsEnd) {
  const Bytes bytes = hex("41 01 41 02 6a 0b 41 03");
  EXPECT_EQ(must(read_constant_expression(bytes, 0)).size(), 6U);
  EXPECT_TRUE(fails_with(read_constant_expression(hex("41 01 99 0b"), 0),
                         ErrorCode::kLoadInvalidModule));
  EXPECT_TRUE(fails_with(read_constant_expression(hex("41 01"), 0),
                         ErrorCode::kLoadInvalidModule));
}

}  // namespace
}  // namespace synapsed::bytecode
