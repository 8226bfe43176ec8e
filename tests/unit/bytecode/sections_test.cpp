#include "bytecode/sections.hpp"

#include "bytecode/module.hpp"
#include "tests/support/module_bytes.hpp"
#include "tests/support/results.hpp"

namespace synapsed::bytecode {
namespace {

using synapsed::test::fails_with;
using synapsed::test::must;
using test::hex;

const std::string kHeader = "00 61 73 6d 01 00 00 00";

TEST(Sections, TellsWhatIsWrongWithAHeader) {
  EXPECT_TRUE(fails_with(check_header({}), ErrorCode::kLoadEmpty));
  EXPECT_TRUE(fails_with(check_header(hex("00 61 73")), ErrorCode::kLoadTruncated));
  EXPECT_TRUE(fails_with(check_header(hex("00 61 73 6d 01")), ErrorCode::kLoadTruncated));
  EXPECT_TRUE(fails_with(check_header(hex("7f 45 4c 46 01 00 00 00")), ErrorCode::kLoadNotWasm));
  EXPECT_TRUE(fails_with(check_header(hex("00 61 73 6d 02 00 00 00")), ErrorCode::kLoadWrongVersion));
  EXPECT_TRUE(fails_with(check_header(hex("00 61 73 6d 0d 00 01 00")), ErrorCode::kLoadIsComponent));
  must(check_header(hex(kHeader)));
}

TEST(Sections, ListsEverySectionWithItsPlace) {
  const Bytes module = must(wat_to_wasm(R"((module
    (memory 1 4) (table 2 funcref) (func) (start 0) (@custom "note" "hello")))"));
  const auto sections = must(read_sections(module));
  ASSERT_GE(sections.size(), 6U);
  EXPECT_EQ(sections.front().name, "type");
  std::size_t whole = kHeaderBytes;
  for (const Section& section : sections) whole += section.whole.size();
  EXPECT_EQ(whole, module.size());
  const Section& note = sections.back();
  EXPECT_EQ(note.name, "note");
  EXPECT_EQ(as_text(note.contents), "hello");
  EXPECT_EQ(as_text(ByteSpan(module).subspan(note.offset, 5)), "hello");
}

TEST(Sections, CountsImportedMemoriesAndTablesFirst) {
  const Bytes bytes = must(wat_to_wasm(R"((module
    (import "a" "f" (func (param i32)))
    (import "a" "m" (memory i64 3 9))
    (import "a" "t" (table 5 externref))
    (import "a" "g" (global (mut f64)))
    (memory 7 8 shared)))"));
  const Module module = must(read_module(bytes));
  ASSERT_EQ(module.memories.size(), 2U);
  EXPECT_TRUE(module.memories[0].is_64);
  EXPECT_EQ(module.memories[0].minimum, 3U);
  EXPECT_TRUE(module.memories[1].is_shared);
  ASSERT_EQ(module.tables.size(), 1U);
  EXPECT_TRUE(to_table_type(module, module.tables[0]).element.is_extern_ref());
}

TEST(Sections, ReadsTablesWithInitialisers) {
  const Bytes bytes = must(wat_to_wasm(R"((module
    (func $f) (table 3 (ref func) (ref.func $f)) (table 4 funcref)))"));
  const Module module = must(read_module(bytes));
  ASSERT_EQ(module.tables.size(), 2U);
  EXPECT_FALSE(module.tables[0].element.is_nullable());
  EXPECT_EQ(module.tables[1].minimum, 4U);
}

TEST(Sections, NamesTheOffsetOfATruncation) {
  const auto module = read_module(hex(kHeader + " 01 7f 00"));
  EXPECT_TRUE(fails_with(module, ErrorCode::kLoadTruncated));
  EXPECT_EQ(module.error().where(), "offset 0xa");
}

TEST(Sections, EveryTruncationOfAModuleIsAnErrorOrAShorterModule) {
  const Bytes bytes = must(wat_to_wasm(R"((module
    (import "a" "m" (memory 1)) (table 2 funcref) (func (export "f")) (data (i32.const 0) "xyz")
    (@custom "note" "hello")))"));
  const std::size_t all = must(read_module(bytes)).sections.size();
  for (std::size_t length = 0; length < bytes.size(); ++length) {
    const auto module = read_module(ByteSpan(bytes).first(length));
    if (module) {
      EXPECT_LT(module->sections.size(), all) << length;
    }
  }
}

TEST(Sections, RefusesMalformedContents) {
  const auto expect_malformed = [](const std::string& section) {
    EXPECT_TRUE(fails_with(read_module(hex(kHeader + section)), ErrorCode::kLoadInvalidModule))
        << section;
  };
  expect_malformed(" 63 00");                       // no such section
  expect_malformed(" 05 06 ff ff ff ff ff 01");     // a count of six bytes
  expect_malformed(" 05 05 ff ff ff ff 0f");        // four billion memories
  expect_malformed(" 05 03 01 f0 00");              // unknown limits flags
  expect_malformed(" 04 04 01 11 00 00");           // unknown element type
  expect_malformed(" 02 06 01 01 61 01 62 09");     // unknown kind of import
  expect_malformed(" 04 08 01 40 00 70 00 00 99 0b");  // unknown constant instruction
}

}  // namespace
}  // namespace synapsed::bytecode
