// What host functions cost, who may import them, which one an import gets, and what errors become.

#include <algorithm>
#include <array>
#include <memory>
#include <string>
#include <tuple>

#include "base/bytes.hpp"
#include "tests/support/results.hpp"

namespace synapsed {
namespace {

using test::fails_with;
using test::load_wat;
using test::must;

constexpr std::string_view kCall = R"((module
  (import "env" "do" (func $do (param i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "hello")
  (func (export "f") (param i32 i32) (result i32) (call $do (local.get 0) (local.get 1)))))";

class HostPolicy : public ::testing::Test {
 protected:
  WasmRuntime runtime = must(WasmRuntime::create(test::small_config()));
  HostFunctions& host = runtime.host_functions();
};

TEST_F(HostPolicy, ACallCostsItsPrice) {
  int calls = 0;
  host.define("env", "do",
              [&](GuestBytes bytes) {
                ++calls;
                return static_cast<std::uint32_t>(bytes.view().size());
              },
              {.description = "counts", .price = {.base = 100, .per_byte = 10}});
  const ModuleId id = load_wat(runtime, kCall);
  const auto with = [](std::uint64_t gas) { return ExecutionContext{}.with_gas_limit(gas); };
  EXPECT_EQ(must(runtime.execute_function(id, "f", {0, 5})).usage.gas, 150U);
  EXPECT_EQ(must(runtime.execute_function(id, "f", {0, 5}, with(150))).usage.gas, 150U);
  const auto short_of = runtime.execute_function(id, "f", {0, 5}, with(149));
  EXPECT_TRUE(fails_with(short_of, ErrorCode::kOutOfGas));
  EXPECT_EQ(short_of.error().usage()->gas, 149U);
  EXPECT_EQ(calls, 2);
  // The span is checked before the price is taken.
  const auto outside = runtime.execute_function(id, "f", {0, 70'000}, with(1));
  EXPECT_TRUE(fails_with(outside, ErrorCode::kOutOfBounds));
  EXPECT_EQ(outside.error().usage()->gas, 0U);
}

TEST_F(HostPolicy, APriceBeyondAllNumbersIsNotPaid) {
  host.define("env", "do", [](GuestBytes) { return 1; },
              {.description = {}, .price = {.base = 1, .per_byte = UINT64_MAX}});
  const ModuleId id = load_wat(runtime, kCall);
  EXPECT_TRUE(fails_with(runtime.execute_function(id, "f", {0, 5},
                                                  ExecutionContext{}.with_gas_limit(UINT64_MAX - 1)),
                         ErrorCode::kOutOfGas));
  EXPECT_EQ(must(runtime.execute_function(id, "f", {0, 5})).usage.gas, UINT64_MAX);
}

TEST_F(HostPolicy, AFunctionMayChargeMore) {
  std::optional<std::uint64_t> left;
  host.define("env", "do", [&](CallContext& call, std::int32_t gas, std::int32_t) -> Result<int> {
    if (auto charged = call.charge(static_cast<std::uint64_t>(gas)); !charged) {
      return std::unexpected(charged.error());
    }
    left = call.gas_left();
    return 0;
  });
  const ModuleId id = load_wat(runtime, kCall);
  const auto context = ExecutionContext{}.with_gas_limit(10);
  EXPECT_EQ(must(runtime.execute_function(id, "f", {7, 0}, context)).usage.gas, 7U);
  EXPECT_EQ(left, 3U);
  EXPECT_TRUE(fails_with(runtime.execute_function(id, "f", {11, 0}, context),
                         ErrorCode::kOutOfGas));
  must(runtime.execute_function(id, "f", {11, 0}));
  EXPECT_EQ(left, std::nullopt);
}

TEST_F(HostPolicy, ACapabilityMustBeGranted) {
  bool granted = false;
  host.define("env", "do",
              [&](CallContext& call, std::int32_t, std::int32_t) {
                granted = call.is_granted("net.http") && !call.is_granted("net");
                return 0;
              },
              {.description = {}, .price = {}, .capability = "net.http"});
  const auto refused = runtime.load_module_wat("m", kCall);
  EXPECT_TRUE(fails_with(refused, ErrorCode::kImportDenied));
  EXPECT_NE(refused.error().message().find("net.http"), std::string::npos);
  const ModuleId id = load_wat(runtime, kCall, ModuleMetadata{}.with_capability("net.http"));
  must(runtime.execute_function(id, "f", {0, 0}));
  EXPECT_TRUE(granted);
}

TEST_F(HostPolicy, AModulesOwnFunctionsComeFirst) {
  const auto constant = [](std::int32_t n) {
    return [n](std::int32_t, std::int32_t) { return n; };
  };
  const auto own = std::make_shared<HostFunctions>();
  own->define("env", "do", constant(1));
  host.define("env", "do", constant(2));
  const ModuleId with_own =
      load_wat(runtime, kCall, ModuleMetadata{}.with_host_functions(own));
  const ModuleId without = load_wat(runtime, kCall);
  const auto value = [&](ModuleId id) {
    return must(runtime.execute_function(id, "f", {0, 0})).values[0];
  };
  EXPECT_EQ(value(with_own), WasmValue(1));
  EXPECT_EQ(value(without), WasmValue(2));
  own->define("env", "do", constant(3));
  EXPECT_EQ(value(with_own), WasmValue(3));
  EXPECT_EQ(value(without), WasmValue(2));
}

TEST_F(HostPolicy, VersionsLiveSideBySide) {
  host.define("kv@1", "get", [] { return 1; });
  host.define("kv@2", "get", [] { return 2; });
  const auto guest = [&](std::string version) {
    const std::string wat = R"((module (import "kv@)" + version + R"(" "get" (func $get (result i32)))
      (func (export "f") (result i32) (call $get))))";
    return must(runtime.execute_function(load_wat(runtime, wat), "f", {})).values[0];
  };
  EXPECT_EQ(guest("1"), WasmValue(1));
  EXPECT_EQ(guest("2"), WasmValue(2));
}

TEST_F(HostPolicy, AReplacementOfAnotherTypeStopsNewInstances) {
  host.define("env", "do", [](std::int32_t, std::int32_t) { return 1; });
  const ModuleId id = load_wat(runtime, kCall);
  host.define("env", "do", [] {});
  EXPECT_TRUE(fails_with(runtime.execute_function(id, "f", {0, 0}), ErrorCode::kImportMismatch));
  host.define("env", "do", [](std::int32_t, std::int32_t) { return 2; });
  EXPECT_EQ(must(runtime.execute_function(id, "f", {0, 0})).values[0], WasmValue(2));
}

TEST_F(HostPolicy, ReplacingWhileRunning) {
  host.define("env", "do", [](std::int32_t, std::int32_t) { return 1; });
  const ModuleId id = load_wat(runtime, kCall);
  const ModuleId kept =
      load_wat(runtime, kCall, ModuleMetadata{}.with_instance_policy(InstancePolicy::kPersistent));
  must(runtime.execute_function(kept, "f", {0, 0}));
  auto session = must(runtime.open_session(id));
  const auto f = must(session.function<std::int32_t(std::int32_t, std::int32_t)>("f"));
  host.define("env", "do", [](std::int32_t, std::int32_t) { return 2; });
  EXPECT_EQ(must(f(0, 0)), 1);  // an instance keeps what it was made with
  EXPECT_EQ(must(runtime.execute_function(kept, "f", {0, 0})).values[0], WasmValue(1));
  EXPECT_EQ(must(runtime.execute_function(id, "f", {0, 0})).values[0], WasmValue(2));
}

TEST_F(HostPolicy, AnErrorReachesTheGuestOrEndsItByItsKind) {
  host.define("env", "do", [](std::int32_t n, std::int32_t) -> Result<std::uint32_t> {
    switch (n) {
      case 0: return 5U;
      case 1: return std::unexpected(Error(ErrorCode::kGuestNotFound, "no such key"));
      case 2: return std::unexpected(Error(ErrorCode::kGuestCancelled, "given up"));
      default: return std::unexpected(Error(ErrorCode::kIo, "the disk is gone"));
    }
  });
  const ModuleId id = load_wat(runtime, kCall);
  EXPECT_EQ(must(runtime.execute_function(id, "f", {0, 0})).values[0], WasmValue(5));
  EXPECT_EQ(must(runtime.execute_function(id, "f", {1, 0})).values[0], WasmValue(-2));
  EXPECT_EQ(must(runtime.execute_function(id, "f", {2, 0})).values[0], WasmValue(-8));
  EXPECT_TRUE(fails_with(runtime.execute_function(id, "f", {3, 0}), ErrorCode::kIo));
}

TEST_F(HostPolicy, WithoutAnIntegerToCarryItEveryErrorEndsTheGuest) {
  host.define("env", "do", []() -> Result<double> {
    return std::unexpected(Error(ErrorCode::kGuestNotFound, "no such key"));
  });
  const ModuleId id = load_wat(runtime, R"((module
    (import "env" "do" (func $do (result f64))) (func (export "f") (drop (call $do)))))");
  EXPECT_TRUE(fails_with(runtime.execute_function(id, "f", {}), ErrorCode::kGuestNotFound));
}

struct Amount {
  std::uint64_t units;
  float rate;
  static constexpr std::tuple kGuestFields{&Amount::units, &Amount::rate};
};

struct Transfer {
  GuestString to;
  Amount amount;
  GuestBuffer receipt;
  static constexpr std::tuple kGuestFields{&Transfer::to, &Transfer::amount, &Transfer::receipt};
};

TEST_F(HostPolicy, RecordsAreTheirFields) {
  std::string seen;
  host.define("bank", "transfer",
              [&](CallContext&, std::int32_t id, Transfer transfer) -> Result<std::uint32_t> {
                seen = std::to_string(id) + " " + std::string(transfer.to.view()) + " " +
                       std::to_string(transfer.amount.units) + " " +
                       std::to_string(transfer.amount.rate);
                return transfer.receipt.write(as_bytes("ok"));
              },
              {.description = {}, .price = {.base = 0, .per_byte = 1}});
  EXPECT_EQ(to_string(*host.list()[0].type), "(i32, i32, i32, i64, f32, i32, i32) -> i32");
  const ModuleId id = load_wat(runtime, R"((module
    (import "bank" "transfer"
      (func $transfer (param i32 i32 i32 i64 f32 i32 i32) (result i32)))
    (memory (export "memory") 1) (data (i32.const 8) "alice")
    (func (export "f") (param i32) (result i32)
      (drop (call $transfer (i32.const 7) (i32.const 8) (i32.const 5) (i64.const 100)
                            (f32.const 0.5) (local.get 0) (i32.const 16)))
      (i32.load16_u (local.get 0)))))");
  const auto result = must(runtime.execute_function(id, "f", {64}));
  EXPECT_EQ(result.values[0], WasmValue('o' + ('k' << 8)));
  EXPECT_EQ(result.usage.gas, 21U);
  EXPECT_EQ(seen, "7 alice 100 0.500000");
  const auto outside = runtime.execute_function(id, "f", {65535});
  EXPECT_TRUE(fails_with(outside, ErrorCode::kOutOfBounds));
  EXPECT_EQ(outside.error().where(), "parameter 2 of the host function");
}

