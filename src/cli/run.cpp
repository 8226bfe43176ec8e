#include <algorithm>
#include <array>
#include <atomic>
#include <csignal>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include <fmt/format.h>
#include <synapsed/inspect.hpp>
#include <synapsed/runtime.hpp>

#include "base/bytes.hpp"
#include "base/try.hpp"
#include "base/units.hpp"
#include "cli/cache.hpp"
#include "cli/call_arguments.hpp"
#include "cli/command.hpp"
#include "cli/diagnostics.hpp"
#include "cli/guest_log.hpp"
#include "cli/input.hpp"
#include "cli/options.hpp"
#include "cli/output.hpp"
#include "cli/run_crypto.hpp"
#include "cli/run_report.hpp"
#include "cli/run_settings.hpp"
#include "cli/run_snapshot.hpp"
#include "cli/run_storage.hpp"
#include "cli/watchdog.hpp"
#include "runtime/suggest.hpp"

namespace synapsed::cli {
namespace {

using Clock = Watchdog::Clock;

constexpr std::string_view kStart = "_start";
constexpr std::chrono::milliseconds kGrace{250};

constexpr std::string_view kExamples = R"(Examples:
  synapsed run add.wat --invoke add 10 20
  synapsed run --dir data::/data:ro --env LANG program.wasm --verbose input.txt
  synapsed run loop.wat --timeout 200ms --json
  synapsed run --unknown-imports zero benchmark.wasm
  synapsed run --gas-report sort.wasm --invoke sort 100
  synapsed run --dry-run sort.wasm --invoke sort 100
  synapsed run --profile blockchain --gas 1_000_000 --stats contract.wasm --invoke pay 5
  synapsed run counter.wasm --save-snapshot one.snapshot --invoke next
  cat program.wasm | synapsed run - argument
  synapsed run shapes.wasm --invoke area '[{"x":1,"y":2}]'

Without --invoke, FILE is a WASI command: its _start is called and ARGS are its arguments. With
--invoke, ARGS are values of the function's parameter types: 10, -5, 0xff, 1.5, nan, null; and text
or JSON where the module says so in its interface (see synapsed inspect).

Options stand before FILE or between FILE and the first of ARGS; from there on, and after --,
everything is passed on. Nothing is granted unless asked for: no directory, no environment.)";

/// What a run is doing; read by the watchdog.
enum class Phase : std::uint8_t { kReading, kCompiling, kRunning };

std::string_view describe(Phase phase) {
  switch (phase) {
    case Phase::kReading:
      return "while the module was being read";
    case Phase::kCompiling:
      return "while the module was being compiled";
    case Phase::kRunning:
      return "while the guest was waiting in a host call";
  }
  std::unreachable();
}

/// What the runtime calls the module in messages: the path, or its last part where that is too
/// long.
std::string module_name(const std::string& file) {
  constexpr std::size_t kBytesMax = 256;
  return file.size() <= kBytesMax ? input_name(file)
                                  : std::filesystem::path(file).filename().string();
}

/// What the command line's user can do, in its own words.
struct OptionHint {
  ErrorCode code;
  std::string_view hint;
};

constexpr std::array kOptionHints{
    OptionHint{ErrorCode::kImportDenied,
               "no host function has this name; --unknown-imports trap or zero loads the module "
               "without it"},
    OptionHint{ErrorCode::kUnsafeHostFunction,
               "choose another --profile; clocks and random numbers can be given by --time and "
               "--random-seed"},
    OptionHint{ErrorCode::kDeadline, "--timeout sets another limit"},
    OptionHint{ErrorCode::kMemoryLimit, "--max-memory sets another limit"},
    OptionHint{ErrorCode::kStackExhausted, "--max-stack sets another limit"},
    OptionHint{ErrorCode::kOutOfGas, "--gas sets another limit"},
};

/// Arguments that were meant as options.
bool has_misplaced_options(const Error& error, const RunSettings& settings) {
  const bool about_arguments =
      error.code() == ErrorCode::kArgumentCount || error.code() == ErrorCode::kArgumentType;
  return about_arguments && std::ranges::any_of(settings.arguments, [](const std::string& text) {
           return text.starts_with("--");
         });
}

Error in_words_of_options(Error error, const RunSettings& settings) {
  if (has_misplaced_options(error, settings)) {
    const std::string hint = error.hint() + (error.hint().empty() ? "" : "; ") +
                             "options stand before the first argument";
    return std::move(error).help(hint);
  }
  const auto found = std::ranges::find(kOptionHints, error.code(), &OptionHint::code);
  if (found == kOptionHints.end()) return error;
  return std::move(error).help(std::string(found->hint));
}

bool exports(const ModuleInfo& module, std::string_view name) {
  return std::ranges::find(module.exports, name, &ExportType::name) != module.exports.end();
}

Error not_a_command(const ModuleInfo& module) {
  std::vector<std::string_view> functions;
  for (const ExportType& exported : module.exports) {
    if (std::holds_alternative<FunctionType>(exported.type)) functions.push_back(exported.name);
  }
  return Error(ErrorCode::kUnknownExport, "the module is not a command: it exports no \"_start\"")
      .help(functions.empty() ? "it exports no function at all"
                              : "name a function with --invoke: " + suggest(kStart, functions));
}

/// What the guest is granted of what the host keeps.
struct Grants {
  RunCryptoOptions crypto;
  RunStorageOptions storage;
};

/// What a run starts from, what it may use, and what it leaves.
struct Equipment {
  Grants grants;
  RunSnapshotOptions snapshots;
};

/// How often a run is repeated that conflicts with what another process wrote meanwhile.
constexpr std::uint32_t kConflictRetries = 16;

/// How far a run has come.
struct Progress {
  Phase phase = Phase::kReading;
  std::optional<std::chrono::nanoseconds> compile_time;
  Clock::time_point entered;  ///< when the phase is `kRunning`
  int signal = 0;             ///< what interrupted the run, if anything
};

/// One run of one module, from reading it to telling what came out.
///
/// `go` runs on the main thread. `interrupt` and `give_up` run on others, and touch only the
/// progress, the cancel source and the watchdog.
class Run {
 public:
  Run(const RunSettings& settings, const Equipment& equipment, const Invocation& invocation)
      : settings_(settings),
        grants_(equipment.grants),
        snapshots_(equipment.snapshots),
        invocation_(invocation),
        watchdog_(kGrace, [this] { give_up(); }) {}

