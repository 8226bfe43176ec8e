#include "bytecode/merge.hpp"

#include <algorithm>

#include <synapsed/inspect.hpp>

#include "tests/support/module_bytes.hpp"
#include "tests/support/results.hpp"

namespace synapsed::bytecode {
namespace {

using synapsed::test::fails_with;
using synapsed::test::must;

/// Of the texts of two modules, the second of which is called `lib`.
Result<Bytes> merged(std::string_view into, std::string_view library) {
  const Bytes ours = must(wat_to_wasm(into));
  const Bytes theirs = must(wat_to_wasm(library));
  must(validate_module(ours));
  must(validate_module(theirs));
  auto bytes = merge(must(read_module(ours)), "lib", must(read_module(theirs)));
  if (bytes) must(validate_module(*bytes));
  return bytes;
}

TEST(Merge, LeavesTheImportsThatAreOfOthers) {
  const Bytes bytes = must(merged(R"((module
      (import "env" "a" (func $a (param i32)))
      (import "lib" "f" (func $f (result i32)))
      (import "env" "b" (global $b i64))
      (func $g (export "g") (result i32) (call $a (i32.const 1)) (drop (global.get $b)) (call $f))
      (export "f" (func $f))))",
                                  R"((module (func $two (result i32) (i32.const 2))
      (func (export "f") (result i32) (call $two))))"));
  const Module module = must(read_module(bytes));
  ASSERT_EQ(module.imports.size(), 2U);
  EXPECT_EQ(module.imports[0].name, "a");
  EXPECT_EQ(module.imports[1].name, "b");
  ASSERT_EQ(module.exports.size(), 2U);
  EXPECT_EQ(module.exports[0].name, "g");
  EXPECT_EQ(module.exports[1].name, "f");
  EXPECT_EQ(module.name_of(1), "lib.two");
  EXPECT_EQ(module.name_of(module.exports[0].index), "g");
}

TEST(Merge, RenumbersEveryKindOfIndex) {
  must(merged(R"((module
      (type $t (func (param i32) (result i32)))
      (import "lib" "memory" (memory $theirs 1))
      (import "lib" "table" (table $table 2 funcref))
      (import "lib" "count" (global $count (mut i32)))
      (import "lib" "apply" (func $apply (type $t)))
      (memory $own 1)
      (table $mine 1 funcref)
      (global $first i32 (i32.const 5))
      (global $second i32 (global.get $first))
      (elem $passive func $twice $apply)
      (elem (table $mine) (i32.const 0) funcref (ref.func $twice))
      (data $text "abc")
      (data (memory $own) (global.get $first) "def")
      (func $twice (type $t) (i32.mul (local.get 0) (i32.const 2)))
      (func (export "go") (param i32) (result i32)
        (memory.copy $theirs $own (i32.const 0) (i32.const 0) (i32.const 3))
        (memory.init $own $text (i32.const 0) (i32.const 0) (i32.const 3))
        (data.drop $text)
        (table.init $table $passive (i32.const 0) (i32.const 0) (i32.const 1))
        (table.copy $table $mine (i32.const 0) (i32.const 0) (i32.const 1))
        (elem.drop $passive)
        (global.set $count (i32.load8_u $own offset=1 (i32.const 0)))
        (i32.load $theirs (i32.const 4))
        (block (param i32) (result i32) (i32.const 1) (i32.add))
        drop
        (drop (memory.grow $own (memory.size $theirs)))
        (call_indirect $mine (type $t) (local.get 0) (i32.const 0)))))",
              R"((module
      (type $other (func (param i64)))
      (type $t (func (param i32) (result i32)))
      (memory (export "memory") 1 2)
      (table (export "table") 2 4 funcref)
      (global $hidden i32 (i32.const 7))
      (global (export "count") (mut i32) (global.get $hidden))
      (elem (i32.const 0) $apply)
      (data (i32.const 8) "xyz")
      (data $late "late")
      (func $apply (export "apply") (type $t)
        (memory.init $late (i32.const 0) (i32.const 0) (i32.const 4))
        (drop (ref.func $apply))
        (call_indirect (type $t) (local.get 0) (i32.const 0)))))"));
}

TEST(Merge, KeepsBothStartFunctions) {
  const Bytes bytes = must(merged(
      R"((module (import "lib" "n" (global (mut i32))) (func $s (global.set 0 (i32.const 2))) (start $s)))",
      R"((module (global (export "n") (mut i32) (i32.const 0)) (func $s (global.set 0 (i32.const 1))) (start $s)))"));
  const Module module = must(read_module(bytes));
  ASSERT_TRUE(module.start);
  EXPECT_EQ(module.bodies.size(), 3U);
  EXPECT_EQ(*module.start, 2U);
}

TEST(Merge, KeepsCustomSectionsThatSpeakOfNoPlaces) {
  const Bytes bytes = must(merged(
      R"((module (@custom "synapsed:interface" "f: func();") (@custom ".debug_info" "x") (func (export "f"))))",
      R"((module (@custom "other" "y")))"));
  const Module module = must(read_module(bytes));
  EXPECT_NE(module.find_custom("synapsed:interface"), nullptr);
  EXPECT_EQ(module.find_custom(".debug_info"), nullptr);
  EXPECT_EQ(module.find_custom("other"), nullptr);
}

TEST(Merge, RefusesWhatIsNotThereOrOfAnotherType) {
  constexpr std::string_view kLibrary =
      R"((module (func (export "f") (param i32)) (memory (export "m") 1 2) (global (export "g") i32 (i32.const 1))
         (table (export "t") 1 funcref)))";
  const auto with = [&](std::string_view import) {
    return merged("(module (import \"lib\" " + std::string(import) + "))", kLibrary);
  };
  EXPECT_TRUE(fails_with(with(R"("absent" (func))"), ErrorCode::kUnknownExport));
  EXPECT_TRUE(fails_with(with(R"("m" (func))"), ErrorCode::kUnknownExport));
  EXPECT_TRUE(fails_with(with(R"("f" (func (param i64)))"), ErrorCode::kImportMismatch));
  EXPECT_TRUE(fails_with(with(R"("m" (memory 2))"), ErrorCode::kImportMismatch));
  EXPECT_TRUE(fails_with(with(R"("m" (memory 1 1))"), ErrorCode::kImportMismatch));
  EXPECT_TRUE(fails_with(with(R"("g" (global (mut i32)))"), ErrorCode::kImportMismatch));
  EXPECT_TRUE(fails_with(with(R"("t" (table 1 externref))"), ErrorCode::kImportMismatch));
  EXPECT_TRUE(with(R"("m" (memory 1 3))"));
  EXPECT_TRUE(with(R"("f" (func (param i32)))"));
}

TEST(Merge, RefusesALibraryThatNeedsOthers) {
  for (const char* library : {R"((module (import "env" "f" (func))))", "(module (type (struct)))",
                              "(module (rec (type $a (func (param (ref $b)))) (type $b (func))))",
                              "(module (tag))"}) {
    EXPECT_TRUE(fails_with(merged("(module)", library), ErrorCode::kUnsupportedType)) << library;
  }
}

}  // namespace
}  // namespace synapsed::bytecode
