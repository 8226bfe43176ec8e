// Runs random modules as they are and after each pass, and compares: results, traps, memories,
// globals and tables after every call; the gas of the passes with each other; that a call which used
// G gas ends alike with G, and runs out with G - 1; and that with less still, the first pass and its
// references run out at the same place.
//
//     conformance_random SMITH [--seed N] [--count M]
//
// SMITH is the tool that writes the modules; module i of a run is that of `SMITH --seed N+i`. The
// plain module is bounded by Wasmtime's fuel: when that ends a call, or the native stack does, what
// is checked is that little gas ends the other too. Ends with 77, which ctest counts as skipped,
// where SMITH is missing or this build has no pass.

#include <array>
#include <atomic>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <fmt/format.h>
#include <synapsed/types.hpp>

#include "base/try.hpp"
#include "bytecode/module.hpp"
#include "engine/wasmtime/engine_impl.hpp"
#include "engine/wasmtime/types.hpp"
#include "tests/conformance/constants.hpp"
#include "tests/conformance/world.hpp"
#include "tests/support/passes.hpp"

namespace synapsed::tests {
namespace {

constexpr int kSkipped = 77;
/// What one call of a plain module may use; most use some hundreds.
constexpr std::uint64_t kFuel = 20'000;
constexpr std::int64_t kLittleGas = 20'000;
/// How often each function is called, with other arguments each time.
constexpr std::size_t kCallsEach = 3;
/// Growing a memory by 2⁶⁰ pages fails at no cost in the engine, and is charged all the same: no
/// gas pays that. It is rare; when more than one call in so many ends like that, something is
/// wrong.
constexpr std::uint64_t kCallsPerUnaffordable = 200;
/// A frame of an instrumented function may be larger, and must not overflow where the plain one
/// does not.
constexpr std::size_t kPlainStackBytes = std::size_t{256} << 10;
constexpr std::size_t kPassedStackBytes = 2 * kPlainStackBytes;
/// All memories of a store, the heap for garbage-collected objects among them.
constexpr std::int64_t kMemoryBytesMax = std::int64_t{16} << 20;
constexpr std::size_t kModuleBytesMax = std::size_t{1} << 20;
/// A call that lasts as long has no bound.
constexpr std::uint64_t kTicksMax = 20;
constexpr std::chrono::milliseconds kTick{50};

Result<engine::EngineHandle> create_engine(bool fuel) {
  wasm_config_t* config = wasm_config_new();
  wasmtime_config_cranelift_opt_level_set(config, WASMTIME_OPT_LEVEL_NONE);
  wasmtime_config_parallel_compilation_set(config, false);
  wasmtime_config_cranelift_nan_canonicalization_set(config, true);
  wasmtime_config_consume_fuel_set(config, fuel);
  wasmtime_config_epoch_interruption_set(config, !fuel);
  wasmtime_config_max_wasm_stack_set(config, fuel ? kPlainStackBytes : kPassedStackBytes);
  wasmtime_config_memory_reservation_set(config, 0);
  wasmtime_config_memory_guard_size_set(config, 0);
  wasmtime_config_memory_reservation_for_growth_set(config, 0);
  return engine::make_engine(config, false);
}

/// Advances an engine's epoch, so that a call without a bound is found. By the time that the process
/// computes: on a busy machine a call lasts longer and has a bound all the same.
class Clock {
 public:
  explicit Clock(wasm_engine_t* engine)
      : thread_([this, engine] {
          auto last = computed();
          while (!ending_) {
            std::this_thread::sleep_for(kTick);
            if (computed() - last < kTick) continue;
            last = computed();
            wasmtime_engine_increment_epoch(engine);
          }
        }) {}
  Clock(const Clock&) = delete;
  Clock& operator=(const Clock&) = delete;
  ~Clock() {
    ending_ = true;
    thread_.join();
  }

 private:
  static std::chrono::duration<double> computed() {
    return std::chrono::duration<double>(static_cast<double>(std::clock()) / CLOCKS_PER_SEC);
  }

