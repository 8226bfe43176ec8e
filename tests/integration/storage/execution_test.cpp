// An execution is a transaction: what it wrote lasts when it succeeds, and is gone whatever else its
// end is.

#include <array>
#include <atomic>
#include <chrono>
#include <cstring>
#include <future>
#include <latch>
#include <thread>
#include <utility>

#include <unistd.h>

#include "tests/integration/storage/storage_guest.hpp"
#include "tests/support/sanitized.hpp"

namespace synapsed::test {
namespace {

using namespace std::chrono_literals;
using storage::SpaceName;

const Bytes kKey = bytes_of("key");
const Bytes kValue = bytes_of("value");

/// By the kind of storage: `memory` or `sqlite`.
class StorageExecutions : public StorageGuest, public ::testing::WithParamInterface<const char*> {
 protected:
  void SetUp() override {
    StorageGuest::SetUp();
    if (!IsSkipped()) start(options());
  }
  void TearDown() override {
    runtime_.reset();
    storage_.reset();
    for (const char* suffix : {"", "-wal", "-shm"}) std::filesystem::remove(path_ + suffix);
  }
  storage::StorageOptions options() {
    if (std::string_view(GetParam()) == "memory") return {};
    path_ = (std::filesystem::temp_directory_path() /
             ("synapsed-executions-" + std::to_string(::getpid()) + ".db"))
                .string();
    return {.url = "sqlite:" + path_};
  }

  /// Runs `nested` of the same guest within the execution that calls.
  void nest(ExecutionContext context = alice()) {
    run_nested_ = [this, context](CallContext& call, std::uint32_t what) -> std::int32_t {
      ExecutionContext within = context;
      within.with_parent(call.as_parent());
      const auto result = runtime_->execute_function(module_, "nested", {what}, within);
      if (!result) return -1;
      return *result->values[0].get_if<bool>() ? 1 : 0;
    };
  }
  bool is_stored(std::string_view key) { return stored(key).has_value(); }

  /// From several threads at once, each so often; how many of the executions failed.
  int race(std::string_view function, int threads, int times, std::uint32_t retries) {
    std::atomic<int> failures{0};
    std::latch start(threads);
    std::vector<std::thread> workers;
    for (int i = 0; i < threads; ++i) {
      workers.emplace_back([&] {
        start.arrive_and_wait();
        for (int round = 0; round < times; ++round) {
          if (!try_call(function, {kKey}, alice().with_conflict_retries(retries))) ++failures;
        }
      });
    }
    for (std::thread& worker : workers) worker.join();
    return failures;
  }
  std::int64_t counter(std::string_view key) {
    const std::string bytes = stored(key).value_or("");
    std::int64_t number = 0;
    EXPECT_EQ(bytes.size(), sizeof(number));
    if (bytes.size() == sizeof(number)) std::memcpy(&number, bytes.data(), sizeof(number));
    return number;
  }

