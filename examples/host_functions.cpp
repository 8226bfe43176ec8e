// Host functions: one dynamic, with a declared string, and two typed ones.

#include <cstdio>
#include <string>

#include <synapsed/synapsed.hpp>

namespace {

constexpr std::string_view kGuest = R"((module
  (import "env" "log_message" (func $log (param i32 i32)))
  (import "kv" "get" (func $get (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "hello from the guest")
  (data (i32.const 32) "colour")
  (func (export "greet") (result i32)
    (call $log (i32.const 0) (i32.const 20))
    ;; kv.get(key, buffer): writes the value at 64 and returns its length
    (call $log (i32.const 64)
      (call $get (i32.const 32) (i32.const 6) (i32.const 64) (i32.const 16)))
    ;; the answer to a key that is not there is a number of the guest's to handle
    (call $get (i32.const 0) (i32.const 5) (i32.const 64) (i32.const 16)))
))";

using synapsed::Result;
using synapsed::WasmValue;

}  // namespace

int main() {
  auto runtime = synapsed::WasmRuntime::create().value();
  auto& host = runtime.host_functions();

  const auto defined = host.define_dynamic(
      "env", "log_message", {.params = {synapsed::ValueKind::kString}, .results = {}},
      [](std::span<const WasmValue> arguments) -> Result<std::vector<WasmValue>> {
        std::printf("WASM says: %s\n", arguments[0].to_text().c_str());
        return std::vector<WasmValue>{};
      });
  if (!defined) return 1;

  host.define("kv", "get",
              [](synapsed::GuestString key, synapsed::GuestBuffer out) -> Result<std::uint32_t> {
                if (key.view() != "colour") {
                  return std::unexpected(
                      synapsed::Error(synapsed::ErrorCode::kGuestNotFound, "no such key"));
                }
                return out.write(std::as_bytes(std::span("green", 5)));
              });

  const auto guest = runtime.load_module_wat("guest", kGuest);
  if (!guest) return std::fprintf(stderr, "%s\n", guest.error().to_string().c_str()), 1;
  const auto result = runtime.execute_function(*guest, "greet", {});
  if (!result) return std::fprintf(stderr, "%s\n", result.error().to_string().c_str()), 1;
  std::printf("an unknown key: %s\n", result->values[0].to_text().c_str());
  return 0;
}