  std::atomic<bool> ending_{false};
  std::thread thread_;
};

struct Counts {
  std::uint64_t modules = 0;
  std::uint64_t calls = 0;
  std::uint64_t traps = 0;
  std::uint64_t unbounded = 0;  ///< calls that the plain engine ended
  std::uint64_t uninstantiable = 0;
  std::uint64_t unaffordable = 0;  ///< calls that plenty of gas does not pay, left at that
  std::uint64_t exact = 0;         ///< calls repeated with exactly their gas, and with less
  std::uint64_t placed = 0;        ///< pairs of calls that ran out of gas, compared
  std::uint64_t different = 0;
};

/// One module's exports, in the order of the binary.
struct Exports {
  struct Function {
    std::string name;
    std::vector<ValueType> parameters;
  };
  std::vector<Function> functions;
  std::vector<std::string> memories;
  std::vector<std::string> globals;
  std::vector<std::string> tables;
};

Exports exports_of(const wasmtime_module_t* module) {
  Exports exports;
  engine::ExportVector all;
  wasmtime_module_exports(module, &all);
  for (std::size_t i = 0; i < all.size; ++i) {
    const wasm_name_t* text = wasm_exporttype_name(all.data[i]);
    std::string name(text->data, text->size);
    const wasm_externtype_t* type = wasm_exporttype_type(all.data[i]);
    switch (wasm_externtype_kind(type)) {
      case WASM_EXTERN_FUNC: {
        const auto* function = wasm_externtype_as_functype_const(type);
        exports.functions.push_back({std::move(name), engine::function_type(function).params});
        break;
      }
      case WASM_EXTERN_MEMORY: exports.memories.push_back(std::move(name)); break;
      case WASM_EXTERN_GLOBAL: exports.globals.push_back(std::move(name)); break;
      case WASM_EXTERN_TABLE: exports.tables.push_back(std::move(name)); break;
      default: break;
    }
  }
  return exports;
}

wasmtime_valkind_t kind_of(const ValueType& type) {
  using Kind = ValueType::Kind;
  switch (type.kind) {
    case Kind::kI32: return WASMTIME_I32;
    case Kind::kI64: return WASMTIME_I64;
    case Kind::kF32: return WASMTIME_F32;
    case Kind::kF64: return WASMTIME_F64;
    case Kind::kV128: return WASMTIME_V128;
    case Kind::kRef: break;
  }
  switch (type.heap) {
    case HeapType::kFunc:
    case HeapType::kConcreteFunc:
    case HeapType::kNoFunc: return WASMTIME_FUNCREF;
    case HeapType::kExtern:
    case HeapType::kNoExtern: return WASMTIME_EXTERNREF;
    case HeapType::kExn:
    case HeapType::kConcreteExn:
    case HeapType::kNoExn: return WASMTIME_EXNREF;
    default: return WASMTIME_ANYREF;
  }
}

/// The same argument each time, from the places where arithmetic and bounds change. References are
/// null; nothing fits a parameter that may not be.
std::optional<wasmtime_val_t> argument_for(const ValueType& type, std::size_t choice) {
  static constexpr std::array<std::int64_t, 8> kNumbers{0, 1, -1, 7, 65535, 65536, INT32_MIN, 1000};
  const std::int64_t number = kNumbers[choice % kNumbers.size()];
  wasmtime_val_t value{.kind = kind_of(type), .of = {}};
  switch (value.kind) {
    case WASMTIME_I32: value.of.i32 = static_cast<std::int32_t>(number); break;
    case WASMTIME_I64: value.of.i64 = number; break;
    case WASMTIME_F32: value.of.f32 = static_cast<float>(number) / 4; break;
    case WASMTIME_F64: value.of.f64 = static_cast<double>(number) / 4; break;
    case WASMTIME_V128: std::memset(value.of.v128, static_cast<int>(choice), 16); break;
    default:
      if (!type.nullable) return std::nullopt;
      break;
  }
  return value;
}

std::optional<Values> arguments_for(const Exports::Function& function, std::size_t choice) {
  Values arguments;
  for (const ValueType& type : function.parameters) {
    const auto value = argument_for(type, choice++);
    if (!value) return std::nullopt;
    arguments.push_back(*value);
  }
  return arguments;
}

/// A function to call, after a pass.
struct Call {
  const Pass& pass;
  const Exports& exports;
  const Exports::Function& function;
  std::size_t choice;  ///< of the arguments
};

/// An instance in a world of its own.
struct Guest {
  Guest(wasm_engine_t* engine, const wasmtime_module_t* module) : world(engine) {
    wasmtime_store_limiter(world.store(), kMemoryBytesMax, -1, -1, -1, -1);
    refill();
    made = world.instantiate(module);
  }
  void refill() {
    const engine::ErrorHandle ignored(wasmtime_context_set_fuel(world.context(), kFuel));
    wasmtime_context_set_epoch_deadline(world.context(), kTicksMax);
  }
  Ended call(const Call& call) {
    refill();
    auto arguments = arguments_for(call.function, call.choice);
    const auto item = world.find(*made.instance, call.function.name);
    return world.call(*made.instance, item->of.func, *arguments);
  }
  /// `call` with that much gas.
  Ended call(const Call& call, std::int64_t gas) {
    world.set_gas(*made.instance, gas);
    return this->call(call);
  }
  [[nodiscard]] std::int64_t gas_left() { return world.gas(*made.instance).value_or(0); }

