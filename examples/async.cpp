// Guests that wait without holding a thread: a coroutine as a host function, and executions with
// Boost.Asio's completion tokens.

#include <chrono>
#include <cstdio>
#include <future>
#include <string>
#include <vector>

#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>
#include <synapsed/asio.hpp>
#include <synapsed/synapsed.hpp>

namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;
using synapsed::async_execute_function;
using synapsed::ExecutionContext;
using synapsed::ExecutionResult;
using synapsed::Result;
using synapsed::WasmValue;

constexpr std::string_view kGuest = R"((module
  (import "env" "sleep_ms" (func $sleep (param i32) (result i32)))
  (func (export "nap") (param i32) (result i32)
    (i32.add (call $sleep (local.get 0)) (call $sleep (local.get 0))))
))";

asio::awaitable<Result<std::int32_t>> sleep_ms(std::int32_t ms) {
  asio::steady_timer timer(co_await asio::this_coro::executor);
  timer.expires_after(std::chrono::milliseconds(ms));
  co_await timer.async_wait(asio::use_awaitable);
  co_return ms;
}

std::string text(const Result<ExecutionResult>& result) {
  return result ? result->values[0].to_text() : std::string(to_string(result.error().code()));
}

asio::awaitable<void> nap(synapsed::WasmRuntime& runtime, synapsed::ModuleId guest) {
  std::vector<WasmValue> arguments(1, 10);  // GCC 12 keeps no braced list over a co_await
  const auto slept = co_await async_execute_function(runtime, guest, "nap", std::move(arguments),
                                                     ExecutionContext{}, asio::use_awaitable);
  std::printf("coroutine: %s\n", text(slept).c_str());
}

}  // namespace

int main() {
  asio::thread_pool pool(1);  // before the runtime: it outlives the executions
  auto runtime = synapsed::WasmRuntime::create().value();
  synapsed::define_awaitable(runtime.host_functions(), pool.get_executor(), "env", "sleep_ms",
                             &sleep_ms);
  const auto guest = runtime.load_module_wat("guest", kGuest).value();

  // A hundred guests that wait hold no thread.
  std::vector<std::future<Result<ExecutionResult>>> naps;
  for (int i = 0; i < 100; ++i) {
    naps.push_back(async_execute_function(runtime, guest, "nap", {20}, {}, asio::use_future));
  }
  int slept = 0;
  for (auto& each : naps) slept += each.get() ? 1 : 0;
  std::printf("futures: %d\n", slept);

  asio::io_context context;
  asio::co_spawn(context, nap(runtime, guest), asio::detached);
  context.run();

  // One deadline over queueing, the guest and its host calls. The coroutine's timer ends with it.
  const auto soon = ExecutionContext{}.with_timeout(50ms);
  const auto late =
      async_execute_function(runtime, guest, "nap", {60'000}, soon, asio::use_future).get();
  std::printf("deadline: %s\n", text(late).c_str());

  // The blocking call waits on its own thread; the guest and its host function are the same.
  std::printf("blocking: %s\n", text(runtime.execute_function(guest, "nap", {5})).c_str());
  pool.join();
  return 0;
}
