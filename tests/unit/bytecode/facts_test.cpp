#include "bytecode/facts.hpp"

#include <algorithm>
#include <string>

#include "tests/support/module_bytes.hpp"
#include "tests/support/results.hpp"

namespace synapsed::bytecode {
namespace {

using synapsed::test::fails_with;
using synapsed::test::must;
using test::append;
using test::hex;
using test::module_with_body;
using test::section;

/// A module with its facts; it stays where it is, because the facts view it.
struct Gathered {
  explicit Gathered(std::string_view fields)
      : bytes(must(wat_to_wasm("(module " + std::string(fields) + ")"))),
        module(must(read_module(bytes))),
        facts(must(gather_facts(module))) {
    must(validate_module(bytes));
  }
  Gathered(const Gathered&) = delete;
  Gathered& operator=(const Gathered&) = delete;

  [[nodiscard]] std::string features() const {
    std::string names;
    for (const FeatureUse& use : facts.features) {
      if (!names.empty()) names += ' ';
      names += to_string(use.feature);
    }
    return names;
  }
  /// `export: import import`, one line each.
  [[nodiscard]] std::string reach() const {
    std::string text;
    for (const ExportReach& reach : facts.reach) {
      text += module.exports[reach.exported].name;
      text += ':';
      for (const std::uint32_t function : reach.imports) {
        const auto import = std::ranges::find_if(module.imports, [&](const Import& each) {
          return each.kind == ExternKind::kFunction && each.index == function;
        });
        text += ' ';
        text += import->name;
      }
      text += '\n';
    }
    return text;
  }