  World world;
  Ended made;
};

/// The module as it was, and as a pass made it.
struct Pair {
  Guest plain;
  Guest passed;
  /// After a call that trapped, or did not end, the next one begins with new instances.
  bool ended_early = false;
};

/// A call that metered itself.
struct Metered {
  std::string outcome;
  std::int64_t gas;
  Ended::How how;
  bool is_fault;  ///< which costs all there is, so what was counted means nothing
};

/// What a pass made of a module, and what its calls came to.
struct Passed {
  const Pass& pass;
  engine::ModuleHandle module;
  std::vector<Metered> calls;
  /// The first of them, when it spends anything and is no fault: the choice of its arguments.
  std::optional<std::size_t> first_choice;
};

bool is_bounded_by_engine(const Ended& ended) {
  return ended.code == WASMTIME_TRAP_CODE_OUT_OF_FUEL ||
         ended.code == WASMTIME_TRAP_CODE_STACK_OVERFLOW;
}

bool is_fault(const Ended& ended) {
  return ended.how == Ended::How::kTrapped &&
         ended.code != WASMTIME_TRAP_CODE_UNREACHABLE_CODE_REACHED;
}

std::string story_of(const Ended& ended) {
  std::string text(to_string(ended.how));
  for (std::size_t i = 0; i < ended.results.size(); ++i) {
    text += fmt::format(" {}", describe(ended.results[i]));
  }
  return ended.message.empty() ? text : fmt::format("{}: {}", text, ended.message);
}

/// What can be compared of two worlds: how it ended, the numbers, and which references are null.
std::string outcome_of(const Ended& ended) {
  std::string text(to_string(ended.how));
  if (ended.code) text += fmt::format(" {}", *ended.code);
  for (std::size_t i = 0; i < ended.results.size(); ++i) {
    text += fmt::format(" {}", describe(ended.results[i]));
  }
  return text;
}

std::span<const std::uint8_t> memory_of(Guest& guest, const std::string& name) {
  const auto item = guest.world.find(*guest.made.instance, name);
  if (item->kind != WASMTIME_EXTERN_MEMORY) return {};
  wasmtime_context_t* context = guest.world.context();
  return {wasmtime_memory_data(context, &item->of.memory),
          wasmtime_memory_data_size(context, &item->of.memory)};
}

std::string global_of(Guest& guest, const std::string& name) {
  const auto item = guest.world.find(*guest.made.instance, name);
  wasmtime_val_t value;
  wasmtime_global_get(guest.world.context(), &item->of.global, &value);
  std::string text = describe(value);
  wasmtime_val_unroot(&value);
  return text;
}

std::string table_of(Guest& guest, const std::string& name) {
  const auto item = guest.world.find(*guest.made.instance, name);
  wasmtime_context_t* context = guest.world.context();
  std::string text;
  const std::uint64_t size = wasmtime_table_size(context, &item->of.table);
  for (std::uint64_t i = 0; i < size; ++i) {
    wasmtime_val_t value;
    if (!wasmtime_table_get(context, &item->of.table, i, &value)) break;
    text += fmt::format("{} ", describe(value));
    wasmtime_val_unroot(&value);
  }
  return text;
}

/// What differs between the two instances, or nothing.
std::string difference(const Exports& exports, Guest& plain, Guest& passed) {
  for (const std::string& name : exports.memories) {
    const auto ours = memory_of(passed, name);
    const auto theirs = memory_of(plain, name);
    if (ours.size() != theirs.size() || std::memcmp(ours.data(), theirs.data(), ours.size()) != 0) {
      return fmt::format("memory {}", name);
    }
  }
  for (const std::string& name : exports.globals) {
    if (global_of(plain, name) != global_of(passed, name)) return fmt::format("global {}", name);
  }
  for (const std::string& name : exports.tables) {
    if (table_of(plain, name) != table_of(passed, name)) return fmt::format("table {}", name);
  }
  return {};
}

/// Random modules, one after the other.
class Comparison {
 public:
  Comparison(engine::EngineHandle plain, engine::EngineHandle passed, std::vector<Pass> passes)
      : plain_(std::move(plain)),
        passed_(std::move(passed)),
        passes_(std::move(passes)),
        clock_(passed_.get()) {}

