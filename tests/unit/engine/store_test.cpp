#include "engine/store.hpp"

#include <pthread.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <thread>

#include "engine/linker.hpp"
#include "engine/text.hpp"
#include "engine/typed_function.hpp"
#include "tests/support/results.hpp"

namespace synapsed::engine {
namespace {

using test::fails_with;
using test::must;
using namespace std::chrono_literals;

Deadline soon(std::chrono::nanoseconds after) { return std::chrono::steady_clock::now() + after; }

ErrorCode code_of(const Stop& stop) { return std::get<Error>(stop).code(); }

/// An engine, a module, a store and an instance of it.
class Guest {
 public:
  explicit Guest(std::string_view wat, StoreLimits limits = kDefaultLimits,
                 MemoryPool* pool = nullptr)
      : engine(must(Engine::create(EngineConfig{}))),
        module(must(Module::compile(engine, must(wat_to_wasm(wat))))),
        store(must(Store::create(engine, limits, pool))) {
    const auto linker = must(Linker::create(engine));
    const auto prepared = must(linker.prepare(module));
    store.arm(kNoDeadline);
    instance = prepared.instantiate(store);
    store.disarm();
  }

  static constexpr StoreLimits kDefaultLimits{.memory_bytes_max = 1 << 20,
                                              .table_elements_max = 100};
  Engine engine;
  Module module;
  Store store;
  CallResult<Instance> instance = Instance{};
};

constexpr std::string_view kAdd = R"((module
  (memory (export "memory") 1)
  (func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
  (func (export "scale") (param f64 f32) (result f64)
    (f64.mul (local.get 0) (f64.promote_f32 (local.get 1))))
  (func (export "poke") (param i32 i64) (i64.store (local.get 0) (local.get 1)))
  (func (export "loop") (loop (br 0)))
  (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0)))))";

TEST(Store, CallsTypedFunctions) {
  Guest guest(kAdd);
  guest.store.arm(kNoDeadline);
  const auto add = must(TypedFunction<std::int32_t(std::int32_t, std::int32_t)>::find(
      guest.store, *guest.instance, "add"));
  EXPECT_EQ(*add(10, 20), 30);
  EXPECT_EQ(*add(2147483647, 1), -2147483648);
  const auto scale =
      must(TypedFunction<double(double, float)>::find(guest.store, *guest.instance, "scale"));
  EXPECT_EQ(*scale(1.5, 4.0F), 6.0);
}

TEST(Store, RefusesAFunctionOfAnotherType) {
  Guest guest(kAdd);
  EXPECT_TRUE(fails_with(TypedFunction<void()>::find(guest.store, *guest.instance, "add"),
                         ErrorCode::kArgumentType));
  EXPECT_TRUE(fails_with(TypedFunction<void()>::find(guest.store, *guest.instance, "memory"),
                         ErrorCode::kUnknownExport));
  EXPECT_TRUE(fails_with(TypedFunction<void()>::find(guest.store, *guest.instance, "none"),
                         ErrorCode::kUnknownExport));
}

TEST(Store, ReadsAndWritesMemoryOnlyInsideItsBounds) {
  Guest guest(kAdd);
  guest.store.arm(kNoDeadline);
  const auto memory = guest.store.memory(*guest.instance, "memory");
  ASSERT_TRUE(memory);
  const auto poke = must(
      TypedFunction<void(std::int32_t, std::int64_t)>::find(guest.store, *guest.instance, "poke"));
  ASSERT_TRUE(poke(8, 0x0102030405060708));
  const MemoryView view = guest.store.view(*memory);
  EXPECT_EQ(view.size(), 65536U);
  EXPECT_EQ(must(view.read<std::int64_t>(8)), 0x0102030405060708);
  must(view.write<std::uint16_t>(65534, 7));
  EXPECT_TRUE(view.slice(65536, 0));
  EXPECT_TRUE(fails_with(view.read<std::uint8_t>(65536), ErrorCode::kOutOfBounds));
  EXPECT_TRUE(fails_with(view.slice(65535, 2), ErrorCode::kOutOfBounds));
  EXPECT_TRUE(fails_with(view.slice(UINT64_MAX, 2), ErrorCode::kOutOfBounds));
  EXPECT_TRUE(fails_with(view.slice(2, UINT64_MAX), ErrorCode::kOutOfBounds));
  EXPECT_TRUE(fails_with(view.write<double>(65530, 1), ErrorCode::kOutOfBounds));
  EXPECT_FALSE(guest.store.memory(*guest.instance, "add"));
}