  Bytes bytes;
  Module module;
  ModuleFacts facts;
};

TEST(ModuleFacts, NameTheProposalsThatAreUsed) {
  EXPECT_EQ(Gathered("(memory 1) (table 1 funcref) (func (param i32) (result i32) local.get 0)")
                .features(), "");
  EXPECT_EQ(Gathered("(func (drop (i32.extend8_s (i32.const 1))))").features(), "sign-extension");
  EXPECT_EQ(Gathered("(func (drop (i32.trunc_sat_f32_s (f32.const 1))))").features(),
            "saturating-conversions");
  EXPECT_EQ(Gathered("(func (result i32 i32) i32.const 1 i32.const 2)").features(), "multi-value");
  EXPECT_EQ(Gathered("(memory 1) (func (memory.fill (i32.const 0) (i32.const 0) (i32.const 0)))")
                .features(), "bulk-memory");
  EXPECT_EQ(Gathered("(func (param externref))").features(), "reference-types");
  EXPECT_EQ(Gathered("(func (local v128))").features(), "simd");
  EXPECT_EQ(Gathered("(func return_call 0)").features(), "tail-call");
  EXPECT_EQ(Gathered("(global i32 (i32.add (i32.const 1) (i32.const 2)))").features(),
            "extended-const");
  EXPECT_EQ(Gathered("(memory 1) (memory 1)").features(), "multi-memory");
  EXPECT_EQ(Gathered("(memory i64 1)").features(), "memory64");
  EXPECT_EQ(Gathered("(memory 1 2 shared)").features(), "threads");
  EXPECT_EQ(Gathered("(func (param v128) (drop (f32x4.relaxed_max (local.get 0) (local.get 0))))")
                .features(), "simd relaxed-simd");
  EXPECT_EQ(Gathered("(type $s (struct))").features(), "gc");
  EXPECT_EQ(Gathered("(tag)").features(), "exceptions");
  EXPECT_EQ(Gathered("(import \"a\" \"g\" (global (mut i32)))").features(), "mutable-globals");
}

TEST(ModuleFacts, AnIndexWhereTheFirstVersionHasAZeroByteIsReferenceTypes) {
  const auto uses_references = [](std::string_view code) {
    const Bytes bytes = module_with_body(hex(code));
    const Module module = must(read_module(bytes));
    return must(gather_facts(module)).find(Feature::kReferenceTypes) != nullptr;
  };
  EXPECT_FALSE(uses_references("00 41 00 11 00 00 0b"));
  EXPECT_TRUE(uses_references("00 41 00 11 00 01 0b"));
  EXPECT_TRUE(uses_references("00 41 00 11 00 80 00 0b"));
}

TEST(ModuleFacts, SayWhereAFeatureIsFirstUsed) {
  const Gathered gathered("(func $a) (func $b (drop (i32.const 1)) "
                          "(drop (i32.extend8_s (i32.const 1))) (drop (f64.const 0)))");
  const FeatureUse* use = gathered.facts.find(Feature::kSignExtension);
  ASSERT_NE(use, nullptr);
  EXPECT_EQ(use->place.function, 1U);
  EXPECT_EQ(gathered.bytes[use->place.offset], std::byte{0xc0});
  ASSERT_TRUE(gathered.facts.first_float.has_value());
  EXPECT_EQ(gathered.bytes[gathered.facts.first_float->offset], std::byte{0x44});
  EXPECT_EQ(gathered.facts.find(Feature::kSimd), nullptr);
}

TEST(ModuleFacts, FollowCallsFromExportsToImports) {
  const Gathered gathered(R"(
    (import "env" "read" (func $read)) (import "env" "write" (func $write))
    (import "env" "never" (func $never))
    (func $deep call $read)
    (func $loop (call $loop) (call $deep))
    (func (export "reads") call $loop)
    (func (export "writes") (call $write) (call $write))
    (func (export "pure"))
    (export "again" (func $write)))");
  EXPECT_EQ(gathered.reach(), "reads: read\nwrites: write\npure:\nagain: write\n");
  EXPECT_TRUE(gathered.facts.reach_is_complete);
  EXPECT_EQ(gathered.facts.calls.from(6).size(), 1U);  // writes calls write twice
}

TEST(ModuleFacts, FollowIndirectCallsToWhatTheTypeAllows) {
  const Gathered gathered(R"(
    (type $none (func)) (type $same (func)) (type $one (func (param i32)))
    (import "env" "a" (func $a)) (import "env" "b" (func $b (param i32)))
    (import "env" "c" (func $c)) (import "env" "hidden" (func $hidden))
    (table 4 funcref) (elem (i32.const 0) $a $b)
    (global funcref (ref.func $c))
    (func (export "none") (call_indirect (type $same) (i32.const 0)))
    (func (export "one") (call_indirect (type $one) (i32.const 1) (i32.const 0)))
    (func (export "direct") call $hidden))");
  EXPECT_EQ(gathered.reach(), "none: a c\none: b\ndirect: hidden\n");
}

TEST(ModuleFacts, ATypeWithSubtypesMayCallAnything) {
  const Gathered gathered(R"(
    (type $open (sub (func))) (type $narrow (sub $open (func)))
    (import "env" "a" (func $a (type $narrow))) (import "env" "b" (func $b (param i32)))
    (table 4 funcref) (elem (i32.const 0) $a $b)
    (func (export "open") (call_indirect (type $open) (i32.const 0))))");
  EXPECT_EQ(gathered.reach(), "open: a b\n");
}

TEST(ModuleFacts, NameProducersAndDebugInformation) {
  const Gathered gathered(R"(
    (@producers (language "C++" "23") (processed-by "clang" "19.1"))
    (@custom ".debug_info" ""))");
  ASSERT_EQ(gathered.facts.producers.size(), 2U);
  EXPECT_EQ(gathered.facts.producers[1].name, "clang");
  EXPECT_EQ(gathered.facts.producers[1].version, "19.1");
  EXPECT_TRUE(gathered.facts.has_debug_info);
  Bytes broken = module_with_body(hex("00 0b"));
  append(broken, section(0, hex("09 70 72 6f 64 75 63 65 72 73 05 01 61 ff")));
  const Module module = must(read_module(broken));
  EXPECT_TRUE(must(gather_facts(module)).producers.empty());
}

TEST(ModuleFacts, ErrorsInCodeNameTheFunction) {
  const Bytes bytes = module_with_body(hex("00 01 ff 0b"));
  const Module module = must(read_module(bytes));
  const auto facts = gather_facts(module);
  ASSERT_TRUE(fails_with(facts, ErrorCode::kLoadInvalidModule));
  EXPECT_EQ(facts.error().where(), "offset 0x18, function 0");
}

}  // namespace
}  // namespace synapsed::bytecode
