#include "bytecode/module.hpp"

#include <algorithm>
#include <vector>

#include "tests/support/hostile_modules.hpp"
#include "tests/support/memory_use.hpp"
#include "tests/support/module_bytes.hpp"
#include "tests/support/random.hpp"
#include "tests/support/results.hpp"

namespace synapsed::bytecode {
namespace {

using synapsed::test::fails_with;
using synapsed::test::must;
using synapsed::test::Random;
using test::append;
using test::hex;
using test::leb;
using test::module_of;
using test::module_with_body;
using test::repeated;
using test::section;

constexpr std::string_view kEverything = R"((module
  (type $pair (func (param i32 i64) (result f64)))
  (rec (type $node (sub (struct (field (mut i8)) (field (ref null $list)))))
       (type $list (array (mut (ref null $node)))))
  (type $leaf (sub final $node (struct (field (mut i8)) (field (ref null $list)) (field f32))))
  (import "env" "f" (func $f (type $pair)))
  (import "env" "t" (table 1 2 externref))
  (import "env" "m" (memory i64 3 9))
  (import "env" "g" (global $g (mut i32)))
  (import "env" "e" (tag $e (param i32)))
  (table $own 4 (ref null func) (ref.null func))
  (memory 7 8 shared)
  (tag)
  (global $h (mut i64) (i64.const 5))
  (global (ref func) (ref.func $named))
  (export "named" (func $named))
  (export "memory" (memory 1))
  (start $begin)
  (elem (table $own) (i32.const 1) func $f $named)
  (elem funcref (ref.func $named) (ref.null func))
  (elem declare func $begin)
  (func $named (type $pair) (local i32 i32 v128) (local f32) (f64.const 0))
  (func $begin (data.drop 1))
  (data (memory 1) (i32.const 16) "abc")
  (data "defg")
  (@custom "note" "hello")))";

TEST(ModuleReader, ReadsEverySection) {
  const Bytes bytes = must(wat_to_wasm(kEverything));
  const Module module = must(read_module(bytes));

  ASSERT_EQ(module.imports.size(), 5U);
  EXPECT_EQ(module.imports[0].name, "f");
  EXPECT_EQ(module.imports[4].kind, ExternKind::kTag);
  EXPECT_EQ(module.imported_functions, 1U);
  ASSERT_EQ(module.functions.size(), 3U);
  EXPECT_EQ(module.functions[0], module.functions[1]);

  ASSERT_EQ(module.tables.size(), 2U);
  EXPECT_EQ(module.tables[0].maximum, 2U);
  EXPECT_TRUE(module.tables[0].initialiser.empty());
  EXPECT_FALSE(module.tables[1].initialiser.empty());

  ASSERT_EQ(module.memories.size(), 2U);
  EXPECT_TRUE(module.memories[0].is_64);
  EXPECT_TRUE(module.memories[1].is_shared);

  ASSERT_EQ(module.globals.size(), 3U);
  EXPECT_TRUE(module.globals[0].is_mutable);
  EXPECT_TRUE(module.globals[0].initialiser.empty());
  EXPECT_EQ(module.globals[1].initialiser.size(), 3U);
  EXPECT_EQ(module.tags.size(), 2U);

  ASSERT_EQ(module.exports.size(), 2U);
  EXPECT_EQ(module.exports[0].name, "named");
  EXPECT_EQ(module.exports[0].index, 1U);
  EXPECT_EQ(module.start, 2U);
  EXPECT_EQ(module.data_count, 2U);
  EXPECT_EQ(module.find_custom("note")->name, "note");
  EXPECT_EQ(module.find_section(SectionId::kStart)->name, "start");
}

