#include "bytecode/writer.hpp"

#include "base/hex.hpp"
#include "engine/text.hpp"
#include "tests/support/module_bytes.hpp"
#include "tests/support/random.hpp"
#include "tests/support/results.hpp"
#include "tests/unit/bytecode/samples.hpp"

namespace synapsed::bytecode {
namespace {

using synapsed::test::must;
using synapsed::test::Random;
using test::hex;
using test::module_of;
using test::module_with_body;
using test::sample;
using test::same;
using test::section;

constexpr std::string_view kProgram = R"((module
  (import "env" "f" (func (param i32)))
  (memory 1) (global (mut i32) (i32.const 7))
  (func (export "run") (call 0 (i32.const 1)))
  (data (i32.const 0) "data")
  (@custom "note" "hello")))";

/// A module whose integers are all longer than they need to be.
Bytes padded_module() {
  return module_of({hex("01 87 80 80 80 00 81 80 00 60 80 00 00"),
                    hex("03 84 00 81 00 80 00"),
                    hex("0a 8b 00 81 00 87 00 80 00 41 81 00 1a 0b"),
                    hex("00 85 00 81 00 61 00 00")});
}

/// The first operator of `bytes`, closed by as many ends as it needs.
Operator read_back(Bytes& bytes) {
  bytes.push_back(std::byte{0x0b});
  bytes.push_back(std::byte{0x0b});
  Operator op;
  must(OperatorReader(bytes, 0, OperatorReader::Extent::kPrefix).next(op));
  return op;
}

TEST(Writer, WritesIntegersInTheFewestBytes) {
  const auto unsigned_of = [](std::uint64_t value) {
    Writer out;
    out.unsigned_leb(value);
    return to_hex(out.bytes());
  };
  const auto signed_of = [](std::int64_t value) {
    Writer out;
    out.signed_leb(value);
    return to_hex(out.bytes());
  };
  EXPECT_EQ(unsigned_of(127), "7f");
  EXPECT_EQ(unsigned_of(128), "8001");
  EXPECT_EQ(unsigned_of(UINT64_MAX), "ffffffffffffffffff01");
  EXPECT_EQ(signed_of(63), "3f");
  EXPECT_EQ(signed_of(64), "c000");
  EXPECT_EQ(signed_of(-64), "40");
  EXPECT_EQ(signed_of(-65), "bf7f");
  EXPECT_EQ(signed_of(INT64_MIN), "8080808080808080807f");
}

TEST(Writer, IntegersAreReadBack) {
  Random random(1);
  for (int i = 0; i < 10'000; ++i) {
    const std::uint64_t value = random.bits() >> random.below(64);
    Writer out;
    out.unsigned_leb(value);
    out.signed_leb(static_cast<std::int64_t>(value));
    out.signed_leb(static_cast<std::int32_t>(value));
    out.padded_u32(static_cast<std::uint32_t>(value));
    Cursor in(out.bytes());
    EXPECT_EQ(in.u64(), value);
    EXPECT_EQ(in.signed_leb(64), static_cast<std::int64_t>(value));
    EXPECT_EQ(in.signed_leb(32), static_cast<std::int32_t>(value));
    EXPECT_EQ(in.u32(), static_cast<std::uint32_t>(value));
    EXPECT_TRUE(in.at_end());
    EXPECT_EQ(in.fault(), Cursor::Fault::kNone);
  }
}

TEST(Writer, EveryOperatorIsReadBackAsItWasWritten) {
  for (const OperatorInfo& row : all_operators()) {
    Writer storage;
    const Operator written = sample(row, storage);
    Writer out;
    out.operator_(written);
    const Bytes bytes = out.bytes();
    Bytes code = bytes;
    const Operator read = read_back(code);
    EXPECT_TRUE(same(read, written)) << row.name << ": " << to_hex(bytes);
    EXPECT_EQ(to_hex(read.bytes), to_hex(bytes)) << row.name;
  }
}

/// The engine's own printer names each operator as the table does. Blocks, which it closes by
/// itself, and what it leaves out of the text are looked at elsewhere.
TEST(Writer, TheEngineCallsEveryOperatorByTheNameInTheTable) {
  for (const OperatorInfo& row : all_operators()) {
    if (row.op == Op::kElse || row.op == Op::kEnd) continue;
    Writer storage;
    Writer body;
    body.byte(0);
    Operator written = sample(row, storage);
    if (written.block.kind == BlockType::Kind::kValue) written.block = {};
    if (row.immediate == Immediate::kMemoryArgument ||
        row.immediate == Immediate::kMemoryArgumentLane) {
      written.index = 0;
    }
    body.operator_(written);
    for (int i = 0; i < (written.block == BlockType{} && row.immediate != Immediate::kBlockType
                             ? 1 : 2); ++i) {
      body.op(Op::kEnd);
    }
    const auto text = engine::wasm_to_wat(module_with_body(body.take()));
    ASSERT_TRUE(text.has_value()) << row.name << ": " << text.error().to_string();
    const std::size_t at = text->find(std::string(row.name));
    ASSERT_NE(at, std::string::npos) << row.name << " in " << *text;
    const char after = (*text)[at + row.name.size()];
    EXPECT_TRUE(after == ' ' || after == '\n' || after == ')') << row.name << " in " << *text;
  }
}

