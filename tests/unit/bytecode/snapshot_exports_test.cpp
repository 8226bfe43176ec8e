#include "bytecode/snapshot_exports.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include "bytecode/gas/instrument.hpp"
#include "tests/support/module_bytes.hpp"
#include "tests/support/results.hpp"

namespace synapsed::bytecode {
namespace {

using synapsed::test::fails_with;
using synapsed::test::must;

constexpr std::string_view kState = R"((module
  (import "a" "g" (global $imported (mut i64)))
  (global $constant i32 (i32.const 1))
  (global $hidden (mut f64) (f64.const 1))
  (global (export "seen") (mut i32) (i32.const 1))
  (table 1 funcref) (table (export "t") 1 externref) (memory 1)
  (data $active (i32.const 0) "a") (data $kept "b") (data $dropped "c")
  (elem $items funcref (ref.null func))
  (func $f (data.drop $active) (data.drop $dropped) (data.drop $dropped) (elem.drop $items))))";

std::vector<std::string> reserved_exports(const InstrumentOptions& options, std::string_view wat) {
  const Bytes made = must(instrument(must(wat_to_wasm(wat)), options)).module;
  must(validate_module(made));
  std::vector<std::string> names;
  for (const Export& exported : must(read_module(made)).exports) {
    if (exported.name.starts_with(kReservedPrefix)) names.emplace_back(exported.name);
  }
  std::ranges::sort(names);
  return names;
}

const std::vector<std::string>& state_of_module() {
  static const std::vector<std::string> names{
      "synapsed:data-dropped:2", "synapsed:drop",     "synapsed:element-dropped:0",
      "synapsed:global:0",       "synapsed:global:2", "synapsed:global:3",
      "synapsed:memory:0"};
  return names;
}

TEST(SnapshotExports, ReachAllStateThatCanChange) {
  EXPECT_EQ(reserved_exports({.gas = std::nullopt, .snapshot_exports = true}, kState),
            state_of_module());
}

TEST(SnapshotExports, StandBesideGasAndStack) {
  std::vector<std::string> expected = state_of_module();
  expected.insert(expected.end(), {"synapsed:gas", "synapsed:stack"});
  std::ranges::sort(expected);
  EXPECT_EQ(reserved_exports({.call_stack_bytes = 1000, .snapshot_exports = true}, kState),
            expected);
}

TEST(SnapshotExports, AreNoneUnlessAskedFor) {
  EXPECT_EQ(reserved_exports({.gas = std::nullopt}, kState), std::vector<std::string>{});
  EXPECT_EQ(reserved_exports({}, kState), std::vector<std::string>{"synapsed:gas"});
}

TEST(SnapshotExports, HaveOneFlagForEachPassiveSegmentThatIsDropped) {
  const Bytes bytes = must(wat_to_wasm(kState));
  const SnapshotExports plan = must(plan_snapshot_exports(must(read_module(bytes)), 40));
  EXPECT_EQ(plan.flags, 2U);
  EXPECT_EQ(plan.data_flags, (std::vector<std::uint32_t>{kNoIndex, kNoIndex, 40}));
  EXPECT_EQ(plan.element_flags, std::vector<std::uint32_t>{41});
}

TEST(SnapshotExports, NameTablesAndFunctionsWhereReferencesChange) {
  EXPECT_EQ(reserved_exports({.gas = std::nullopt, .snapshot_exports = true}, R"((module
      (import "a" "f" (func $imported))
      (table $t 4 funcref)
      (elem $items func $a $imported $a)
      (global funcref (ref.func $b))
      (func $a) (func $b) (func $unseen) (func $shown (export "shown"))
      (func (table.init $t $items (i32.const 0) (i32.const 0) (i32.const 1)))))"),
            (std::vector<std::string>{"synapsed:function:0", "synapsed:function:1",
                                      "synapsed:function:2", "synapsed:function:4",
                                      "synapsed:table:0"}));
}

TEST(SnapshotExports, NameThemForAGlobalThatHoldsOne) {
  EXPECT_EQ(reserved_exports({.gas = std::nullopt, .snapshot_exports = true}, R"((module
      (global (mut funcref) (ref.func $a)) (table 1 funcref) (func $a)))"),
            (std::vector<std::string>{"synapsed:function:0", "synapsed:global:0",
                                      "synapsed:table:0"}));
}

TEST(SnapshotExports, AreNotForTheGuestToName) {
  const Bytes bytes = must(wat_to_wasm(R"((module (memory (export "synapsed:memory:0") 1)))"));
  EXPECT_TRUE(fails_with(instrument(bytes, {.gas = std::nullopt, .snapshot_exports = true}),
                         ErrorCode::kLoadInvalidModule));
}

}  // namespace
}  // namespace synapsed::bytecode