  [[nodiscard]] const Counts& counts() const { return counts_; }

  void run(std::uint64_t seed, const Bytes& wasm) {
    seed_ = seed;
    ++counts_.modules;
    const auto plain = compile(plain_.get(), wasm);
    if (!plain) return report(fmt::format("no valid module: {}", plain.error().to_string()));
    const Exports exports = exports_of(plain->get());
    const auto parsed = bytecode::read_module(wasm);
    if (!parsed) return report(parsed.error().to_string());
    throws_ = !parsed->tags.empty();
    std::vector<Passed> all;
    for (const Pass& pass : passes_) {
      const Result<Bytes> instrumented = pass.apply(wasm);
      if (!instrumented) return report(pass, instrumented.error().to_string());
      auto passed = compile(passed_.get(), *instrumented);
      if (!passed) return report(pass, passed.error().to_string());
      all.push_back({.pass = pass, .module = std::move(*passed), .calls = {}, .first_choice = {}});
      compare(all.back(), exports, plain->get());
      compare_gas(all.front(), all.back());
    }
    for (const Passed& reference : all) compare_running_out(exports, all.front(), reference);
  }

 private:
  void report(const std::string& what) {
    ++counts_.different;
    fmt::print("seed {}: {}\n", seed_, what);
  }
  void report(const Pass& pass, const std::string& what) {
    report(fmt::format("{}: {}", pass.name, what));
  }
  void report(const Call& call, const std::string& what) {
    report(call.pass, fmt::format("export {:?}: {}", call.function.name, what));
  }

  void compare_gas(const Passed& first, const Passed& reference) {
    if (first.calls.size() != reference.calls.size()) {
      return report(reference.pass, "other calls end than after the first pass");
    }
    for (std::size_t i = 0; i < first.calls.size(); ++i) {
      const Metered& ours = first.calls[i];
      const Metered& theirs = reference.calls[i];
      if (is_gas_right(ours, theirs, reference.pass.gas)) continue;
      report(reference.pass, fmt::format("{} gas, and {} after the first pass ({})", theirs.gas,
                                         ours.gas, ours.outcome));
    }
  }

  /// Gas that was paid ahead of what an exception skipped is spent.
  [[nodiscard]] bool is_gas_right(const Metered& ours, const Metered& theirs,
                                  Pass::Gas gas) const {
    if (gas == Pass::Gas::kAlike) return ours.is_fault || ours.gas == theirs.gas;
    if (ours.how != Ended::How::kReturned) return true;
    return throws_ ? ours.gas >= theirs.gas : ours.gas == theirs.gas;
  }

  /// The first call that spends anything, in new instances with too little gas: what happened
  /// before it ran out is the same.
  void compare_running_out(const Exports& exports, const Passed& first, const Passed& reference) {
    if (&first == &reference || reference.pass.gas != Pass::Gas::kAlike) return;
    if (!first.first_choice) return;
    const std::size_t choice = *first.first_choice;
    const std::int64_t gas = first.calls.front().gas;
    const Exports::Function& function = exports.functions[choice % exports.functions.size()];
    const Call call{reference.pass, exports, function, choice};
    for (const std::int64_t part : {0, 1, 2, 3}) {
      const std::int64_t limit = gas * part / 4;
      Guest ours(passed_.get(), first.module.get());
      Guest theirs(passed_.get(), reference.module.get());
      if (!is_made(call, ours) || !is_made(call, theirs)) return;
      const std::string expected = outcome_of(theirs.call(call, limit));
      const std::string seen = outcome_of(ours.call(call, limit));
      std::string what = difference(exports, theirs, ours);
      if (seen != expected) what = fmt::format("{} instead of {}", seen, expected);
      ++counts_.placed;
      if (!what.empty()) report(call, fmt::format("with {} of {} gas: {}", limit, gas, what));
    }
  }

