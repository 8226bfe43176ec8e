// How many executions run at once, and a host function whose guests wait for its completion.

#include <cstdio>
#include <future>
#include <string>

#include <synapsed/synapsed.hpp>

namespace {

constexpr std::string_view kGuest = R"((module
  (import "env" "answer" (func $answer (result i32)))
  (func (export "ask") (result i32) (call $answer))
  (func (export "idle") (result i32) (i32.const 7))
))";

using synapsed::ExecutionContext;
using synapsed::ExecutionResult;
using synapsed::HostCompletion;
using synapsed::Result;

void print(const char* what, const Result<ExecutionResult>& result) {
  std::printf("%s: %s\n", what,
              result ? result->values[0].to_text().c_str()
                     : std::string(to_string(result.error().code())).c_str());
}

}  // namespace

int main() {
  auto config = synapsed::RuntimeConfig::production();
  config.admission.running_per_tenant_max = 1;
  config.admission.queue_max = 0;  // nobody waits for a turn
  std::promise<HostCompletion<std::int32_t>> asked;
  auto runtime = synapsed::WasmRuntime::create(config).value();

  // The guest goes on when the completion is called, from whatever thread.
  runtime.host_functions().define_async(
      "env", "answer", [&asked](HostCompletion<std::int32_t> done) { asked.set_value(done); });
  const auto guest = runtime.load_module_wat("guest", kGuest).value();

  std::promise<Result<ExecutionResult>> ended;
  const auto handle = runtime.execute_function_async(
      guest, "ask", {}, ExecutionContext{}.with_tenant("acme"),
      [&ended](Result<ExecutionResult> result) { ended.set_value(std::move(result)); });
  const auto done = asked.get_future().get();

  // acme's one execution waits in its host call; that counts as running.
  print("acme",
        runtime.execute_function(guest, "idle", {}, ExecutionContext{}.with_tenant("acme")));
  print("other",
        runtime.execute_function(guest, "idle", {}, ExecutionContext{}.with_tenant("other")));
  done(42);
  print("asked", ended.get_future().get());
  return 0;
}
