// The counted stack: calls go too deep at the same place on every engine, and never too deep for
// the native one. What frames cost most is tried on every compiler.

#include <array>
#include <cstdlib>
#include <optional>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "bytecode/gas/instrument.hpp"
#include "engine/linker.hpp"
#include "engine/store.hpp"
#include "tests/support/results.hpp"

namespace synapsed {
namespace {

using test::fails_with;
using test::load_wat;
using test::must;

constexpr std::uint64_t kNativeBytes = std::uint64_t{2} << 20;
constexpr std::uint64_t kCountedBytes = std::uint64_t{960} << 10;

struct Way {
  std::string name;
  Compiler compiler;
  Optimisation optimisation;
};

const std::vector<Way>& ways() {
  static const std::vector<Way> all{
      {"cranelift, none", Compiler::kCranelift, Optimisation::kNone},
      {"cranelift, speed", Compiler::kCranelift, Optimisation::kSpeed},
      {"cranelift, speed and size", Compiler::kCranelift, Optimisation::kSpeedAndSize},
      {"winch", Compiler::kWinch, Optimisation::kSpeed}};
  return all;
}

RuntimeConfig config_of(const Way& way, std::uint64_t counted_bytes) {
  RuntimeConfig config = RuntimeConfig::blockchain();
  config.pooling.enable = false;
  config.security.enable_deterministic_execution = way.compiler == Compiler::kCranelift;
  config.compilation.compiler = way.compiler;
  config.compilation.optimisation = way.optimisation;
  config.limits.stack_bytes_max = kNativeBytes;
  config.limits.call_stack_bytes_max = counted_bytes;
  return config;
}

/// How deep a guest came: it calls `env.deeper` once a frame, before it calls itself.
struct Depth {
  std::uint64_t frames = 0;
  bool is_counted = false;  ///< the count ended it, not the native stack
};

std::optional<Depth> depth_of(const Way& way, std::uint64_t counted_bytes, const std::string& wat) {
  auto runtime = must(WasmRuntime::create(config_of(way, counted_bytes)));
  Depth depth;
  runtime.host_functions().define("env", "deeper", [&depth] { ++depth.frames; });
  const auto module = runtime.load_module_wat("test", wat);
  if (!module) {
    EXPECT_EQ(way.compiler, Compiler::kWinch) << module.error().to_string();
    return std::nullopt;
  }
  const auto result = runtime.execute_function(*module, "f", {});
  EXPECT_TRUE(fails_with(result, ErrorCode::kStackExhausted));
  if (result) return std::nullopt;
  depth.is_counted = result.error().message().find("calls go too deep") != std::string::npos;
  return depth;
}

/// The counted limit comes first, everywhere at the same depth, with native frames of at most two
/// bytes for each that is counted.
void expect_bounded(std::string_view name, const std::string& wat) {
  std::optional<std::uint64_t> expected;
  for (const Way& way : ways()) {
    SCOPED_TRACE(fmt::format("{}, {}", name, way.name));
    const auto counted = depth_of(way, kCountedBytes, wat);
    const auto native = depth_of(way, 0, wat);
    if (!counted || !native) continue;
    EXPECT_TRUE(counted->is_counted);
    EXPECT_FALSE(native->is_counted);
    EXPECT_EQ(counted->frames, expected.value_or(counted->frames));
    expected = counted->frames;
    const auto native_frame = static_cast<double>(kNativeBytes) / static_cast<double>(native->frames);
    const auto counted_frame =
        static_cast<double>(kCountedBytes) / static_cast<double>(counted->frames);
    EXPECT_LE(native_frame / counted_frame, 2.0);
    if (std::getenv("SYNAPSED_SHOW_FRAMES") != nullptr) {
      fmt::print("{:28} {:26} native {:8.0f} counted {:8.0f} ratio {:.2f}\n", name, way.name,
                 native_frame, counted_frame, native_frame / counted_frame);
    }
  }
  EXPECT_TRUE(expected.has_value()) << name;
}

std::string repeat(int count, auto&& piece) {
  std::string text;
  for (int i = 0; i < count; ++i) text += piece(i);
  return text;
}

/// `body` is the function `$g`'s, which is called with what `parameters` wants.
std::string module_of(std::string_view signature, std::string_view first_call,
                      std::string_view body) {
  return fmt::format(R"((module (import "env" "deeper" (func $deeper)) (memory 1)
    (global $n (mut i32) (i32.const 0)) (global $x (mut i64) (i64.const 1))
    (global $y (mut f64) (f64.const 1)) (global $v (mut v128) (v128.const i64x2 1 2))
    (type $t (func {0})) (table 1 funcref) (elem (i32.const 0) $g)
    (func $g {0} {2})
    (func (export "f") {1}))
  )", signature, first_call, body);
}

TEST(CallStack, BoundsTheSmallestFrame) {
  expect_bounded("small", module_of("", "(call $g)", "(call $deeper) (call $g)"));
}

TEST(CallStack, BoundsFramesOfManyParameters) {
  const auto many = [](std::string_view type, std::string_view zero, int count) {
    const auto zeros = repeat(count, [&](int) { return std::string(zero); });
    const auto gets = repeat(count, [](int i) { return fmt::format("(local.get {})", i); });
    const auto params = repeat(count, [&](int) { return fmt::format("{} ", type); });
    const std::string signature = fmt::format("(param {})", params);
    expect_bounded(fmt::format("{} parameters {}", count, type),
                   module_of(signature, zeros + "(call $g)", "(call $deeper)" + gets + "(call $g)"));
    expect_bounded(fmt::format("{} parameters {}, indirect", count, type),
                   module_of(signature, zeros + "(call $g)",
                             "(call $deeper)" + gets + "(call_indirect (type $t) (i32.const 0))"));
  };
  many("i32", "(i32.const 0)", 400);
  many("f64", "(f64.const 0)", 400);
  many("v128", "(v128.const i64x2 0 0)", 400);
}

TEST(CallStack, BoundsFramesOfManyResults) {
  const auto types = repeat(300, [](int) { return std::string("i64 "); });
  expect_bounded("300 results", module_of(fmt::format("(result {})", types),
                                          "(call $g)" + repeat(300, [](int) {
                                            return std::string("drop ");
                                          }),
                                          "(call $deeper) (call $g)"));
}

TEST(CallStack, BoundsFramesOfManyLocals) {
  const auto locals = [](std::string_view type, std::string_view global) {
    const auto declared = repeat(200, [&](int) { return fmt::format("{} ", type); });
    const auto sets = repeat(200, [&](int i) {
      return fmt::format("(local.set {} (global.get {})) (call $change)", i, global);
    });
    const auto keeps = repeat(200, [&](int i) {
      return fmt::format("(global.set {} (local.get {}))", global, i);
    });
    const std::string body = fmt::format("(local {}) (call $deeper) {} (call $g) {}", declared,
                                         sets, keeps);
    std::string wat = module_of("", "(call $g)", body);
    wat.insert(wat.rfind("(func (export"),
               fmt::format("(func $change (global.set {0} (global.get {0})))", global));
    expect_bounded(fmt::format("200 locals {}", type), wat);
  };
  locals("i64", "$x");
  locals("f64", "$y");
  locals("v128", "$v");
}

TEST(CallStack, BoundsFramesOfDeepOperands) {
  const auto operands = [](std::string_view type, std::string_view global) {
    const auto pushes = repeat(300, [&](int) {
      return fmt::format("(global.get {0}) (call $change)", global);
    });
    const auto pops = repeat(300, [&](int) { return fmt::format("global.set {} ", global); });
    std::string wat = module_of("", "(call $g)", "(call $deeper)" + pushes + "(call $g)" + pops);
    wat.insert(wat.rfind("(func (export"),
               fmt::format("(func $change (global.set {0} (global.get {0})))", global));
    expect_bounded(fmt::format("300 operands {}", type), wat);
  };
  operands("i64", "$x");
  operands("f64", "$y");
  operands("v128", "$v");
}

/// What an optimising compiler takes out of a loop, or finds to be computed twice, it keeps.
TEST(CallStack, BoundsFramesOfWhatCompilersKeep) {
  const auto keeps = [](std::string_view name, int count, bool in_loop, auto&& expression) {
    std::string body = "(call $deeper)";
    if (!in_loop) body += repeat(count, expression);
    body += "(loop (call $g)" + repeat(count, expression) +
            "(br_if 0 (global.get $n)))";
    expect_bounded(name, module_of("(param i64 f64 i32)",
                                   "(i64.const 3)(f64.const 5)(i32.const 8)(call $g)",
                                   body.replace(body.find("(call $g)"), 9,
                                                "(call $g (local.get 0) (local.get 1) "
                                                "(local.get 2))")));
  };
  const auto product = [](int i) {
    return fmt::format("(global.set $x (i64.mul (local.get 0) (i64.const {})))", 3 * i + 7);
  };
  const auto fraction = [](int i) {
    return fmt::format("(global.set $y (f64.div (local.get 1) (f64.const {})))", 3 * i + 7);
  };
  const auto splat = [](int i) {
    return fmt::format("(global.set $v (i64x2.add (i64x2.splat (local.get 0)) "
                       "(v128.const i64x2 {} 7)))", i);
  };
  const auto load = [](int i) {
    return fmt::format("(global.set $x (i64.load offset={} (i32.mul (local.get 2) "
                       "(i32.const {}))))", i, 3 + i);
  };
  const auto constant = [](int i) {
    return fmt::format("(global.set $x (i64.const {}))", (std::int64_t{1} << 40) + i);
  };
  const auto float_constant = [](int i) {
    return fmt::format("(global.set $y (f64.const 1.{}))", i);
  };
  for (const bool in_loop : {true, false}) {
    const std::string where = in_loop ? ", in a loop" : ", before and in a loop";
    keeps("products" + where, 300, in_loop, product);
    keeps("fractions" + where, 300, in_loop, fraction);
    keeps("vectors" + where, 300, in_loop, splat);
    keeps("loads" + where, 300, in_loop, load);
    keeps("constants" + where, 300, in_loop, constant);
    keeps("constants f64" + where, 300, in_loop, float_constant);
  }
}

/// An instance of a module that counts its stack, and nothing but that.
class CountedGuest {
 public:
  static constexpr std::uint32_t kLimit = 100'000;

