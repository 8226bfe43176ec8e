// Snapshots: the state of an instance taken, kept as bytes, put into other instances.

#include <array>
#include <functional>
#include <string>
#include <vector>

#include "tests/support/results.hpp"

namespace synapsed {
namespace {

using test::fails_with;
using test::load_wat;
using test::must;

/// State of every kind: a grown memory, hidden globals, a table that changes, segments that are dropped.
constexpr std::string_view kStateful = R"((module
  (memory $m 1 8)
  (table $t 2 8 funcref)
  (global $count (mut i64) (i64.const 0))
  (global $ratio (mut f64) (f64.const 1.5))
  (global $wide (mut v128) (v128.const i64x2 1 2))
  (global $picked (mut funcref) (ref.null func))
  (data (i32.const 16) "at first")
  (data $spare "spare bytes")
  (elem $spare_items func $one $two)
  (elem declare func $three)
  (type $number (func (result i32)))
  (func $one (result i32) (i32.const 1))
  (func $two (result i32) (i32.const 2))
  (func $three (result i32) (i32.const 3))
  (func $start (i64.store (i32.const 0) (i64.const 77)))
  (start $start)
  (func (export "next") (result i64)
    (global.set $count (i64.add (global.get $count) (i64.const 1)))
    (global.set $ratio (f64.mul (global.get $ratio) (f64.const 2)))
    (global.set $wide (i64x2.add (global.get $wide) (global.get $wide)))
    (i64.store (i32.const 8) (global.get $count))
    (global.get $count))
  (func (export "ratio") (result f64) (global.get $ratio))
  (func (export "wide") (result i64) (i64x2.extract_lane 1 (global.get $wide)))
  (func (export "started") (result i64) (i64.load (i32.const 0)))
  (func (export "stored") (result i64) (i64.load (i32.const 8)))
  (func (export "read") (param i32) (result i32) (i32.load8_u (local.get 0)))
  (func (export "write") (param i32 i32) (i32.store8 (local.get 0) (local.get 1)))
  (func (export "grow") (result i32) (memory.grow (i32.const 2)))
  (func (export "size") (result i32) (memory.size))
  (func (export "fill") (memory.init $spare (i32.const 100) (i32.const 0) (i32.const 11)))
  (func (export "drop") (data.drop $spare) (elem.drop $spare_items))
  (func (export "place")
    (table.init $t $spare_items (i32.const 0) (i32.const 0) (i32.const 2))
    (drop (table.grow $t (ref.func $three) (i32.const 1)))
    (global.set $picked (ref.func $two)))
  (func (export "tables") (result i32) (table.size $t))
  (func (export "through") (param i32) (result i32)
    (call_indirect $t (type $number) (local.get 0)))
  (func (export "picked") (result i32) (ref.is_null (global.get $picked)))
  (func (export "trap") unreachable)))";

RuntimeConfig config(bool pooled = false, bool metered = false) {
  RuntimeConfig config = test::small_config();
  config.snapshots.enable = true;
  config.pooling.enable = pooled;
  config.pooling.instances_max = 8;
  config.metering.enable = metered;
  return config;
}

std::int32_t i32(Session& session, std::string_view function, std::vector<WasmValue> arguments = {}) {
  return *must(session.call(function, arguments)).values.at(0).get_if<std::int32_t>();
}
std::int64_t i64(Session& session, std::string_view function) {
  return *must(session.call(function, {})).values.at(0).get_if<std::int64_t>();
}
void run(Session& session, std::string_view function, std::vector<WasmValue> arguments = {}) {
  must(session.call(function, arguments));
}

/// As saved and read again.
Snapshot reread(const Snapshot& snapshot) {
  return must(Snapshot::from_bytes(must(snapshot.to_bytes())));
}

struct Case {
  std::string name;
  bool pooled = false;
  bool metered = false;
};

class Snapshots : public ::testing::TestWithParam<Case> {
 protected:
  WasmRuntime runtime = must(WasmRuntime::create(config(GetParam().pooled, GetParam().metered)));
  ModuleId id = load_wat(runtime, kStateful);
  Session open() { return must(runtime.open_session(id)); }
  Session fork(const Snapshot& snapshot) { return must(runtime.fork(id, snapshot)); }
};

