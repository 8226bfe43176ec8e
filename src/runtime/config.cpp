#include <synapsed/config.hpp>

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "base/units.hpp"
#include "bytecode/stack/frame_cost.hpp"
#include "bytecode/stack/plan.hpp"

namespace synapsed {
namespace {

constexpr std::uint64_t kKiB = 1024;
constexpr std::uint64_t kMiB = 1024 * kKiB;
constexpr std::uint64_t kGiB = 1024 * kMiB;
constexpr std::uint64_t kWasmPage = 64 * kKiB;
/// What the native stack must have beyond the counted one: entering the guest with the most
/// parameters there are, and what an entry may need without asking.
constexpr std::uint64_t kEntryReserve = 128 * kKiB;
static_assert(kEntryReserve > bytecode::kNativeBytesPerByte * bytecode::kBelowBytesMax);

struct Profile {
  std::string_view name;
  RuntimeConfig (*make)();
};

constexpr std::array kProfiles{
    Profile{"development", &RuntimeConfig::development},
    Profile{"production", &RuntimeConfig::production},
    Profile{"blockchain", &RuntimeConfig::blockchain},
    Profile{"web", &RuntimeConfig::web},
};

class Problems {
 public:
  void when(bool wrong, std::string sentence) {
    if (wrong) sentences_.push_back(std::move(sentence));
  }
  /// A size outside its range.
  void outside(std::string_view field, std::uint64_t value, std::uint64_t least,
               std::uint64_t most) {
    when(value < least || value > most,
         fmt::format("{} is {}, and must be between {} and {}", field, format_bytes(value),
                     format_bytes(least), format_bytes(most)));
  }
  void above(std::string_view field, std::uint32_t value, std::uint32_t most) {
    when(value > most, fmt::format("{} is {}, and may be at most {}", field, value, most));
  }
  [[nodiscard]] std::vector<std::string> take() { return std::move(sentences_); }

