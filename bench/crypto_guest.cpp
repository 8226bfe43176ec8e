#include "bench/crypto_guest.hpp"

#include <chrono>
#include <cstdlib>

#include <fmt/format.h>
#include <synapsed/crypto_host.hpp>

#include "bench/raw_engine.hpp"

namespace synapsed::bench {
namespace {

constexpr std::string_view kModule = "synapsed:crypto@1";
constexpr std::size_t kFirstAddress = 1024;
constexpr std::size_t kPageBytes = 65536;

/// The guest as text.
class Source {
 public:
  explicit Source(const CryptoCall& call) {
    for (const Argument& argument : call.arguments) {
      std::visit([this](const auto& value) { add(value); }, argument);
    }
    std::string params;
    for (std::size_t i = 0; i < count_; ++i) params += " i32";
    text_ = fmt::format(
        R"((module
  (import "{0}" "{1}" (func $call (param{2}) (result i32)))
  {3}
  (memory (export "memory") {4})
  {5}
  (func (export "run") (param $n i32) (result i32) (local $r i32) (local $key i32)
    {6}
    (loop $l
      (if (i32.lt_s (local.tee $r (call $call {7})) (i32.const 0)) (then (return (local.get $r))))
      (br_if $l (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    {8}
    (local.get $r))))",
        kModule, call.function, params, import_, end_ / kPageBytes + 1, data_, prelude_,
        arguments_, prelude_.empty() ? "" : "(drop (call $close (local.get $key)))");
  }
  [[nodiscard]] const std::string& text() const { return text_; }

 private:
  void constant(std::size_t value) {
    arguments_ += fmt::format("(i32.const {}) ", value);
    ++count_;
  }
  std::size_t place(std::size_t size) {
    const std::size_t address = end_;
    end_ += (size + 63) / 64 * 64;
    return address;
  }
  std::size_t place(std::span<const std::byte> bytes) {
    const std::size_t address = place(bytes.size());
    std::string escaped;
    for (const std::byte byte : bytes) escaped += fmt::format("\\{:02x}", static_cast<int>(byte));
    data_ += fmt::format("(data (i32.const {}) \"{}\")\n", address, escaped);
    return address;
  }
  void add(std::uint32_t number) { constant(number); }
  void add(const Block& block) {
    constant(place(block.bytes));
    constant(block.bytes.size());
  }
  void add(const Room& room) {
    constant(place(room.size));
    constant(room.size);
  }
  void add(const Key& key) {
    const std::size_t address = place(std::as_bytes(std::span(key.name)));
    import_ = fmt::format(
        R"((import "{0}" "key_open" (func $open (param i32 i32) (result i32)))
  (import "{0}" "key_close" (func $close (param i32) (result i32))))", kModule);
    prelude_ = fmt::format("(local.set $key (call $open (i32.const {}) (i32.const {})))", address,
                           key.name.size());
    arguments_ += "(local.get $key) ";
    ++count_;
  }

  std::size_t end_ = kFirstAddress;
  std::size_t count_ = 0;
  std::string arguments_;
  std::string data_;
  std::string import_;
  std::string prelude_;
  std::string text_;
};

Session open(WasmRuntime& runtime, const CryptoCall& call) {
  auto metadata = ModuleMetadata{}
                      .with_capability(std::string(crypto::kCryptoCapability))
                      .with_capability(std::string(crypto::kKeysCapability));
  const ModuleId id = must(runtime.load_module_wat("bench", Source(call).text(), metadata));
  return must(runtime.open_session(id, ExecutionContext{}.with_timeout(std::chrono::hours{1})));
}

}  // namespace

CryptoGuest::CryptoGuest(WasmRuntime& runtime, const CryptoCall& call)
    : session_(open(runtime, call)),
      loop_(must(session_.function<std::int32_t(std::int32_t)>("run"))) {
  if (const std::int32_t result = must(loop_(1)); result < 0) {
    fmt::print(stderr, "{} gives {}\n", call.function, result);
    std::exit(1);
  }
}

void CryptoGuest::run(std::uint64_t times) { must(loop_(static_cast<std::int32_t>(times))); }

CallCost CryptoGuest::measure(double milliseconds) {
  using Clock = std::chrono::steady_clock;
  for (std::int32_t times = 1;; times *= 2) {
    const auto start = Clock::now();
    const auto result = must(session_.call("run", {times}));
    const std::chrono::duration<double, std::nano> taken = Clock::now() - start;
    if (taken.count() < milliseconds * 1e6 && times < (1 << 24)) continue;
    return {.time_ns = taken.count() / times,
            .gas = static_cast<double>(result.usage.gas) / times};
  }
}

}  // namespace synapsed::bench
