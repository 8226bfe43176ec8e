// Many executions that wait at once: wall time, resident memory of each, and that every one of them
// settles exactly once.
//
//     bench_in_flight [executions=10000] [threads=2] [cancelled=0]
//
// `cancelled` N: a random one in N is cancelled while it waits.

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <optional>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>
#include <fmt/format.h>
#include <synapsed/asio.hpp>
#include <synapsed/synapsed.hpp>

#include "tests/support/memory_use.hpp"

namespace {

using namespace synapsed;
using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr std::string_view kGuest = R"((module
  (import "env" "wait" (func $wait (param i32) (result i32)))
  (memory (export "memory") 1)
  (func (export "f") (param i32) (result i32)
    (i32.store (i32.const 64) (local.get 0))
    (drop (call $wait (i32.const 100)))
    (i32.load (i32.const 64)))))";

[[noreturn]] void fail(std::string_view why) {
  fmt::print(stderr, "{}\n", why);
  std::exit(1);
}

std::uint32_t argument(int argc, char** argv, int index, std::uint32_t otherwise) {
  return argc > index ? static_cast<std::uint32_t>(std::stoul(argv[index])) : otherwise;
}

/// What the completions said.
struct Counts {
  std::vector<std::atomic<int>> settled;
  std::atomic<std::uint32_t> ended{0};
  std::atomic<std::uint32_t> right{0};
  std::atomic<std::uint32_t> cancelled{0};
  explicit Counts(std::uint32_t executions) : settled(executions) {}
};

}  // namespace

int main(int argc, char** argv) {
  const std::uint32_t executions = argument(argc, argv, 1, 10'000);
  const std::uint32_t threads = argument(argc, argv, 2, 2);
  const std::uint32_t one_in = argument(argc, argv, 3, 0);

  RuntimeConfig config = RuntimeConfig::production();
  config.memory.memory_pool_size = std::uint64_t{16} << 30;
  config.pooling.instances_max = executions;
  config.admission.queue_max = executions;
  auto runtime = WasmRuntime::create(config);
  if (!runtime) fail(runtime.error().to_string());

  boost::asio::thread_pool pool(threads);
  runtime->host_functions().define_async(
      "env", "wait", [&](std::int32_t ms, HostCompletion<std::int32_t> done) {
        auto timer = std::make_shared<boost::asio::steady_timer>(pool.get_executor(),
                                                                 std::chrono::milliseconds(ms));
        timer->async_wait([timer, done, ms](const boost::system::error_code&) { done(ms); });
      });
  const auto id = runtime->load_module_wat("waiter", kGuest);
  if (!id) fail(id.error().to_string());
  const auto executor = std::make_shared<AsioExecutor>(pool.get_executor());

  Counts counts(executions);
  std::vector<ExecutionHandle> handles(executions);
  std::mt19937 random(1);
  std::vector<std::uint32_t> to_cancel;
  for (std::uint32_t i = 0; i < executions; ++i) {
    if (one_in != 0 && random() % one_in == 0) to_cancel.push_back(i);
  }
  const std::uint64_t before = test::resident_bytes();
  const auto start = Clock::now();
  for (std::uint32_t i = 0; i < executions; ++i) {
    handles[i] = runtime->execute_function_async(
        *id, "f", {WasmValue(i)}, {},
        [&counts, i](const Result<ExecutionResult>& result) {
          counts.settled[i].fetch_add(1);
          if (result && result->values[0] == WasmValue(i)) counts.right.fetch_add(1);
          if (!result && result.error().code() == ErrorCode::kCancelled) {
            counts.cancelled.fetch_add(1);
          }
          counts.ended.fetch_add(1);
        },
        executor);
  }
  for (const std::uint32_t i : to_cancel) handles[i].cancel();
  std::uint64_t most = 0;
  while (counts.ended.load() != executions) {
    most = std::max(most, test::resident_bytes());
    std::this_thread::sleep_for(5ms);
    if (Clock::now() - start > 120s) fail("some executions never settled");
  }
  const std::chrono::duration<double> taken = Clock::now() - start;
  handles.clear();
  pool.join();

  for (const auto& settled : counts.settled) {
    if (settled.load() != 1) fail("an execution settled more than once, or never");
  }
  if (counts.right + counts.cancelled != executions) fail("an execution gave a wrong result");
  if (counts.cancelled > to_cancel.size()) fail("more were cancelled than asked for");
  const RuntimeStats stats = runtime->get_stats();
  if (stats.functions_executed != executions) fail("the statistics do not add up");
  if (stats.executions_in_flight != 0 || stats.memory_bytes != 0) fail("something is left behind");
  fmt::print("{} executions on {} threads: {:.2f} s, {:.1f} KiB resident each, {} cancelled "
             "(of {} asked); all settled once\n",
             executions, threads, taken.count(),
             static_cast<double>(most - before) / 1024 / executions, counts.cancelled.load(),
             to_cancel.size());
}