 private:
  std::vector<std::string> sentences_;
};

void check_ranges(const RuntimeConfig& config, Problems& problems) {
  const LimitsConfig& limits = config.limits;
  problems.above("security.max_imports", config.security.max_imports, 100'000);
  problems.above("security.max_exports", config.security.max_exports, 100'000);
  problems.outside("memory.memory_pool_size", config.memory.memory_pool_size, kWasmPage,
                   1024 * kGiB);
  problems.outside("limits.module_bytes_max", limits.module_bytes_max, 8, 2 * kGiB);
  problems.outside("limits.memory_bytes_max", limits.memory_bytes_max, kWasmPage, 4 * kGiB);
  problems.outside("limits.stack_bytes_max", limits.stack_bytes_max, 64 * kKiB, 4 * kMiB);
  problems.when(limits.table_elements_max > 100'000'000,
                fmt::format("limits.table_elements_max is {}, and may be at most 100000000",
                            limits.table_elements_max));
  problems.when(limits.timeout.count() < 0, "limits.timeout is negative");
  problems.when(config.pooling.enable &&
                    (config.pooling.instances_max == 0 || config.pooling.instances_max > 100'000),
                fmt::format("pooling.instances_max is {}, and must be between 1 and 100000",
                            config.pooling.instances_max));
  problems.when(config.async.threads > 1024,
                fmt::format("async.threads is {}, and may be at most 1024", config.async.threads));
  problems.when(config.async.time_slice.count() < 0, "async.time_slice is negative");
}

/// The counted stack ends a guest before the native one can.
void check_stacks(const LimitsConfig& limits, Problems& problems) {
  const std::uint64_t counted = limits.call_stack_bytes_max;
  if (counted == 0) return;
  problems.outside("limits.call_stack_bytes_max", counted, 32 * kKiB, 1984 * kKiB);
  const std::uint64_t native =
      std::min(counted, 4 * kMiB) * bytecode::kNativeBytesPerByte + kEntryReserve;
  problems.when(limits.stack_bytes_max < native,
                fmt::format("limits.call_stack_bytes_max ({}) can take {} of the native stack, and "
                            "limits.stack_bytes_max is {}",
                            format_bytes(counted), format_bytes(native),
                            format_bytes(limits.stack_bytes_max)));
}

void check_combinations(const RuntimeConfig& config, Problems& problems) {
  const SecurityConfig& security = config.security;
  const MemoryConfig& memory = config.memory;
  const bool winch = config.compilation.compiler == Compiler::kWinch;
  problems.when(security.enable_deterministic_execution && memory.enable_memory_sharing,
                "memory.enable_memory_sharing makes results depend on timing, and "
                "security.enable_deterministic_execution forbids that");
  problems.when(winch && security.enable_deterministic_execution,
                "compilation.compiler winch cannot make NaNs canonical, and "
                "security.enable_deterministic_execution needs that");
  const bool tiered = config.compilation.tiered;
  problems.when(tiered && winch, "compilation.tiered ends with cranelift, and compilation.compiler "
                                 "is winch");
  problems.when(tiered && security.enable_deterministic_execution,
                "compilation.tiered begins with winch, which cannot make NaNs canonical, and "
                "security.enable_deterministic_execution needs that");
  problems.when(tiered && config.metering.profile,
                "metering.profile counts in one code, and compilation.tiered has two");
  problems.when(winch && memory.enable_gc,
                "compilation.compiler winch has no GC, and memory.enable_gc asks for it");
  problems.when(winch && memory.enable_memory_sharing,
                "compilation.compiler winch has no threads, and memory.enable_memory_sharing asks "
                "for them");
  problems.when(config.limits.memory_bytes_max > memory.memory_pool_size,
                fmt::format("limits.memory_bytes_max ({}) exceeds memory.memory_pool_size ({}), so "
                            "no execution could use it",
                            format_bytes(config.limits.memory_bytes_max),
                            format_bytes(memory.memory_pool_size)));
  problems.when(memory.enable_gc && memory.gc_threshold > memory.memory_pool_size,
                fmt::format("memory.gc_threshold ({}) exceeds memory.memory_pool_size ({}), so "
                            "reclaiming would never start",
                            format_bytes(memory.gc_threshold),
                            format_bytes(memory.memory_pool_size)));
  problems.when(config.async.time_slice.count() != 0 &&
                    config.compilation.interruption == Interruption::kSignals,
                "async.time_slice pauses guests, and compilation.interruption signals can only "
                "end them: choose epochs");
  const bool yields = config.metering.on_exhausted == GasExhaustion::kYield;
  problems.when(config.async.gas_slice != 0 && !(config.metering.enable && yields),
                "async.gas_slice pauses guests that run out of gas, and needs metering.enable and "
                "metering.on_exhausted yield");
  problems.when(config.metering.profile && yields,
                "metering.profile counts for guests that end when they run out of gas, and "
                "metering.on_exhausted yield has them go on");
  problems.when(security.enable_sandboxing && config.limits.timeout.count() == 0,
                "limits.timeout is none, and security.enable_sandboxing asks for one");
}

}  // namespace

std::string_view to_string(UnknownImports value) {
  constexpr std::array<std::string_view, 3> kNames{"deny", "trap", "zero"};
  return kNames.at(static_cast<std::size_t>(value));
}

std::string_view to_string(Compiler value) {
  return value == Compiler::kCranelift ? "cranelift" : "winch";
}

std::string_view to_string(Optimisation value) {
  constexpr std::array<std::string_view, 3> kNames{"none", "speed", "speed-and-size"};
  return kNames.at(static_cast<std::size_t>(value));
}

std::string_view to_string(Interruption value) {
  return value == Interruption::kSignals ? "signals" : "epochs";
}

std::string_view to_string(GasExhaustion value) {
  return value == GasExhaustion::kStop ? "stop" : "yield";
}

RuntimeConfig RuntimeConfig::development() {
  return {
      .profile = "development",
      .security = {.enable_sandboxing = false,
                   .strict_validation = false,
                   .max_imports = 10'000,
                   .max_exports = 10'000},
      .memory = {.memory_pool_size = 4 * kGiB,
                 .enable_memory_sharing = true,
                 .gc_threshold = 2 * kGiB},
      .limits = {.module_bytes_max = 256 * kMiB,
                 .timeout = std::chrono::seconds{60},
                 .memory_bytes_max = kGiB,
                 .stack_bytes_max = kMiB},
      .compilation = {.optimisation = Optimisation::kNone,
                      .debug_info = true,
                      .interruption = Interruption::kEpochs},
      .pooling = {.enable = false},
      .async = {.time_slice = std::chrono::milliseconds{10}},
  };
}

RuntimeConfig RuntimeConfig::production() {
  return {
      .profile = "production",
      .memory = {.memory_pool_size = kGiB, .gc_threshold = 512 * kMiB},
      .limits = {.timeout = std::chrono::seconds{30}, .memory_bytes_max = 256 * kMiB},
  };
}

RuntimeConfig RuntimeConfig::blockchain() {
  return {
      .profile = "blockchain",
      .security = {.enable_deterministic_execution = true, .disable_unsafe_host_functions = true},
      .memory = {.enable_gc = false},
      .limits = {.module_bytes_max = 4 * kMiB,
                 .timeout = std::chrono::seconds{10},
                 .memory_bytes_max = 32 * kMiB,
                 .table_elements_max = 100'000,
                 .stack_bytes_max = 2 * kMiB,
                 .call_stack_bytes_max = 960 * kKiB},
      .metering = {.enable = true},
  };
}

RuntimeConfig RuntimeConfig::web() {
  return {
      .profile = "web",
      .security = {.disable_unsafe_host_functions = true},
      .memory = {.gc_threshold = 128 * kMiB},
      .limits = {.module_bytes_max = 16 * kMiB,
                 .timeout = std::chrono::seconds{10},
                 .memory_bytes_max = 128 * kMiB},
      .compilation = {.optimisation = Optimisation::kSpeedAndSize},
      .metering = {.enable = true},
      .pooling = {.enable = false},
  };
}

Result<RuntimeConfig> RuntimeConfig::named(std::string_view profile) {
  for (const Profile& candidate : kProfiles) {
    if (candidate.name == profile) return candidate.make();
  }
  return std::unexpected(
      Error(ErrorCode::kInvalidConfig, fmt::format("there is no profile \"{}\"", profile))
          .help("choose development, production, blockchain or web"));
}

const std::vector<std::string_view>& RuntimeConfig::profile_names() {
  static const std::vector<std::string_view> names = [] {
    std::vector<std::string_view> all;
    all.reserve(kProfiles.size());
    for (const Profile& profile : kProfiles) all.push_back(profile.name);
    return all;
  }();
  return names;
}

std::vector<std::string> RuntimeConfig::problems() const {
  Problems problems;
  check_ranges(*this, problems);
  check_stacks(limits, problems);
  check_combinations(*this, problems);
  return problems.take();
}

Result<void> RuntimeConfig::validate() const {
  const std::vector<std::string> sentences = problems();
  if (sentences.empty()) return {};
  std::string message = fmt::format("the configuration is inconsistent in {} place{}",
                                    sentences.size(), sentences.size() == 1 ? "" : "s");
  for (const std::string& sentence : sentences) message += "\n  - " + sentence;
  return std::unexpected(Error(ErrorCode::kInvalidConfig, std::move(message))
                             .at(fmt::format("profile {}", profile)));
}

}  // namespace synapsed