  explicit CountedGuest(std::string_view wat)
      : engine_(must(engine::Engine::create({.gc = true}))),
        module_(must(engine::Module::compile(engine_, instrumented(wat)))),
        store_(must(engine::Store::create(
            engine_, {.memory_bytes_max = 1 << 20, .table_elements_max = 100}, nullptr))) {
    const auto linker = must(engine::Linker::create(engine_));
    const auto prepared = must(linker.prepare(module_));
    store_.arm(engine::kNoDeadline);
    instance_ = *prepared.instantiate(store_);
  }

  /// True when it returned; it takes one i32.
  bool call(std::string_view name, std::int32_t argument) {
    const auto function = store_.function(instance_, name);
    std::array<RawValue, 4> values{RawValue(argument)};
    return store_.call(function.value(), values).has_value();
  }
  std::int64_t left() {
    const auto index = module_.find_export(bytecode::kStackExport);
    return store_.read(store_.counter(instance_, index.value()).value());
  }

 private:
  static Bytes instrumented(std::string_view wat) {
    return must(bytecode::instrument(must(wat_to_wasm(wat)),
                                     {.gas = std::nullopt, .call_stack_bytes = kLimit})).module;
  }

  engine::Engine engine_;
  engine::Module module_;
  engine::Store store_;
  engine::Instance instance_;
};

TEST(CallStack, IsPaidBackOnEveryWayOut) {
  CountedGuest guest(R"((module (type $t (func (param i32) (result i32))) (table 10 funcref)
    (elem declare func $r)
    (elem (i32.const 0) $r)
    (func $r (param i32) (result i32)
      (if (i32.eqz (local.get 0)) (then (return (i32.const 1))))
      (call $r (i32.sub (local.get 0) (i32.const 1))))
    (func (export "end") (param i32) (result i32) (call $r (local.get 0)))
    (func (export "return") (param i32) (result i32) (return (call $r (local.get 0))))
    (func (export "branch") (param i32) (result i32) (block (br 1 (call $r (local.get 0))))
      unreachable)
    (func (export "maybe") (param i32) (result i32)
      (br_if 0 (call $r (local.get 0)) (i32.and (local.get 0) (i32.const 1))))
    (func (export "table") (param i32) (result i32)
      (block (result i32) (call $r (local.get 0)) (br_table 0 1 (local.get 0))))
    (func (export "several") (param i32) (result i32 i64 f32)
      (br_if 0 (call $r (local.get 0)) (i64.const 1) (f32.const 2) (local.get 0)))
    (func (export "tail") (param i32) (result i32) (return_call $r (local.get 0)))
    (func (export "tail indirect") (param i32) (result i32)
      (return_call_indirect (type $t) (local.get 0) (i32.const 0)))
    (func (export "tail reference") (param i32) (result i32)
      (return_call_ref $t (local.get 0) (ref.func $r)))
    (func $count (export "tail loop") (param i32) (result i32)
      (if (i32.eqz (local.get 0)) (then (return (call $r (i32.const 3)))))
      (return_call $count (i32.sub (local.get 0) (i32.const 1))))))");
  for (const std::string_view name :
       {"end", "return", "branch", "maybe", "table", "several", "tail", "tail indirect",
        "tail reference"}) {
    for (const std::int32_t depth : {0, 1, 20}) {
      EXPECT_TRUE(guest.call(name, depth)) << name;
      EXPECT_EQ(guest.left(), CountedGuest::kLimit) << name << " " << depth;
    }
  }
  EXPECT_TRUE(guest.call("tail loop", 1'000'000));
  EXPECT_EQ(guest.left(), CountedGuest::kLimit);
}

