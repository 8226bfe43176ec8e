#include "cli/run_settings.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "base/hex.hpp"
#include "base/number_text.hpp"
#include "base/time_text.hpp"
#include "base/try.hpp"
#include "base/units.hpp"
#include "cli/input.hpp"

namespace synapsed::cli {
namespace {

Error out_of_range(std::string_view option, std::string_view text, std::string_view allowed) {
  return Error(ErrorCode::kInvalidLimit, fmt::format("{} cannot be {}", option, text))
      .help(fmt::format("it takes {}", allowed));
}

Result<std::uint64_t> bytes_between(std::string_view option, const std::string& text,
                                    std::uint64_t least, std::uint64_t most) {
  const std::string allowed =
      fmt::format("{} to {}, for example {}", format_bytes(least), format_bytes(most), "1MiB");
  const auto bytes = parse_bytes(text);
  if (!bytes) {
    return std::unexpected(Error(ErrorCode::kInvalidLimit, bytes.error().message())
                               .at(std::string(option))
                               .help("it takes " + allowed));
  }
  if (*bytes < least || *bytes > most) return std::unexpected(out_of_range(option, text, allowed));
  return *bytes;
}

Result<std::chrono::nanoseconds> duration_of(std::string_view option, const std::string& text) {
  const std::string allowed =
      fmt::format("more than 0 and up to {}h, for example 200ms, 5s or 1m", kTimeoutMax.count());
  const auto duration = parse_duration(text);
  if (!duration) {
    return std::unexpected(Error(ErrorCode::kInvalidLimit, duration.error().message())
                               .at(std::string(option))
                               .help("it takes " + allowed));
  }
  if (duration->count() == 0 || *duration > kTimeoutMax) {
    return std::unexpected(out_of_range(option, text, allowed));
  }
  return *duration;
}

Result<std::uint64_t> gas_of(const std::string& text) {
  const auto gas = parse_integer("gas", text, {.least = 0, .most = kGasMax});
  if (gas) return *gas;
  return std::unexpected(
      out_of_range("--gas", text, fmt::format("0 to {}, for example 1_000_000", kGasMax)));
}

/// The command line's user owns the machine: what they ask for moves the ceilings themselves.
Result<void> apply_limits(const RunOptions& options, RuntimeConfig& config) {
  if (options.timeout) config.limits.timeout = TRY(duration_of("--timeout", *options.timeout));
  if (options.max_memory) {
    config.limits.memory_bytes_max =
        TRY(bytes_between("--max-memory", *options.max_memory, kMemoryBytesMin, kMemoryBytesMax));
    config.memory.memory_pool_size =
        std::max(config.memory.memory_pool_size, config.limits.memory_bytes_max);
  }
  if (options.max_stack) {
    config.limits.stack_bytes_max =
        TRY(bytes_between("--max-stack", *options.max_stack, kStackBytesMin, kStackBytesMax));
  }
  return {};
}

void apply_unknown_imports(const RunOptions& options, RuntimeConfig& config) {
  constexpr std::array kAll{UnknownImports::kDeny, UnknownImports::kTrap, UnknownImports::kZero};
  for (const UnknownImports value : kAll) {
    if (options.unknown_imports == to_string(value)) config.security.unknown_imports = value;
  }
}

Result<RuntimeConfig> make_config(const RunOptions& options) {
  RuntimeConfig config = TRY(RuntimeConfig::named(options.profile.value_or("production")));
  if (options.gas || options.gas_prices || options.gas_report || options.dry_run) {
    config.metering.enable = true;
  }
  config.metering.profile = options.gas_report;
  if (options.gas_prices) config.metering.prices = TRY(read_gas_prices(*options.gas_prices));
  config.pooling.enable = false;  // one call gains nothing from slots reserved in advance
  apply_unknown_imports(options, config);
  TRY(apply_limits(options, config));
  TRY(config.validate());
  return config;
}

Result<std::array<std::byte, 32>> seed_of(const std::string& text) {
  std::array<std::byte, 32> seed{};
  const auto bytes = from_hex(text);
  if (!bytes || bytes->size() != seed.size()) {
    return std::unexpected(
        out_of_range("--random-seed", text, fmt::format("{} hexadecimal digits", 2 * seed.size())));
  }
  std::ranges::copy(*bytes, seed.begin());
  return seed;
}

/// `NAME=VALUE` grants that; `NAME` passes on what the process has, if anything.
Result<void> grant_variable(const std::string& text, const Environment& environment,
                            ExecutionContext& context) {
  const std::size_t equals = text.find('=');
  const std::string name = text.substr(0, equals);
  if (name.empty()) {
    return std::unexpected(
        Error(ErrorCode::kInvalidConfig, fmt::format("--env \"{}\" names no variable", text))
            .help("write NAME=VALUE, or NAME to pass on the variable of this process"));
  }
  const auto value = equals == std::string::npos ? environment(name) : text.substr(equals + 1);
  if (value) context.with_env(name, *value);
  return {};
}

Result<ExecutionContext> make_context(const RunOptions& options, const Environment& environment) {
  ExecutionContext context;
  context.with_stdin(WasiInherit{}).with_stdout(WasiInherit{}).with_stderr(WasiInherit{});
  for (const std::string& text : options.environment) {
    TRY(grant_variable(text, environment, context));
  }
  for (const std::string& text : options.directories) {
    context.with_directory(TRY(parse_directory(text)));
  }
  if (options.tenant) context.with_tenant(*options.tenant);
  if (options.gas) context.with_gas_limit(TRY(gas_of(*options.gas)));
  if (options.time) context.with_time(TRY(parse_time(*options.time)));
  if (options.random_seed) context.with_random_seed(TRY(seed_of(*options.random_seed)));
  std::vector<std::string> argv{std::filesystem::path(options.file).filename().string()};
  if (!options.function) {
    argv.insert(argv.end(), options.arguments.begin(), options.arguments.end());
  }
  context.with_arguments(std::move(argv));
  return context;
}

}  // namespace

Result<WasiDirectory> parse_directory(std::string_view text) {
  constexpr std::string_view kReadOnly = ":ro";
  std::string_view paths = text;
  const bool read_only = paths.ends_with(kReadOnly);
  if (read_only) paths.remove_suffix(kReadOnly.size());
  const std::size_t split = paths.find("::");
  const std::string_view host = paths.substr(0, split);
  const std::string_view guest = split == std::string_view::npos ? host : paths.substr(split + 2);
  if (host.empty() || guest.empty()) {
    return std::unexpected(
        Error(ErrorCode::kInvalidConfig, fmt::format("--dir \"{}\" names no directory", text))
            .help("write HOST, HOST::GUEST or HOST:ro, for example --dir data::/data:ro"));
  }
  return WasiDirectory{
      .host_path = std::string(host),
      .guest_path = std::string(guest),
      .access = read_only ? DirectoryAccess::kReadOnly : DirectoryAccess::kReadWrite};
}

Result<RunSettings> interpret(const RunOptions& options, const Environment& environment) {
  RuntimeConfig config = TRY(make_config(options));
  config.monitoring.host_calls |= options.stats;
  ExecutionContext context = TRY(make_context(options, environment));
  return RunSettings{.file = options.file,
                     .function = options.function,
                     .arguments = options.arguments,
                     .config = std::move(config),
                     .context = std::move(context),
                     .dry_run = options.dry_run,
                     .stats = options.stats,
                     .json = options.json};
}

}  // namespace synapsed::cli