  /// The same calls in both instances of a pair; notes those that ended.
  void compare(Passed& passed, const Exports& exports, const wasmtime_module_t* plain) {
    const Pass& pass = passed.pass;
    std::optional<Pair> pair;
    for (std::size_t i = 0; i < kCallsEach * exports.functions.size(); ++i) {
      const Call call{pass, exports, exports.functions[i % exports.functions.size()], i};
      if (!arguments_for(call.function, call.choice)) continue;
      if (!pair) {
        pair.emplace(Pair{Guest(plain_.get(), plain), Guest(passed_.get(), passed.module.get())});
        if (!are_instances(pass, *pair)) break;
      }
      const auto ended = compare_call(call, *pair);
      if (ended && passed.calls.empty() && ended->gas > 0 && !ended->is_fault) {
        passed.first_choice = call.choice;
        check_exact_gas(call, passed.module.get(), *ended);
      }
      if (ended) passed.calls.push_back(*ended);
      if (pair->ended_early) pair.reset();
    }
  }

  /// Whether both were made. What starts without an end is left.
  bool are_instances(const Pass& pass, const Pair& pair) {
    const Ended& expected = pair.plain.made;
    const Ended& seen = pair.passed.made;
    if (is_bounded_by_engine(expected)) {
      ++counts_.unbounded;
    } else if (seen.how == Ended::How::kOutOfGas) {
      ++counts_.unaffordable;
    } else if (outcome_of(expected) != outcome_of(seen)) {
      report(pass,
             fmt::format("instantiating {} instead of {}", story_of(seen), story_of(expected)));
    } else if (!expected.instance) {
      ++counts_.uninstantiable;
    }
    return expected.instance && seen.instance;
  }

  /// How the call ended and what it cost; nothing when it has no end, faulted or differs.
  std::optional<Metered> compare_call(const Call& call, Pair& pair) {
    const Ended expected = pair.plain.call(call);
    pair.ended_early = expected.how != Ended::How::kReturned;
    if (is_bounded_by_engine(expected)) {
      check_bounded(call, pair.passed);
      return std::nullopt;
    }
    const Ended seen = pair.passed.call(call, kPlentyOfGas);
    if (seen.how == Ended::How::kOutOfGas) {
      ++counts_.unaffordable;
      pair.ended_early = true;
      return std::nullopt;
    }
    ++counts_.calls;
    if (expected.how == Ended::How::kTrapped) ++counts_.traps;
    if (outcome_of(expected) != outcome_of(seen)) {
      pair.ended_early = true;
      report(call, fmt::format("{} instead of {}", story_of(seen), story_of(expected)));
      return std::nullopt;
    }
    const std::string what = difference(call.exports, pair.plain, pair.passed);
    if (!what.empty()) {
      pair.ended_early = true;
      report(call, fmt::format("{} differs afterwards", what));
      return std::nullopt;
    }
    return Metered{.outcome = outcome_of(seen),
                   .gas = kPlentyOfGas - pair.passed.gas_left(),
                   .how = seen.how,
                   .is_fault = is_fault(seen)};
  }

  /// A call without an end of its own ends, with little gas.
  void check_bounded(const Call& call, Guest& passed) {
    ++counts_.unbounded;
    const Ended seen = passed.call(call, kLittleGas);
    if (seen.code == WASMTIME_TRAP_CODE_INTERRUPT) report(call, "does not end for want of gas");
  }

  /// What could be made once can be made again.
  bool is_made(const Call& call, const Guest& guest) {
    if (guest.made.instance) return true;
    report(call, fmt::format("no second instance: {}", story_of(guest.made)));
    return false;
  }

