#include "bytecode/sections.hpp"

#include "base/hex.hpp"
#include "tests/support/results.hpp"

namespace synapsed::bytecode {
namespace {

using test::fails_with;
using test::must;

Bytes hex(std::string_view text) {
  std::string digits;
  for (const char character : text) {
    if (character != ' ') digits += character;
  }
  return from_hex(digits).value();
}

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
  const Outline outline = must(read_outline(module));
  ASSERT_GE(outline.sections.size(), 6U);
  EXPECT_EQ(outline.sections.front().name, "type");
  EXPECT_EQ(outline.functions, 1U);
  EXPECT_TRUE(outline.has_start_function);
  ASSERT_EQ(outline.memories.size(), 1U);
  EXPECT_EQ(outline.memories[0].maximum, 4U);
  ASSERT_EQ(outline.tables.size(), 1U);
  EXPECT_EQ(outline.tables[0].minimum, 2U);
  const auto& note = outline.sections.back();
  EXPECT_EQ(note.name, "note");
  EXPECT_EQ(as_text(note.contents), "hello");
  EXPECT_EQ(as_text(ByteSpan(module).subspan(note.offset, 5)), "hello");
}

TEST(Sections, CountsImportedMemoriesAndTablesFirst) {
  const Outline outline = must(read_outline(must(wat_to_wasm(R"((module
    (import "a" "f" (func (param i32)))
    (import "a" "m" (memory i64 3 9))
    (import "a" "t" (table 5 externref))
    (import "a" "g" (global (mut f64)))
    (memory 7 8 shared)))"))));
  ASSERT_EQ(outline.memories.size(), 2U);
  EXPECT_TRUE(outline.memories[0].is_64);
  EXPECT_EQ(outline.memories[0].minimum, 3U);
  EXPECT_TRUE(outline.memories[1].is_shared);
  ASSERT_EQ(outline.tables.size(), 1U);
  EXPECT_TRUE(outline.tables[0].element.is_extern_ref());
}

TEST(Sections, ReadsTablesWithInitialisers) {
  const Outline outline = must(read_outline(must(wat_to_wasm(R"((module
    (func $f) (table 3 (ref func) (ref.func $f)) (table 4 funcref)))"))));
  ASSERT_EQ(outline.tables.size(), 2U);
  EXPECT_FALSE(outline.tables[0].element.nullable);
  EXPECT_EQ(outline.tables[1].minimum, 4U);
}

TEST(Sections, NamesTheOffsetOfATruncation) {
  const auto outline = read_outline(hex(kHeader + " 01 7f 00"));
  EXPECT_TRUE(fails_with(outline, ErrorCode::kLoadTruncated));
  EXPECT_EQ(outline.error().where(), "offset 0xa");
}

TEST(Sections, EveryTruncationOfAModuleIsAnErrorOrAShorterModule) {
  const Bytes module = must(wat_to_wasm(R"((module
    (import "a" "m" (memory 1)) (table 2 funcref) (func (export "f")) (data (i32.const 0) "xyz")
    (@custom "note" "hello")))"));
  const std::size_t all = must(read_outline(module)).sections.size();
  for (std::size_t length = 0; length < module.size(); ++length) {
    const auto outline = read_outline(ByteSpan(module).first(length));
    if (outline) {
      EXPECT_LT(outline->sections.size(), all) << length;
    }
  }
}

TEST(Sections, RefusesMalformedContents) {
  const auto expect_malformed = [](const std::string& section) {
    EXPECT_TRUE(fails_with(read_outline(hex(kHeader + section)), ErrorCode::kLoadInvalidModule))
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