TEST(ModuleReader, ReadsTypes) {
  const Bytes bytes = must(wat_to_wasm(kEverything));
  const Module module = must(read_module(bytes));
  const Type& pair = *module.type_of_function(0);
  EXPECT_EQ(to_string(to_function_type(module, pair)), "(i32, i64) -> f64");
  ASSERT_GE(module.types.size(), 4U);
  const Type& node = module.types[1];
  EXPECT_EQ(node.kind, Type::Kind::kStructure);
  EXPECT_FALSE(node.is_final);
  EXPECT_EQ(node.group, module.types[2].group);
  ASSERT_EQ(module.fields(node).size(), 2U);
  EXPECT_EQ(module.fields(node)[0], (FieldCode{ValueCode(ValueCode::kI8), true}));
  EXPECT_EQ(module.fields(node)[1].type, ValueCode::concrete(ValueCode::kRefNull, 2));
  EXPECT_EQ(module.types[2].kind, Type::Kind::kArray);
  EXPECT_EQ(module.fields(module.types[2]).size(), 1U);
  EXPECT_EQ(module.types[3].supertype, 1U);
  EXPECT_TRUE(module.types[3].is_final);
  EXPECT_NE(module.types[3].group, node.group);
  EXPECT_EQ(module.function_type(1), nullptr);
  EXPECT_EQ(module.function_type(kNoIndex), nullptr);
}

TEST(ModuleReader, ReadsBodiesAndSegmentsWithTheirPlaces) {
  const Bytes bytes = must(wat_to_wasm(kEverything));
  const Module module = must(read_module(bytes));
  ASSERT_EQ(module.bodies.size(), 2U);
  const Body& named = *module.body_of(1);
  const auto groups = module.local_groups(named);
  ASSERT_EQ(groups.size(), 3U);
  EXPECT_EQ(groups[0].count, 2U);
  EXPECT_EQ(groups[1].type, ValueCode(ValueCode::kV128));
  EXPECT_EQ(as_text(named.code().first(1)), "\x44");
  EXPECT_EQ(as_text(ByteSpan(bytes).subspan(module.offset_of(named.code()), 1)), "\x44");
  EXPECT_EQ(module.body_of(0), nullptr);
  EXPECT_EQ(module.body_of(3), nullptr);
  EXPECT_EQ(module.function_of_body(0), 1U);

  ASSERT_EQ(module.elements.size(), 3U);
  EXPECT_EQ(module.elements[0].mode, SegmentMode::kActive);
  EXPECT_EQ(module.elements[0].table, 1U);
  EXPECT_EQ(module.functions_of(module.elements[0]).size(), 2U);
  EXPECT_EQ(module.elements[1].items, 2U);
  ASSERT_EQ(module.functions_of(module.elements[1]).size(), 1U);
  EXPECT_EQ(module.functions_of(module.elements[1])[0], 1U);
  EXPECT_EQ(module.elements[2].mode, SegmentMode::kDeclared);

  ASSERT_EQ(module.data.size(), 2U);
  EXPECT_EQ(module.data[0].memory, 1U);
  EXPECT_EQ(as_text(module.data[0].bytes), "abc");
  EXPECT_EQ(module.data[1].mode, SegmentMode::kPassive);
  EXPECT_EQ(as_text(module.data[1].bytes), "defg");
}

TEST(ModuleReader, KnowsTheNamesOfFunctions) {
  const Bytes bytes = must(wat_to_wasm(kEverything));
  const Module module = must(read_module(bytes));
  EXPECT_EQ(module.name_of(1), "named");
  EXPECT_EQ(module.name_of(99), "");
  EXPECT_EQ(module.label_of(2), "function 2 (begin)");
  EXPECT_EQ(must(read_module(module_with_body(hex("00 0b")))).label_of(0), "function 0");
}

TEST(ModuleReader, ABrokenNameSectionIsNoError) {
  const auto names = [](std::string_view contents) {
    Bytes custom = hex("04 6e 61 6d 65");
    append(custom, hex(contents));
    Bytes bytes = module_with_body(hex("00 0b"));
    append(bytes, section(0, custom));
    return std::string(must(read_module(bytes)).name_of(0));
  };
  EXPECT_EQ(names("01 04 01 00 01 61"), "a");
  EXPECT_EQ(names("01 04 09 00 01 61"), "a");           // fewer names than said
  EXPECT_EQ(names("01 ff ff ff ff 0f 00"), "");          // longer than the section
  EXPECT_EQ(names("01 09 ff ff ff ff 0f 07 01 61 00"), "");  // a name of no function, then nothing
  EXPECT_EQ(names("ff"), "");
}