TEST(Writer, PaddedIntegersBecomeShort) {
  Bytes padded = hex("0e 82 00 80 00 81 00 82 80 00 0b");
  Writer out;
  Operator read;
  must(OperatorReader(padded).next(read));
  out.operator_(read);
  EXPECT_EQ(to_hex(out.bytes()), "0e02000102");
}

TEST(ModuleWriter, GivesBackTheBytesWhenNothingChanges) {
  for (const Bytes& bytes : {must(wat_to_wasm(kProgram)), padded_module(), module_of({})}) {
    const Module module = must(read_module(bytes));
    EXPECT_EQ(must(ModuleWriter(module).write()), bytes);
  }
}

TEST(ModuleWriter, ReplacesOneSectionAndCopiesTheOthersAsTheyWere) {
  const Bytes bytes = padded_module();
  const Module module = must(read_module(bytes));
  ModuleWriter writer(module);
  writer.replace(SectionId::kFunction, hex("01 00"));
  const Bytes changed = must(writer.write());
  EXPECT_EQ(changed, module_of({hex("01 87 80 80 80 00 81 80 00 60 80 00 00"), hex("03 02 01 00"),
                                hex("0a 8b 00 81 00 87 00 80 00 41 81 00 1a 0b"),
                                hex("00 85 00 81 00 61 00 00")}));
}

TEST(ModuleWriter, AppendsAndPrependsEntries) {
  const Bytes bytes = must(wat_to_wasm(kProgram));
  const Module module = must(read_module(bytes));
  ModuleWriter writer(module);
  Writer global;
  global.value_type(ValueCode(ValueCode::kI64));
  global.byte(1);
  global.i64_const(-5);
  global.op(Op::kEnd);
  writer.append(SectionId::kGlobal, 1, global.bytes());
  writer.append(SectionId::kGlobal, 1, global.bytes());
  Writer exported;
  exported.name("gas");
  exported.byte(3);
  exported.unsigned_leb(1);
  writer.prepend(SectionId::kExport, 1, exported.bytes());
  const Bytes changed = must(writer.write());
  must(validate_module(changed));
  const Module read = must(read_module(changed));
  ASSERT_EQ(read.globals.size(), 3U);
  EXPECT_EQ(read.globals[0].type, ValueCode(ValueCode::kI32));
  EXPECT_EQ(read.globals[2].type, ValueCode(ValueCode::kI64));
  ASSERT_EQ(read.exports.size(), 2U);
  EXPECT_EQ(read.exports[0].name, "gas");
  EXPECT_EQ(read.exports[1].name, "run");
}

TEST(ModuleWriter, PutsNewSectionsWhereTheyBelong) {
  const Bytes bytes = must(wat_to_wasm(kProgram));
  const Module module = must(read_module(bytes));
  ModuleWriter writer(module);
  writer.append(SectionId::kTag, 1, hex("00 00"));
  writer.append(SectionId::kTable, 1, hex("70 00 01"));
  writer.append(SectionId::kDataCount, 0, {});
  writer.replace(SectionId::kDataCount, hex("01"));
  writer.replace(SectionId::kStart, hex("01"));
  const Bytes changed = must(writer.write());
  const Module read = must(read_module(changed));
  EXPECT_EQ(read.tables.size(), 1U);
  EXPECT_EQ(read.tags.size(), 1U);
  EXPECT_EQ(read.data_count, 1U);
  EXPECT_EQ(read.start, 1U);

  const Bytes empty = module_of({});
  const Module nothing = must(read_module(empty));
  ModuleWriter first(nothing);
  first.append(SectionId::kMemory, 1, hex("00 01"));
  first.append(SectionId::kType, 1, hex("60 00 00"));
  EXPECT_EQ(must(first.write()), module_of({section(1, hex("01 60 00 00")),
                                            section(5, hex("01 00 01"))}));
}

TEST(ModuleWriter, DropsAndAddsCustomSections) {
  const Bytes bytes = must(wat_to_wasm(kProgram));
  const Module module = must(read_module(bytes));
  ModuleWriter writer(module);
  writer.drop_custom("note");
  writer.add_custom("other", hex("01 02"));
  const Bytes changed = must(writer.write());
  const Module read = must(read_module(changed));
  EXPECT_EQ(read.find_custom("note"), nullptr);
  ASSERT_NE(read.find_custom("other"), nullptr);
  EXPECT_EQ(to_hex(read.find_custom("other")->contents), "0102");
}

}  // namespace
}  // namespace synapsed::bytecode