TEST(Store, ADeadlineEndsALoop) {
  Guest guest(kAdd);
  const auto loop = must(TypedFunction<void()>::find(guest.store, *guest.instance, "loop"));
  guest.store.arm(soon(20ms));
  const auto result = loop();
  ASSERT_FALSE(result);
  EXPECT_EQ(code_of(result.error()), ErrorCode::kDeadline);
  ASSERT_NE(std::get<Error>(result.error()).trap(), nullptr);
  EXPECT_EQ(std::get<Error>(result.error()).trap()->frames.size(), 1U);
}

TEST(Store, ADeadlineThatHasPassedEndsALoopAtOnce) {
  Guest guest(kAdd);
  const auto loop = must(TypedFunction<void()>::find(guest.store, *guest.instance, "loop"));
  guest.store.arm(soon(-1ns));
  const auto result = loop();
  ASSERT_FALSE(result);
  EXPECT_EQ(code_of(result.error()), ErrorCode::kDeadline);
}

TEST(Store, AnInterruptEndsALoopAndNoLaterCall) {
  Guest guest(kAdd);
  const auto loop = must(TypedFunction<void()>::find(guest.store, *guest.instance, "loop"));
  guest.store.arm(kNoDeadline);
  std::thread canceller([interrupt = guest.store.interrupt()] {
    std::this_thread::sleep_for(10ms);
    interrupt.cancel();
  });
  const auto result = loop();
  canceller.join();
  ASSERT_FALSE(result);
  EXPECT_EQ(code_of(result.error()), ErrorCode::kCancelled);

  guest.store.arm(kNoDeadline);
  const auto add = must(TypedFunction<std::int32_t(std::int32_t, std::int32_t)>::find(
      guest.store, *guest.instance, "add"));
  EXPECT_EQ(*add(1, 2), 3);
}

TEST(Store, AnInterruptMayOutliveItsStore) {
  const Interrupt interrupt = Guest(kAdd).store.interrupt();
  interrupt.cancel();
}

TEST(Store, GrowthBeyondTheLimitEndsTheGuestAndWithinItIsCounted) {
  MemoryPool pool(std::uint64_t{1} << 30);
  {
    Guest guest(kAdd, Guest::kDefaultLimits, &pool);
    EXPECT_EQ(guest.store.memory_bytes(), 65536U);
    EXPECT_EQ(pool.bytes_used(), 65536U);
    guest.store.arm(kNoDeadline);
    const auto grow =
        must(TypedFunction<std::int32_t(std::int32_t)>::find(guest.store, *guest.instance, "grow"));
    EXPECT_EQ(*grow(15), 1);
    EXPECT_EQ(pool.bytes_used(), 1U << 20);
    EXPECT_EQ(code_of(grow(1).error()), ErrorCode::kMemoryLimit);
    EXPECT_EQ(guest.store.peak_memory_bytes(), 1U << 20);
  }
  EXPECT_EQ(pool.bytes_used(), 0U);
}

TEST(Store, TheDeclaredMaximumIsAFailedGrowthAsTheSpecificationSays) {
  Guest guest(R"((module (memory 1 2)
    (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0)))))");
  guest.store.arm(kNoDeadline);
  const auto grow =
      must(TypedFunction<std::int32_t(std::int32_t)>::find(guest.store, *guest.instance, "grow"));
  EXPECT_EQ(*grow(2), -1);
  EXPECT_EQ(*grow(1), 1);
}

TEST(Store, SeveralMemoriesShareOneLimit) {
  Guest guest(R"((module (memory 1) (memory $b 1)
    (func (export "grow") (param i32) (result i32) (memory.grow $b (local.get 0)))))",
              {.memory_bytes_max = 4 * 65536, .table_elements_max = 0});
  guest.store.arm(kNoDeadline);
  const auto grow =
      must(TypedFunction<std::int32_t(std::int32_t)>::find(guest.store, *guest.instance, "grow"));
  EXPECT_EQ(*grow(2), 1);
  EXPECT_EQ(code_of(grow(1).error()), ErrorCode::kMemoryLimit);
}

TEST(Store, ThePoolLimitsAllStoresTogether) {
  MemoryPool pool(3 * 65536);
  const Guest first(kAdd, Guest::kDefaultLimits, &pool);
  const Guest second(kAdd, Guest::kDefaultLimits, &pool);
  Guest third(kAdd, Guest::kDefaultLimits, &pool);
  const Guest fourth(kAdd, Guest::kDefaultLimits, &pool);
  ASSERT_TRUE(third.instance);
  ASSERT_FALSE(fourth.instance);
  EXPECT_EQ(code_of(fourth.instance.error()), ErrorCode::kMemoryPoolExhausted);
}

TEST(Store, TablesHaveALimitToo) {
  Guest guest(R"((module (table 1 funcref)
    (func (export "grow") (param i32) (result i32)
      (table.grow (ref.null func) (local.get 0)))))");
  guest.store.arm(kNoDeadline);
  const auto grow =
      must(TypedFunction<std::int32_t(std::int32_t)>::find(guest.store, *guest.instance, "grow"));
  EXPECT_EQ(*grow(99), 1);
  EXPECT_EQ(code_of(grow(1).error()), ErrorCode::kTableLimit);
}