  int go() {
    const InterruptScope scope(invocation_.surroundings.interrupts,
                               [this](int signal) { interrupt(signal); });
    const auto result = attempt();
    if (!watchdog_.stand_down()) return gave_up_code_;
    return report(invocation_, settings_, outcome_of(result));
  }

 private:
  Result<ExecutionResult> attempt() {
    const Bytes bytes = TRY(read_input(settings_.file, settings_.config.limits.module_bytes_max,
                                       invocation_.streams()));
    update([](Progress& progress) { progress.phase = Phase::kCompiling; });
    runtime_.emplace(TRY(WasmRuntime::create(settings_.config)));
    const ModuleId id = TRY(load(bytes));
    loaded_ = id;
    const ModuleInfo module = TRY(runtime_->module_info(id));
    update([&](Progress& progress) { progress.compile_time = module.compile_time; });
    if (!settings_.function && !exports(module, kStart)) {
      return std::unexpected(not_a_command(module));
    }
    return execute(module);
  }

  Result<ModuleId> load(const Bytes& bytes) {
    const std::string name = module_name(settings_.file);
    ModuleMetadata metadata;
    TRY(grant_crypto(grants_.crypto, invocation_, *runtime_, metadata));
    TRY(grant_storage(grants_.storage, grants_.crypto, invocation_, *runtime_, metadata));
    if (is_module_text(bytes)) return runtime_->load_module_wat(name, as_text(bytes), metadata);
    return runtime_->load_module(name, bytes, metadata);
  }

  Result<ExecutionResult> execute(const ModuleInfo& module) {
    if (!settings_.function) return call(module.id, kStart, {});
    const auto values = TRY(parse_call_arguments(module, *settings_.function, settings_.arguments));
    if (const auto* interface = find_interface(module, *settings_.function)) {
      result_type_ = interface->result;
    }
    return call(module.id, *settings_.function, values);
  }

  Result<ExecutionResult> call(ModuleId id, std::string_view function,
                               const std::vector<WasmValue>& arguments) {
    ExecutionContext context = settings_.context;
    context.with_conflict_retries(kConflictRetries);
    context.with_log([this](const LogLine& line) { log(line); });
    context.with_cancellation(cancel_.token());
    const auto timeout = settings_.config.limits.timeout;
    const auto entered = Clock::now();
    update([&](Progress& progress) {
      progress.phase = Phase::kRunning;
      progress.entered = entered;
    });
    if (timeout.count() != 0) watchdog_.expect_end_at(entered + timeout);
    if (snapshots_.are_given()) {
      return call_with_snapshots(snapshots_, *runtime_, id, function, arguments, std::move(context));
    }
    if (!settings_.dry_run) return runtime_->execute_function(id, function, arguments, context);
    gas_needed_ = TRY(runtime_->dry_run(id, function, arguments, context));
    return ExecutionResult{};
  }

