// Several calls on one instance: a session with typed functions, and a persistent module whose
// instance is not started again after a fault.

#include <cstdio>
#include <string>

#include <synapsed/synapsed.hpp>

namespace {

constexpr std::string_view kCounter = R"((module
  (global $count (mut i64) (i64.const 0))
  (func (export "add") (param i64) (result i64)
    (global.set $count (i64.add (global.get $count) (local.get 0)))
    (global.get $count))
  (func (export "fail") unreachable)
))";

using synapsed::InstancePolicy;
using synapsed::ModuleMetadata;
using synapsed::RestartPolicy;

int fail(const synapsed::Error& error) {
  std::fprintf(stderr, "%s\n", error.to_string().c_str());
  return 1;
}

}  // namespace

int main() {
  auto runtime = synapsed::WasmRuntime::create().value();
  const auto counter = runtime.load_module_wat("counter", kCounter).value();

  // The type is checked once, here; a call costs little more than the guest's own work.
  auto session = runtime.open_session(counter);
  if (!session) return fail(session.error());
  const auto add = session->function<std::int64_t(std::int64_t)>("add");
  if (!add) return fail(add.error());
  for (std::int64_t i = 1; i <= 10; ++i) {
    if (const auto count = (*add)(i); !count) return fail(count.error());
  }
  const auto sum = session->call("add", {std::int64_t{0}});
  if (!sum) return fail(sum.error());
  std::printf("session: %s\n", sum->values[0].to_text().c_str());

  // One instance for all executions of the module, until it faults.
  const auto keeper = runtime
                          .load_module_wat("keeper", kCounter,
                                           ModuleMetadata{"1.0.0"}
                                               .with_instance_policy(InstancePolicy::kPersistent)
                                               .with_restart_policy(RestartPolicy::never()))
                          .value();
  for (const char* function : {"add", "add", "fail", "add"}) {
    const auto result = std::string_view(function) == "fail"
                            ? runtime.execute_function(keeper, function, {})
                            : runtime.execute_function(keeper, function, {std::int64_t{5}});
    std::printf("%s: %s\n", function,
                result ? result->values[0].to_text().c_str()
                       : std::string(to_string(result.error().code())).c_str());
  }
  return 0;
}