TEST_P(Snapshots, CarryGlobalsAndMemory) {
  Session session = open();
  run(session, "next");
  run(session, "next");
  for (const Snapshot& snapshot : {must(session.snapshot()), reread(must(session.snapshot()))}) {
    Session twin = fork(snapshot);
    EXPECT_EQ(i64(twin, "started"), 77);
    EXPECT_EQ(i64(twin, "stored"), 2);
    EXPECT_EQ(*must(twin.call("ratio", {})).values[0].get_if<double>(), 6.0);
    EXPECT_EQ(i64(twin, "wide"), 8);
    EXPECT_EQ(i64(twin, "next"), 3);
    EXPECT_EQ(i64(twin, "next"), 4);
  }
  EXPECT_EQ(i64(session, "next"), 3);
}

TEST_P(Snapshots, CarryTablesAndReferences) {
  Session session = open();
  run(session, "place");
  Session twin = fork(reread(must(session.snapshot())));
  EXPECT_EQ(i32(twin, "tables"), 3);
  EXPECT_EQ(i32(twin, "through", {0}), 1);
  EXPECT_EQ(i32(twin, "through", {1}), 2);
  EXPECT_EQ(i32(twin, "through", {2}), 3);
  EXPECT_EQ(i32(twin, "picked"), 0);
  Session other = open();
  EXPECT_EQ(i32(other, "picked"), 1);
}

TEST_P(Snapshots, CarryWhatWasDropped) {
  Session session = open();
  Session before = fork(must(session.snapshot()));
  run(before, "fill");
  EXPECT_EQ(i32(before, "read", {100}), 's');
  run(session, "drop");
  const Snapshot dropped = reread(must(session.snapshot()));
  EXPECT_EQ(dropped.info().dropped_data, std::vector<std::uint32_t>{1});
  EXPECT_EQ(dropped.info().dropped_elements, std::vector<std::uint32_t>{0});
  Session twin = fork(dropped);
  EXPECT_TRUE(fails_with(twin.call("fill", {}), ErrorCode::kTrapMemoryOutOfBounds));
  Session again = fork(dropped);
  EXPECT_TRUE(fails_with(again.call("place", {}), ErrorCode::kTrapTableOutOfBounds));
}