  RunOutcome outcome_of(const Result<ExecutionResult>& result) const {
    RunOutcome outcome;
    outcome.compile_time = progress().compile_time;
    outcome.signal = progress().signal;
    if (!result) {
      outcome.error =
          in_words_of_options(in_file(result.error(), input_name(settings_.file)), settings_);
      if (result.error().usage() != nullptr) set_usage(outcome, *result.error().usage());
      return outcome;
    }
    if (settings_.dry_run) {
      outcome.gas_needed = gas_needed_;
      return outcome;
    }
    outcome.values = result->values;
    outcome.result_type = result_type_;
    outcome.guest_exit_code = result->exit_code;
    if (!settings_.function && !result->exit_code) outcome.guest_exit_code = 0;
    set_usage(outcome, result->usage);
    return outcome;
  }

  void set_usage(RunOutcome& outcome, const ExecutionUsage& usage) const {
    outcome.set_usage(usage);
    const MeteringConfig& metering = settings_.config.metering;
    if (metering.enable) {
      outcome.gas_used = usage.gas;
      outcome.gas_prices = metering.prices;
    }
    if (settings_.stats) {
      if (auto stats = runtime_->module_stats(*loaded_)) outcome.host_calls = std::move(stats->host_calls);
    }
    if (!metering.profile) return;
    if (auto profile = runtime_->gas_profile(*loaded_)) outcome.gas_profile = std::move(*profile);
  }

  void interrupt(int signal) {
    update([&](Progress& progress) { progress.signal = signal; });
    cancel_.cancel();
    watchdog_.expect_end_at(Clock::now());
  }

  void log(const LogLine& line) {
    const std::lock_guard lock(output_);
    invocation_.streams().err << log_line(line) << std::flush;
  }

  /// The run is overdue: tells so and leaves the process.
  void give_up() {
    const Progress now = progress();
    RunOutcome outcome;
    outcome.error = overdue(now);
    outcome.compile_time = now.compile_time;
    outcome.signal = now.signal;
    if (now.phase == Phase::kRunning) outcome.duration = Clock::now() - now.entered;
    const std::lock_guard lock(output_);
    gave_up_code_ = report(invocation_, settings_, outcome);
    invocation_.surroundings.interrupts.leave(gave_up_code_);
  }

  Error overdue(const Progress& now) const {
    const std::string place = input_name(settings_.file);
    if (now.signal != 0) {
      return Error(ErrorCode::kCancelled,
                   fmt::format("cancelled by {} {}", now.signal == SIGTERM ? "SIGTERM" : "SIGINT",
                               describe(now.phase)))
          .at(place);
    }
    return Error(ErrorCode::kDeadline,
                 fmt::format("the time limit of {} passed {}",
                             format_duration(settings_.config.limits.timeout), describe(now.phase)))
        .at(place)
        .help("--timeout sets another limit");
  }

  Progress progress() const {
    const std::lock_guard lock(mutex_);
    return progress_;
  }

  template <typename Change>
  void update(const Change& change) {
    const std::lock_guard lock(mutex_);
    change(progress_);
  }

  const RunSettings& settings_;
  const Grants& grants_;
  const RunSnapshotOptions& snapshots_;
  const Invocation& invocation_;
  std::optional<WasmRuntime> runtime_;
  std::optional<ModuleId> loaded_;
  std::uint64_t gas_needed_ = 0;              // of a dry run that ended well
  std::optional<InterfaceType> result_type_;  // of the function that is called, where it is known
  CancelSource cancel_;
  mutable std::mutex mutex_;
  Progress progress_;
  std::mutex output_;  // held while writing, until the guest has ended
  std::atomic<int> gave_up_code_{0};
  Watchdog watchdog_;  // last: its thread uses the others
};

/// A line of JSON each.
class Spans {
 public:
  void add(const TraceSpan& span) {
    const std::lock_guard lock(mutex_);
    lines_ += to_json(span);
    lines_ += '\n';
  }
  [[nodiscard]] std::string text() const {
    const std::lock_guard lock(mutex_);
    return lines_;
  }