  std::string path_;
};

INSTANTIATE_TEST_SUITE_P(Storages, StorageExecutions, ::testing::Values("memory", "sqlite"),
                         [](const auto& storage) { return std::string(storage.param); });

TEST_P(StorageExecutions, SuccessLasts) {
  EXPECT_EQ(number("set", {kKey, kValue}), 0);
  EXPECT_EQ(stored("key"), "value");
  call("set_and_exit", {bytes_of("exited"), kValue, 0});
  EXPECT_EQ(stored("exited"), "value");
}

TEST_P(StorageExecutions, ATrapLeavesNothing) {
  EXPECT_TRUE(fails_with(try_call("set_and_trap", {kKey, kValue}), ErrorCode::kTrapUnreachable));
  EXPECT_TRUE(fails_with(try_call("set_and_panic", {kKey, kValue}), ErrorCode::kTrapPanic));
  EXPECT_EQ(must(storage_->usage({.tenant = "alice", .module = "notes"})), storage::Usage());
}

TEST_P(StorageExecutions, AnExitCodeThatIsNot0LeavesNothing) {
  const auto result =
      must(runtime_->execute_function(module_, "set_and_exit", {kKey, kValue, 1}, alice()));
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_FALSE(is_stored("key"));
}

TEST_P(StorageExecutions, ALimitOrCancellationLeavesNothing) {
  EXPECT_TRUE(fails_with(try_call("set_and_spin", {kKey, kValue}, alice().with_timeout(50ms)),
                         ErrorCode::kDeadline));
  CancelSource cancel;
  std::thread canceller([&] {
    std::this_thread::sleep_for(50ms);
    cancel.cancel();
  });
  EXPECT_TRUE(fails_with(
      try_call("set_and_spin", {kKey, kValue}, alice().with_cancellation(cancel.token())),
      ErrorCode::kCancelled));
  canceller.join();
  EXPECT_FALSE(is_stored("key"));
}

TEST_P(StorageExecutions, OutOfGasLeavesNothing) {
  // Two sets, for the second of which there is no gas.
  EXPECT_TRUE(fails_with(
      try_call("around", {std::uint32_t{0}, false}, alice().with_gas_limit(130'000)),
      ErrorCode::kOutOfGas));
  EXPECT_FALSE(is_stored("before"));
  RuntimeConfig metered = small_config();
  metered.metering.enable = true;
  start(options(), {}, metered);
  EXPECT_TRUE(fails_with(
      try_call("set_and_spin", {kKey, kValue}, alice().with_gas_limit(1'000'000)),
      ErrorCode::kOutOfGas));
  EXPECT_FALSE(is_stored("key"));
}

TEST_P(StorageExecutions, ADryRunLeavesNothing) {
  EXPECT_GT(must(runtime_->dry_run(module_, "set", {kKey, kValue}, alice())), 30'000U);
  EXPECT_FALSE(is_stored("key"));
}

TEST_P(StorageExecutions, ANestedExecutionIsPartOfItsOuterOne) {
  nest();
  EXPECT_EQ(number("around", {std::uint32_t{0}, false}), 1);
  for (const auto* key : {"before", "nested", "after"}) EXPECT_TRUE(is_stored(key)) << key;
  EXPECT_EQ(counter("counter"), 1);
}

TEST_P(StorageExecutions, ANestedExecutionIsRolledBackAlone) {
  nest();
  EXPECT_EQ(number("around", {std::uint32_t{1}, false}), -1);
  EXPECT_TRUE(is_stored("before"));
  EXPECT_TRUE(is_stored("after"));
  EXPECT_FALSE(is_stored("nested"));
  EXPECT_FALSE(is_stored("counter"));
}

TEST_P(StorageExecutions, ANestedExecutionGoesWithItsOuterOne) {
  nest();
  EXPECT_TRUE(fails_with(try_call("around", {std::uint32_t{0}, true}),
                         ErrorCode::kTrapUnreachable));
  for (const auto* key : {"before", "nested", "after"}) EXPECT_FALSE(is_stored(key)) << key;
}

TEST_P(StorageExecutions, AnExecutionThatIsNotPartOfAnotherIsATransactionOfItsOwn) {
  run_nested_ = [this](CallContext&, std::uint32_t what) -> std::int32_t {
    return *must(runtime_->execute_function(module_, "nested", {what}, alice()))
                    .values[0]
                    .get_if<bool>()
               ? 1
               : 0;
  };
  EXPECT_TRUE(fails_with(try_call("around", {std::uint32_t{0}, true}),
                         ErrorCode::kTrapUnreachable));
  EXPECT_FALSE(is_stored("before"));
  EXPECT_TRUE(is_stored("nested"));
}

TEST_P(StorageExecutions, ANestedExecutionHasTheSpaceOfItsOwnTenant) {
  nest(ExecutionContext{}.with_tenant("bob"));
  EXPECT_EQ(number("around", {std::uint32_t{0}, false}), 0);
  EXPECT_TRUE(is_stored("before"));
  EXPECT_FALSE(is_stored("nested"));
  EXPECT_TRUE(stored("nested", {.tenant = "bob", .module = "notes"}).has_value());
}

TEST_P(StorageExecutions, AnOuterExecutionThatUsesNoStorageItselfHoldsTheNestedOnes) {
  const ModuleId outer = must(runtime_->load_module_wat("outer", R"((module
      (import "test" "run_nested" (func $run (param i32) (result i32)))
      (func (export "run") (param i32)
        (drop (call $run (i32.const 0)))
        (if (local.get 0) (then unreachable)))))"));
  nest();
  EXPECT_FALSE(runtime_->execute_function(outer, "run", {1}, alice()));
  EXPECT_FALSE(is_stored("nested"));
  must(runtime_->execute_function(outer, "run", {0}, alice()));
  EXPECT_TRUE(is_stored("nested"));
}

TEST_P(StorageExecutions, ModulesWithFunctionsOfTheirOwnShareTheTransaction) {
  const auto own = std::make_shared<HostFunctions>();
  for (auto& [name, function] : storage::create_storage_host_functions(
           {.storage = storage_, .grant = {.may_write = true, .prefixes = {bytes_of("nested")}},
            .grants = {}})) {
    own->add(std::move(function));
  }
  const ModuleId other = load("notes", granted().with_host_functions(own));
  run_nested_ = [&](CallContext& call, std::uint32_t) -> std::int32_t {
    const auto context = alice().with_parent(call.as_parent());
    const auto result = must(runtime_->execute_function(other, "set", {bytes_of("nested"), kValue}, context));
    const auto denied = must(runtime_->execute_function(other, "contains", {bytes_of("before")}, context));
    return *result.values[0].get_if<std::int32_t>() + *denied.values[0].get_if<std::int32_t>();
  };
  EXPECT_TRUE(fails_with(try_call("around", {std::uint32_t{0}, true}),
                         ErrorCode::kTrapUnreachable));
  EXPECT_FALSE(is_stored("nested"));
  EXPECT_EQ(number("around", {std::uint32_t{0}, false}), kDenied);
  EXPECT_TRUE(is_stored("nested"));
}

TEST_P(StorageExecutions, ConflictingExecutionsEndOrRunAgain) {
  // Between the read and the write of an execution another one commits.
  run_nested_ = [this, is_first = true](CallContext&, std::uint32_t) mutable -> std::int32_t {
    if (std::exchange(is_first, false)) {
      must(storage_->set("counter", number_bytes(41), {.tenant = "alice", .module = "notes"}));
    }
    return 0;
  };
  const ModuleId reader = must(runtime_->load_module_wat("notes", R"((module
      (import "test" "run_nested" (func $run (param i32) (result i32)))
      (import "synapsed:storage@1" "increment"
        (func $increment (param i32 i32 i64 i32 i32) (result i32)))
      (import "synapsed:storage@1" "contains" (func $contains (param i32 i32) (result i32)))
      (memory (export "memory") 1)
      (data (i32.const 0) "counter")
      (func (export "count") (result i64)
        (drop (call $contains (i32.const 0) (i32.const 7)))
        (drop (call $run (i32.const 0)))
        (drop (call $increment (i32.const 0) (i32.const 7) (i64.const 1) (i32.const 8) (i32.const 8)))
        (i64.load (i32.const 8)))))", granted()));
  const auto reset = run_nested_;
  EXPECT_TRUE(fails_with(runtime_->execute_function(reader, "count", {}, alice()),
                         ErrorCode::kStorageConflict));
  EXPECT_EQ(counter("counter"), 41);
  run_nested_ = reset;
  const auto counted =
      must(runtime_->execute_function(reader, "count", {}, alice().with_conflict_retries(1)));
  EXPECT_EQ(counted.values[0], WasmValue(std::int64_t{42}));
  EXPECT_EQ(counter("counter"), 42);
}

TEST_P(StorageExecutions, ARaceOnOneCounterLosesNothing) {
  const int times = path_.empty() && !kSanitized ? 5000 : 500;  // a disk is slower
  EXPECT_EQ(race("count", 2, times, 1'000'000), 0);
  EXPECT_EQ(counter("key"), 2 * times);
}

TEST_P(StorageExecutions, ARaceOfReadersAndWritersLosesNothing) {
  EXPECT_EQ(race("count_by_reading", 4, 250, 1'000'000), 0);
  EXPECT_EQ(counter("key"), 1000);
}

TEST_P(StorageExecutions, WithoutRetriesALostRaceIsAnError) {
  const int failures = race("count_by_reading", 4, 250, 0);
  EXPECT_EQ(counter("key"), 1000 - failures);
}

TEST_P(StorageExecutions, AdditionsDoNotConflict) {
  std::vector<std::thread> workers;
  std::atomic<int> failures{0};
  for (int i = 0; i < 4; ++i) {
    workers.emplace_back([&] {
      for (int round = 0; round < 500; ++round) {
        if (!try_call("add", {kKey, std::int64_t{2}})) ++failures;
      }
    });
  }
  for (std::thread& worker : workers) worker.join();
  EXPECT_EQ(failures, 0);
  EXPECT_EQ(counter("key"), 4000);
}

TEST_P(StorageExecutions, EachExecutionOnAPersistentInstanceIsATransaction) {
  module_ = load("notes", granted().with_instance_policy(InstancePolicy::kPersistent));
  EXPECT_EQ(number("set", {kKey, kValue}), 0);
  EXPECT_EQ(stored("key"), "value");
  EXPECT_FALSE(try_call("set_and_trap", {bytes_of("other"), kValue}));
  EXPECT_FALSE(is_stored("other"));
  EXPECT_EQ(number("count", {bytes_of("n")}), 1);
  EXPECT_EQ(number("count", {bytes_of("n")}), 2);
}

TEST_P(StorageExecutions, EachCallOfASessionIsATransaction) {
  auto session = must(runtime_->open_session(module_, alice()));
  must(session.call("set", {kKey, kValue}));
  EXPECT_EQ(stored("key"), "value");
  must(storage_->set("key", "outside", {.tenant = "alice", .module = "notes"}));
  const WasmValue seen = must(session.call("get", {kKey, 10})).values[0];
  EXPECT_EQ(*seen.get_if<WasmRecord>()->find("ok"), WasmValue(bytes_of("outside")));
  // Numbers of an earlier call name nothing.
  must(session.call("scan", {Bytes(), Bytes(), 0, kNoLimit}));
  const WasmValue stale = must(session.call("misuse", {1})).values[0];
  EXPECT_EQ(stale.get_if<WasmList>()->items[0], WasmValue(kNotFound));
  EXPECT_FALSE(session.call("set_and_trap", {bytes_of("other"), kValue}));
  EXPECT_FALSE(is_stored("other"));
}

TEST_P(StorageExecutions, TypedCallsOfASessionAreTransactions) {
  const ModuleId id = must(runtime_->load_module_wat("notes", R"((module
      (import "synapsed:storage@1" "add" (func $add (param i32 i32 i64) (result i32)))
      (memory (export "memory") 1)
      (data (i32.const 0) "typed")
      (func (export "add") (param i64) (result i32)
        (call $add (i32.const 0) (i32.const 5) (local.get 0)))
      (func (export "fail") (param i64)
        (drop (call $add (i32.const 0) (i32.const 5) (local.get 0))) unreachable)))", granted()));
  auto session = must(runtime_->open_session(id, alice()));
  auto add = must(session.function<std::int32_t(std::int64_t)>("add"));
  EXPECT_EQ(must(add(20)), 0);
  EXPECT_EQ(counter("typed"), 20);
  EXPECT_EQ(must(add(22)), 0);
  EXPECT_EQ(counter("typed"), 42);
  auto fail = must(session.function<void(std::int64_t)>("fail"));
  EXPECT_FALSE(fail(1));
  EXPECT_EQ(counter("typed"), 42);
}

TEST_P(StorageExecutions, AsynchronousExecutionsCommitBeforeTheyComplete) {
  constexpr int kExecutions = 200;
  std::vector<std::promise<Result<ExecutionResult>>> promises(kExecutions);
  std::vector<ExecutionHandle> handles;
  for (auto& promise : promises) {
    handles.push_back(runtime_->execute_function_async(
        module_, "count", {kKey}, alice().with_conflict_retries(1'000'000),
        [&promise](Result<ExecutionResult> result) { promise.set_value(std::move(result)); }));
  }
  for (auto& promise : promises) must(promise.get_future().get());
  EXPECT_EQ(counter("key"), kExecutions);
}

TEST_P(StorageExecutions, ACancelledAsynchronousExecutionLeavesNothing) {
  std::promise<Result<ExecutionResult>> promise;
  auto handle = runtime_->execute_function_async(
      module_, "set_and_spin", {kKey, kValue}, alice(),
      [&promise](Result<ExecutionResult> result) { promise.set_value(std::move(result)); });
  std::this_thread::sleep_for(50ms);
  handle.cancel();
  EXPECT_TRUE(fails_with(promise.get_future().get(), ErrorCode::kCancelled));
  EXPECT_FALSE(is_stored("key"));
}

}  // namespace
}  // namespace synapsed::test