TEST(Store, AThreadWithTooSmallAStackIsRefusedRatherThanOverrun) {
  Guest guest(kAdd);
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, 256 << 10);
  pthread_t thread{};
  Result<void> checked;
  std::pair<Engine*, Result<void>*> argument{&guest.engine, &checked};
  ASSERT_EQ(pthread_create(
                &thread, &attributes,
                [](void* raw) -> void* {
                  auto& [engine, result] = *static_cast<std::pair<Engine*, Result<void>*>*>(raw);
                  *result = check_stack_room(*engine);
                  return nullptr;
                },
                &argument),
            0);
  pthread_join(thread, nullptr);
  pthread_attr_destroy(&attributes);
  EXPECT_TRUE(fails_with(checked, ErrorCode::kInvalidLimit));
}

/// How often threads other than this one have been woken, by the kernel's count.
std::uint64_t wakeups_of_other_threads() {
  std::uint64_t sum = 0;
  for (const auto& task : std::filesystem::directory_iterator("/proc/self/task")) {
    if (task.path().filename() == std::to_string(::gettid())) continue;
    std::ifstream status(task.path() / "status");
    for (std::string word; status >> word;) {
      if (word != "voluntary_ctxt_switches:") continue;
      std::uint64_t count = 0;
      status >> count;
      sum += count;
    }
  }
  return sum;
}

TEST(Store, TheTickerSleepsWhileNoDeadlineIsAhead) {
  Guest guest(kAdd);
  const auto add = must(TypedFunction<std::int32_t(std::int32_t, std::int32_t)>::find(
      guest.store, *guest.instance, "add"));
  guest.store.arm(soon(1h));
  EXPECT_EQ(*add(1, 2), 3);
  guest.store.disarm();
  // The compiler's threads go to sleep too, in their own time; a beat would never stop.
  for (int attempt = 0; attempt < 50; ++attempt) {
    const std::uint64_t before = wakeups_of_other_threads();
    std::this_thread::sleep_for(100ms);
    if (wakeups_of_other_threads() == before) return;
  }
  ADD_FAILURE() << "some thread keeps waking";
}

TEST(Module, TellsTheTypesOfImportsAndExports) {
  const auto engine = must(Engine::create(EngineConfig{.threads = true}));
  const auto module = must(Module::compile(engine, must(wat_to_wasm(R"((module
    (import "env" "f" (func (param v128 externref) (result i64 f32)))
    (import "env" "m" (memory 1 2 shared))
    (global (export "g") (mut f64) (f64.const 0))
    (table (export "t") 1 5 funcref)
    (tag (export "e") (param i32))
    (type $s (struct (field i32)))
    (func (export "gc") (param (ref null $s)) (result anyref) (local.get 0))))"))));
  ASSERT_EQ(module.imports().size(), 2U);
  EXPECT_EQ(to_string(module.imports()[0].type), "func (v128, externref) -> (i64, f32)");
  EXPECT_EQ(to_string(module.imports()[1].type), "memory 1..2 pages shared");
  ASSERT_EQ(module.exports().size(), 4U);
  EXPECT_EQ(to_string(module.exports()[0].type), "global mut f64");
  EXPECT_EQ(to_string(module.exports()[1].type), "table 1..5 funcref");
  EXPECT_EQ(to_string(module.exports()[2].type), "tag (i32)");
  EXPECT_EQ(to_string(module.exports()[3].type), "func ((ref null struct)) -> (ref null any)");
}

TEST(Module, AnInvalidOneNamesTheOffset) {
  const auto engine = must(Engine::create(EngineConfig{}));
  const Bytes wasm = must(wat_to_wasm("(module (func (result i32)))"));
  const auto module = Module::compile(engine, wasm);
  EXPECT_TRUE(fails_with(module, ErrorCode::kLoadInvalidModule));
  EXPECT_TRUE(module.error().where().starts_with("offset 0x")) << module.error().to_string();
  EXPECT_EQ(module.error().message().find('\n'), std::string::npos) << module.error().message();
  EXPECT_TRUE(fails_with(validate(engine, wasm), ErrorCode::kLoadInvalidModule));
}

TEST(Engine, AnImpossibleConfigurationIsAnErrorAndNotAnAbort) {
  EngineConfig config;
  config.pool = PoolConfig{.instances = 4'000'000'000U, .memory_bytes_max = std::uint64_t{4} << 30,
                           .table_elements_max = 10};
  EXPECT_TRUE(fails_with(Engine::create(config), ErrorCode::kEngineFault));
}

}  // namespace
}  // namespace synapsed::engine