TEST_P(Snapshots, CarryAGrownMemory) {
  Session session = open();
  EXPECT_EQ(i32(session, "grow"), 1);
  run(session, "write", {150'000, 9});
  Session twin = fork(reread(must(session.snapshot())));
  EXPECT_EQ(i32(twin, "size"), 3);
  EXPECT_EQ(i32(twin, "read", {150'000}), 9);
  EXPECT_EQ(i32(twin, "grow"), 3);
  EXPECT_EQ(i32(twin, "read", {200'000}), 0);
}

TEST_P(Snapshots, HoldWhatDiffersFromTheModulesOwn) {
  Session session = open();
  run(session, "write", {60'000, 1});
  const SnapshotInfo info = must(session.snapshot()).info();
  ASSERT_EQ(info.memories.size(), 1U);
  EXPECT_EQ(info.memories[0].bytes, 65'536U);
  EXPECT_EQ(info.memories[0].pages, 2U);  // the start function's and this one
}

TEST_P(Snapshots, OfAForkAreAsGoodAsTheFirst) {
  Session session = open();
  run(session, "grow");
  run(session, "grow");
  for (int page = 0; page < 80; ++page) run(session, "write", {page * 4096 + 5, page + 1});
  Session first = fork(must(session.snapshot()));
  run(first, "write", {5, 100});
  run(first, "grow");
  Session second = fork(must(first.snapshot()));
  run(second, "write", {4101, 101});
  Session third = fork(reread(must(second.snapshot())));
  EXPECT_EQ(i32(third, "read", {5}), 100);
  EXPECT_EQ(i32(third, "read", {4101}), 101);
  for (int page = 2; page < 80; ++page) EXPECT_EQ(i32(third, "read", {page * 4096 + 5}), page + 1);
  EXPECT_EQ(i32(session, "read", {5}), 1);
  EXPECT_EQ(i32(first, "read", {4101}), 2);
}

TEST_P(Snapshots, SaveWhatChangedSinceAnother) {
  Session session = open();
  run(session, "grow");
  run(session, "grow");
  for (int page = 0; page < 60; ++page) {
    for (int i = 0; i < 64; ++i) run(session, "write", {page * 4096 + i * 64, (page * 7 + i * 31) % 251});
  }
  const Snapshot first = must(session.snapshot());
  run(session, "write", {8192, 200});
  const Snapshot second = must(session.snapshot());
  const Bytes whole = must(second.to_bytes());
  const Bytes part = must(second.to_bytes_since(first));
  EXPECT_LT(part.size(), whole.size() / 4);
  EXPECT_TRUE(fails_with(Snapshot::from_bytes(part), ErrorCode::kSnapshotNeedsEarlier));
  EXPECT_TRUE(fails_with(Snapshot::from_bytes(part, second), ErrorCode::kSnapshotOtherEarlier));
  const Snapshot read = must(Snapshot::from_bytes(part, reread(first)));
  EXPECT_EQ(must(read.digest()), must(second.digest()));
  EXPECT_EQ(must(read.to_bytes()), whole);
}

TEST_P(Snapshots, TellWhatDiffers) {
  Session session = open();
  run(session, "next");
  const Snapshot before = must(session.snapshot());
  EXPECT_TRUE(must(before.difference(before)).is_none());
  run(session, "next");
  run(session, "write", {40, 5});
  const SnapshotDifference difference = must(must(session.snapshot()).difference(before));
  ASSERT_EQ(difference.globals.size(), 3U);
  EXPECT_EQ(difference.globals[0].before, "1");
  EXPECT_EQ(difference.globals[0].after, "2");
  ASSERT_EQ(difference.ranges.size(), 2U);
  EXPECT_EQ(difference.ranges[0].offset, 8U);
  EXPECT_EQ(difference.ranges[0].bytes, 1U);
  EXPECT_EQ(difference.ranges[1].offset, 40U);
}

TEST_P(Snapshots, ArePutBackInPlace) {
  Session session = open();
  run(session, "next");
  const Snapshot one = must(session.snapshot());
  run(session, "next");
  must(session.restore(one));
  EXPECT_EQ(i64(session, "next"), 2);
  ASSERT_TRUE(fails_with(session.call("trap", {}), ErrorCode::kTrapUnreachable));
  EXPECT_TRUE(fails_with(session.snapshot(), ErrorCode::kInstanceStopped));
  must(session.restore(one));
  EXPECT_EQ(i64(session, "next"), 2);
}

TEST_P(Snapshots, OfAPersistentModuleSurviveIt) {
  const auto persistent = ModuleMetadata{}.with_instance_policy(InstancePolicy::kPersistent);
  const ModuleId first = load_wat(runtime, kStateful, persistent);
  must(runtime.execute_function(first, "next", {}));
  const Snapshot snapshot = must(runtime.snapshot(first));
  must(runtime.unload_module(first));
  const ModuleId second = load_wat(runtime, kStateful, persistent);
  must(runtime.restore(second, snapshot));
  EXPECT_EQ(must(runtime.execute_function(second, "next", {})).values[0], WasmValue(std::int64_t{2}));
  Session apart = must(runtime.fork(second, snapshot));
  EXPECT_EQ(i64(apart, "next"), 2);
  EXPECT_EQ(must(runtime.execute_function(second, "next", {})).values[0], WasmValue(std::int64_t{3}));
  EXPECT_TRUE(fails_with(runtime.snapshot(id), ErrorCode::kInvalidConfig));
}

TEST_P(Snapshots, StartSingleExecutions) {
  Session session = open();
  run(session, "next");
  const auto context = ExecutionContext{}.with_snapshot(must(session.snapshot()));
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(must(runtime.execute_function(id, "next", {}, context)).values[0],
              WasmValue(std::int64_t{2}));
  }
}

TEST_P(Snapshots, OfASessionForkIt) {
  Session session = open();
  run(session, "next");
  Session twin = must(session.fork());
  EXPECT_EQ(i64(twin, "next"), 2);
  EXPECT_EQ(i64(session, "next"), 2);
}

TEST_P(Snapshots, AreOfOneModule) {
  Session session = open();
  const Snapshot snapshot = must(session.snapshot());
  const ModuleId other = load_wat(runtime, "(module (memory 1))");
  EXPECT_TRUE(fails_with(runtime.fork(other, snapshot), ErrorCode::kSnapshotOtherModule));
  Session another = must(runtime.open_session(other));
  EXPECT_TRUE(fails_with(snapshot.difference(must(another.snapshot())),
                         ErrorCode::kSnapshotOtherModule));
}

TEST_P(Snapshots, KeepTheLimitsOfWhoRestoresThem) {
  Session session = open();
  run(session, "grow");
  const Snapshot snapshot = must(session.snapshot());
  EXPECT_TRUE(fails_with(
      runtime.fork(id, snapshot, ExecutionContext{}.with_memory_limit(128 << 10)),
      ErrorCode::kMemoryLimit));
}

INSTANTIATE_TEST_SUITE_P(Each, Snapshots,
                         ::testing::Values(Case{.name = "Plain"},
                                           Case{.name = "Pooled", .pooled = true},
                                           Case{.name = "Metered", .metered = true}),
                         [](const auto& each) { return each.param.name; });

TEST(SnapshotsAreRefused, WhereModulesWereNotMadeForThem) {
  auto runtime = must(WasmRuntime::create(test::small_config()));
  Session session = must(runtime.open_session(load_wat(runtime, kStateful)));
  EXPECT_TRUE(fails_with(session.snapshot(), ErrorCode::kSnapshotDisabled));
}

TEST(SnapshotsAreRefused, OfReferencesThatCannotTravel) {
  auto runtime = must(WasmRuntime::create(config()));
  const ModuleId id = load_wat(runtime, R"((module
    (global $held (mut anyref) (ref.null any))
    (func (export "hold") (global.set $held (ref.i31 (i32.const 1))))
    (func (export "release") (global.set $held (ref.null any)))))");
  Session session = must(runtime.open_session(id));
  must(session.snapshot());
  run(session, "hold");
  EXPECT_TRUE(fails_with(session.snapshot(), ErrorCode::kSnapshotReference));
  run(session, "release");
  must(session.snapshot());
}

TEST(SnapshotsAreRefused, WhereTheyCannotBeOfTheModule) {
  auto runtime = must(WasmRuntime::create(config()));
  const ModuleId id = load_wat(runtime, kStateful);
  Session session = must(runtime.open_session(id));
  const Bytes bytes = must(must(session.snapshot()).to_bytes());
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    Bytes damaged = bytes;
    damaged[i] ^= std::byte{1};
    EXPECT_FALSE(Snapshot::from_bytes(damaged)) << i;
    EXPECT_FALSE(Snapshot::from_bytes(std::span(bytes).first(i))) << i;
  }
  EXPECT_TRUE(fails_with(Snapshot::from_bytes(bytes, SnapshotLimits{.bytes_max = 100}),
                         ErrorCode::kSnapshotTooLarge));
}

/// What a module without snapshots does that was made from an instance with them.
class Preinitialised : public ::testing::Test {
 protected:
  Session make(std::string_view wat, std::string_view function) {
    const Bytes made = must(maker.preinitialise(must(wat_to_wasm(wat)), function));
    return must(plain.open_session(must(plain.load_module("made", made))));
  }
  WasmRuntime maker = must(WasmRuntime::create(config()));
  WasmRuntime plain = must(WasmRuntime::create(test::small_config()));
};

TEST_F(Preinitialised, ModulesStartWhereTheFunctionReturned) {
  Session session = make(kStateful, "next");
  EXPECT_EQ(i64(session, "started"), 77);
  EXPECT_EQ(i64(session, "stored"), 1);
  EXPECT_EQ(*must(session.call("ratio", {})).values[0].get_if<double>(), 3.0);
  EXPECT_EQ(i64(session, "wide"), 4);
  EXPECT_EQ(i32(session, "read", {16}), 'a');
  EXPECT_TRUE(fails_with(session.call("next", {}), ErrorCode::kUnknownExport));
  run(session, "fill");
  EXPECT_EQ(i32(session, "read", {100}), 's');
}

TEST_F(Preinitialised, ModulesKeepTables) {
  Session session = make(kStateful, "place");
  EXPECT_EQ(i32(session, "tables"), 3);
  EXPECT_EQ(i32(session, "through", {0}), 1);
  EXPECT_EQ(i32(session, "through", {2}), 3);
  EXPECT_EQ(i32(session, "picked"), 0);
}

TEST_F(Preinitialised, ModulesKeepWhatWasDroppedAndHowLargeMemoryIs) {
  Session dropped = make(kStateful, "drop");
  EXPECT_TRUE(fails_with(dropped.call("fill", {}), ErrorCode::kTrapMemoryOutOfBounds));
  Session grown = make(kStateful, "grow");
  EXPECT_EQ(i32(grown, "size"), 3);
  EXPECT_EQ(i32(grown, "read", {150'000}), 0);
}

TEST_F(Preinitialised, ModulesNeedAFunctionThatReturns) {
  const Bytes wasm = must(wat_to_wasm(kStateful));
  EXPECT_TRUE(fails_with(maker.preinitialise(wasm, "trap"), ErrorCode::kTrapUnreachable));
  EXPECT_TRUE(fails_with(maker.preinitialise(wasm, "other"), ErrorCode::kUnknownExport));
  EXPECT_TRUE(fails_with(plain.preinitialise(wasm, "next"), ErrorCode::kSnapshotDisabled));
}

}  // namespace
}  // namespace synapsed