TEST(CallStack, IsPaidBackWhereExceptionsAreCaught) {
  CountedGuest guest(R"((module (tag $e)
    (func $r (param i32)
      (if (i32.eqz (local.get 0)) (then (throw $e)))
      (call $r (i32.sub (local.get 0) (i32.const 1))))
    (func $inner (param i32)
      (block (try_table (catch $e 0) (call $r (local.get 0)))) (call $quiet (local.get 0)))
    (func $quiet (param i32)
      (if (local.get 0) (then (call $quiet (i32.sub (local.get 0) (i32.const 1))))))
    (func (export "block") (param i32) (call $inner (local.get 0)))
    (func (export "function") (param i32)
      (try_table (catch $e 0) (call $r (local.get 0))))
    (func (export "loop") (param i32) (local i32)
      (loop
        (if (i32.gt_u (local.get 1) (i32.const 10000)) (then (return)))
        (local.set 1 (i32.add (local.get 1) (i32.const 1)))
        (try_table (catch $e 0) (call $r (local.get 0)))))))");
  for (const std::string_view name : {"block", "function", "loop"}) {
    EXPECT_TRUE(guest.call(name, 20)) << name;
    EXPECT_EQ(guest.left(), CountedGuest::kLimit) << name;
  }
}

TEST(CallStack, IsNegativeOnceItIsUsedUp) {
  CountedGuest guest(R"((module (func $f (export "f") (param i32) (call $f (local.get 0)))))");
  EXPECT_FALSE(guest.call("f", 1));
  EXPECT_LT(guest.left(), 0);
}