  /// The first call of an instance again, in new ones: enough is exactly what it used.
  void check_exact_gas(const Call& call, const wasmtime_module_t* module, const Metered& expected) {
    ++counts_.exact;
    Guest enough(passed_.get(), module);
    if (!is_made(call, enough)) return;
    const Ended seen = enough.call(call, expected.gas);
    if (enough.gas_left() != 0 || outcome_of(seen) != expected.outcome) {
      report(call, fmt::format("{} with its {} gas instead of {}, and {} is left", story_of(seen),
                               expected.gas, expected.outcome, enough.gas_left()));
    }
    Guest little(passed_.get(), module);
    if (!is_made(call, little)) return;
    const Ended out = little.call(call, expected.gas - 1);
    if (out.how != Ended::How::kOutOfGas) {
      report(call, fmt::format("{} with one gas less than its {}, and {} is left", story_of(out),
                               expected.gas, little.gas_left()));
    }
  }

  engine::EngineHandle plain_;
  engine::EngineHandle passed_;
  std::vector<Pass> passes_;
  Clock clock_;
  Counts counts_;
  std::uint64_t seed_ = 0;
  bool throws_ = false;  ///< the module has exceptions
};

struct PipeDeleter {
  void operator()(std::FILE* pipe) const { pclose(pipe); }
};
using Pipe = std::unique_ptr<std::FILE, PipeDeleter>;

/// The next module, or nothing at the end.
std::optional<Bytes> read_module(std::FILE* pipe) {
  std::array<std::uint8_t, 4> prefix;
  if (std::fread(prefix.data(), 1, prefix.size(), pipe) != prefix.size()) return std::nullopt;
  std::uint32_t size = 0;
  for (std::size_t i = 0; i < prefix.size(); ++i) size |= std::uint32_t{prefix[i]} << (8 * i);
  if (size > kModuleBytesMax) return std::nullopt;
  Bytes wasm(size);
  if (std::fread(wasm.data(), 1, size, pipe) != size) return std::nullopt;
  return wasm;
}

struct Options {
  std::string smith;
  std::uint64_t seed = 0;
  std::uint64_t count = 500;
};

int run(const Options& options) {
  std::vector<Pass> ways = passes();
  if (ways.empty() || !std::filesystem::exists(options.smith)) {
    fmt::print("skipped: {}\n",
               ways.empty() ? "this build has no pass" : "there is no " + options.smith);
    return kSkipped;
  }
  auto plain = create_engine(true);
  auto passed = create_engine(false);
  if (!plain || !passed) return 1;
  Comparison comparison(std::move(*plain), std::move(*passed), std::move(ways));
  const auto start = std::chrono::steady_clock::now();
  const Pipe pipe(popen(
      fmt::format("'{}' --seed {} --count {}", options.smith, options.seed, options.count).c_str(),
      "r"));
  for (std::uint64_t i = 0; i < options.count; ++i) {
    const auto wasm = read_module(pipe.get());
    if (!wasm) break;
    comparison.run(options.seed + i, *wasm);
  }
  const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - start;
  const Counts& counts = comparison.counts();
  fmt::print(
      "{} modules, {} calls, {} traps, {} calls with exact gas, {} that ran out alike, "
      "{} endless calls, "
      "{} that no gas pays, {} not instantiable, {} differences; {:.0f} modules a second\n",
      counts.modules, counts.calls, counts.traps, counts.exact, counts.placed,
      counts.unbounded,
      counts.unaffordable, counts.uninstantiable, counts.different,
      static_cast<double>(counts.modules) / taken.count());
  const bool complete = counts.modules == options.count && counts.calls > 0;
  if (!complete) fmt::print("the modules ended early, or had nothing to call\n");
  const bool affordable = counts.unaffordable <= 1 + counts.calls / kCallsPerUnaffordable;
  if (!affordable) fmt::print("too many calls could not be paid\n");
  return complete && affordable && counts.different == 0 ? 0 : 1;
}

std::optional<Options> parse(int argc, char** argv) {
  if (argc < 2 || argc % 2 != 0) return std::nullopt;
  Options options{.smith = argv[1]};
  for (int i = 2; i < argc; i += 2) {
    const std::string_view name = argv[i];
    const std::string_view text = argv[i + 1];
    std::uint64_t& number = name == "--seed" ? options.seed : options.count;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if ((name != "--seed" && name != "--count") || error != std::errc{}) return std::nullopt;
  }
  return options;
}

}  // namespace
}  // namespace synapsed::tests

int main(int argc, char** argv) {
  const auto options = synapsed::tests::parse(argc, argv);
  if (!options) {
    fmt::print(stderr, "usage: conformance_random SMITH [--seed N] [--count M]\n");
    return 2;
  }
  return synapsed::tests::run(*options);
}