 private:
  mutable std::mutex mutex_;
  std::string lines_;
};

/// What TRACEPARENT names, or a new trace. Error: `call.argument_type`.
Result<TraceParent> trace_parent(const Environment& environment) {
  const auto given = environment("TRACEPARENT");
  if (!given) return TraceParent::start();
  auto parent = TraceParent::parse(*given);
  if (parent) return parent;
  return std::unexpected(std::move(parent).error().at("TRACEPARENT"));
}

int run(RunOptions options, const Equipment& equipment, const Invocation& invocation) {
  options.arguments = invocation.guest_arguments;
  auto settings = interpret(options, invocation.surroundings.environment);
  if (!settings) return report_bad_usage(invocation, settings.error());
  if (equipment.snapshots.are_given()) settings->config.snapshots.enable = true;
  if (const auto directory =
          code_cache_directory(options.code_cache, invocation.surroundings.environment)) {
    settings->config.compilation.cache_directory = *directory;
  }
  const GuestProfile profile;
  if (options.profile_guest) {
    settings->config.compilation.interruption = Interruption::kEpochs;
    settings->context.with_guest_profile(profile);
  }
  Spans spans;
  if (options.trace) {
    auto parent = trace_parent(invocation.surroundings.environment);
    if (!parent) return report_bad_usage(invocation, parent.error());
    settings->context.with_trace(
        {.parent = *parent, .sink = [&spans](const TraceSpan& span) { spans.add(span); }});
  }
  const int code = Run(*settings, equipment, invocation).go();
  for (const auto& [file, text] :
       {std::pair(options.profile_guest, profile.json()), std::pair(options.trace, spans.text())}) {
    if (!file || text.empty()) continue;  // empty: it did not come to run
    if (const auto written = write_output(*file, as_bytes(text)); !written) {
      return report(invocation, written.error());
    }
  }
  return code;
}

void add_grants(CLI::App& app, RunOptions& options) {
  add_repeated(app, "--dir", options.directories, "DIR[::GUEST][:ro]",
               "Grant a directory, read-write unless :ro; GUEST is what the guest calls it");
  add_repeated(app, "--env", options.environment, "NAME[=VALUE]",
               "Set an environment variable; without =VALUE, pass on this process's own");
  add_value(app, "--time", options.time, "TIME",
            "What the guest's clocks tell, for example 2026-01-02T03:04:05Z; sleeping moves it on");
  add_value(app, "--random-seed", options.random_seed, "HEX",
            "64 digits that decide the guest's random numbers");
  constexpr std::array<std::string_view, 3> kUnknownImports{"deny", "trap", "zero"};
  add_choice(app, "--unknown-imports", options.unknown_imports, kUnknownImports,
             "Imports nobody provides: refuse the module, trap when called, or return zeros");
}

void add_limits(CLI::App& app, RunOptions& options) {
  add_value(app, "--timeout", options.timeout, "TIME",
            "Wall time of the call, for example 200ms, 5s or 1m");
  add_value(app, "--max-memory", options.max_memory, "SIZE",
            "Linear memory, 64KiB to 4GiB, for example 64MiB");
  add_value(app, "--max-stack", options.max_stack, "SIZE", "Guest stack, 64KiB to 4MiB");
  add_value(app, "--gas", options.gas, "GAS",
            "What the call may spend, for example 1_000_000; the guest is made to count it");
  add_value(app, "--gas-prices", options.gas_prices, "FILE",
            "What gas is charged by, instead of the built-in table (config show --gas-table)");
  add_choice(app, "--profile", options.profile, RuntimeConfig::profile_names(),
             "The limits and rules to start from (default: production)");
  add_code_cache_option(app, options.code_cache);
}

/// What a run saves would be kept, so it is not dry.
void add_reports(CLI::App& app, RunOptions& options) {
  CLI::Option* const stats =
      app.add_flag("--stats", options.stats, "Print times, memory, gas and host calls to standard error");
  CLI::Option* const gas_report =
      app.add_flag("--gas-report", options.gas_report,
                   "Print what gas went to, by function and by kind of operator; slow");
  add_value(app, "--profile-guest", options.profile_guest, "FILE",
            "Sample the guest's call stack each millisecond, for profiler.firefox.com");
  add_value(app, "--trace", options.trace, "FILE",
            "Write what was called to FILE, a line of JSON for each span; see TRACEPARENT");
  app.add_flag("--dry-run", options.dry_run,
               "Print the gas that the call needs; nothing it writes is kept")
      ->excludes(stats)
      ->excludes(gas_report)
      ->excludes(app.get_option("--from-snapshot"))
      ->excludes(app.get_option("--save-snapshot"));
}

}  // namespace

Command add_run(CLI::App& parent, SharedOptions& shared) {
  CLI::App& app = *parent.add_subcommand("run", "Run a WASI command, or call one function");
  const auto options = std::make_shared<RunOptions>();
  add_file(app, options->file);
  app.add_option("ARGS", options->arguments, "Arguments of the command or the function");
  add_value(app, "--invoke", options->function, "NAME", "Call this exported function");
  add_limits(app, *options);
  add_grants(app, *options);
  const auto equipment = std::make_shared<Equipment>();
  add_crypto_options(app, equipment->grants.crypto);
  add_storage_options(app, equipment->grants.storage);
  add_value(app, "--tenant", options->tenant, "NAME", "Whose keys and storage");
  add_snapshot_options(app, equipment->snapshots);
  add_reports(app, *options);
  app.add_flag("--json", options->json, "Print the outcome as one JSON object");
  add_shared_options(app, shared);
  app.footer(std::string(kExamples));
  return {.app = &app,
          .act = [options, equipment](const Invocation& invocation) {
            return run(*options, *equipment, invocation);
          }};
}

}  // namespace synapsed::cli