TEST(ModuleReader, ErrorsNameOffsetSectionAndFunction) {
  const auto where = [](const Bytes& bytes) {
    const auto read = read_module(bytes);
    EXPECT_TRUE(fails_with(read, ErrorCode::kLoadInvalidModule));
    return read ? "" : read.error().message() + " @ " + read.error().where();
  };
  EXPECT_EQ(where(module_of({section(1, hex("01 61 00 00"))})),
            "malformed module: unknown type form 0x61 @ offset 0xc, section \"type\"");
  EXPECT_EQ(where(module_of({section(1, hex("02 60 00 00"))})),
            "malformed module: an entry is longer than its section @ offset 0xe, section \"type\"");
  EXPECT_EQ(where(module_of({section(1, hex("01 60 00 00 00"))})),
            "malformed module: the section is longer than its entries @ offset 0xe, section "
            "\"type\"");
  EXPECT_EQ(where(module_with_body(hex("01 01 50 0b"))),
            "malformed module: unknown type @ offset 0x18, section \"code\", function 0");
  EXPECT_EQ(where(module_of({section(3, hex("00")), section(1, hex("00"))})),
            "malformed module: section \"type\" stands twice or too late @ offset 0xb");
  EXPECT_EQ(where(module_of({section(1, hex("01 60 00 00")), section(3, hex("01 00"))})),
            "malformed module: 1 functions are declared, and 0 have code @ ");
}

TEST(ModuleReader, EveryTruncationIsAnErrorOrAShorterModule) {
  const Bytes bytes = must(wat_to_wasm(kEverything));
  const std::size_t all = must(read_module(bytes)).sections.size();
  for (std::size_t length = 0; length < bytes.size(); ++length) {
    const Bytes cut(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(length));
    if (const auto read = read_module(cut)) {
      EXPECT_LT(read->sections.size(), all) << length;
    }
  }
}

TEST(ModuleReader, HostileBytesAreAnErrorOrAModule) {
  const Bytes good = must(wat_to_wasm(kEverything));
  Random random(5);
  for (int i = 0; i < 20'000; ++i) {
    Bytes bytes = good;
    for (std::size_t changes = 1 + random.below(4); changes != 0; --changes) {
      bytes[8 + random.below(bytes.size() - 8)] = random.byte();
    }
    if (const auto read = read_module(bytes); !read) {
      EXPECT_NE(read.error().message(), "");
    }
  }
}

TEST(ModuleReader, HostileCountsCostNothing) {
  for (const unsigned number : {1, 2, 3, 4, 5, 6, 7, 9, 10, 11, 13}) {
    const auto id = static_cast<std::uint8_t>(number);
    const Bytes bytes = module_of({section(id, hex("ff ff ff ff 0f"))});
    EXPECT_TRUE(fails_with(read_module(bytes), ErrorCode::kLoadInvalidModule)) << number;
    EXPECT_TRUE(fails_with(read_module(module_of({section(id, leb(99))})),
                           ErrorCode::kLoadInvalidModule)) << number;  // allowed, and not there
  }
  EXPECT_TRUE(fails_with(read_module(module_with_body(hex("ff ff ff ff 0f 0b"))),
                         ErrorCode::kLoadInvalidModule));
  EXPECT_TRUE(fails_with(read_module(module_with_body(hex("01 ff ff ff ff 0f 7f 0b"))),
                         ErrorCode::kLoadInvalidModule));
  EXPECT_TRUE(fails_with(read_module(module_with_body(hex("02 d0 86 03 7f 01 7f 0b"))),
                         ErrorCode::kLoadInvalidModule));  // 50'001 locals in two groups
  must(read_module(module_with_body(hex("02 cf 86 03 7f 01 7f 0b"))));
}

TEST(ModuleReader, HostileModulesTakeAtMostTenTimesTheirSizeInMemory) {
  for (const test::HostileModule& hostile : test::kHostileModules) {
    const Bytes bytes = hostile.make();
    ASSERT_EQ(bytes.size(), test::kHostileBytes) << hostile.what;
    const std::uint64_t before = synapsed::test::resident_bytes();
    const auto read = read_module(bytes);
    const std::uint64_t after = synapsed::test::resident_bytes();
    EXPECT_LE(after - std::min(before, after), 10 * bytes.size()) << hostile.what;
  }
}

}  // namespace
}  // namespace synapsed::bytecode