TEST(CallStack, OfAStartFunctionIsLimitedToo) {
  auto runtime = must(WasmRuntime::create(config_of(ways().front(), kCountedBytes)));
  const auto id = must(runtime.load_module_wat(
      "test", R"((module (func $s (call $s)) (start $s) (func (export "f"))))"));
  const auto result = runtime.execute_function(id, "f", {});
  EXPECT_TRUE(fails_with(result, ErrorCode::kStackExhausted));
  EXPECT_NE(result.error().message().find("calls go too deep in function 0 (s)"),
            std::string::npos);
  // It ends at its first operator, and the frames that called it at the call.
  const auto& frames = result.error().trap()->frames;
  ASSERT_GE(frames.size(), 2U);
  EXPECT_EQ(frames[0].code_offset, frames[1].code_offset);
}

TEST(CallStack, IsCountedWithoutGasToo) {
  RuntimeConfig config = config_of(ways().front(), kCountedBytes);
  config.metering.enable = false;
  auto runtime = must(WasmRuntime::create(config));
  const auto id = must(runtime.load_module_wat("test", R"((module
    (func $f (export "f") (param i32) (result i32)
      (if (result i32) (local.get 0)
        (then (i32.add (i32.const 1) (call $f (i32.sub (local.get 0) (i32.const 1)))))
        (else (i32.const 0))))))"));
  EXPECT_EQ(must(runtime.execute_function(id, "f", {1000})).values, std::vector<WasmValue>{1000});
  EXPECT_TRUE(fails_with(runtime.execute_function(id, "f", {100'000}),
                         ErrorCode::kStackExhausted));
  EXPECT_EQ(must(runtime.module_info(id)).exports.size(), 1U);
}

}  // namespace
}  // namespace synapsed