TEST_F(HostPolicy, LogLinesGoToTheExecutionsLog) {
  host.define("env", "do", [](CallContext& call, GuestString text) {
    call.log(LogLevel::kWarning, text.view());
    return 0;
  });
  std::string seen;
  const ModuleId id = load_wat(runtime, kCall);
  must(runtime.execute_function(
      id, "f", {0, 5}, ExecutionContext{}.with_tenant("acme").with_log([&](const LogLine& line) {
        seen = std::string(line.module) + "/" + std::string(line.tenant) + " " +
               std::string(to_string(line.level)) + ": " + std::string(line.text);
      })));
  EXPECT_EQ(seen, "test/acme warning: hello");
}

TEST_F(HostPolicy, AHostFunctionMayWriteThroughMemory) {
  host.define("env", "do", [](CallContext& call, std::int32_t offset, std::int32_t) -> Result<int> {
    auto memory = call.memory(static_cast<std::uint32_t>(offset), 2);
    if (!memory) return std::unexpected(memory.error());
    (*memory)[1] = std::byte{42};
    return 0;
  });
  const ModuleId id = load_wat(runtime, R"((module
    (import "env" "do" (func $do (param i32 i32) (result i32)))
    (memory (export "memory") 1)
    (func (export "f") (result i32)
      (drop (call $do (i32.const 100) (i32.const 0))) (i32.load8_u (i32.const 101)))))");
  EXPECT_EQ(must(runtime.execute_function(id, "f", {})).values[0], WasmValue(42));
}

#ifdef __SANITIZE_ADDRESS__
TEST_F(HostPolicy, AViewThatIsKeptIsReported) {
  std::span<const std::byte> kept;
  host.define("env", "do", [&](GuestBytes bytes) {
    kept = bytes.view();
    return 0;
  });
  const ModuleId id = load_wat(runtime, kCall);
  must(runtime.execute_function(id, "f", {0, 5}));
  EXPECT_DEATH({ [[maybe_unused]] volatile std::byte first = kept[0]; }, "heap-use-after-free");
}
#endif

}  // namespace
}  // namespace synapsed
