#pragma once

/// \file
/// The options of `synapsed run`, as written and as understood.

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <synapsed/config.hpp>
#include <synapsed/context.hpp>
#include <synapsed/error.hpp>

#include "cli/surroundings.hpp"

namespace synapsed::cli {

// What --timeout, --max-memory, --max-stack and --gas accept.
inline constexpr std::uint64_t kGasMax = std::uint64_t{INT64_MAX};
inline constexpr std::chrono::hours kTimeoutMax{365 * 24};
inline constexpr std::uint64_t kMemoryBytesMin = std::uint64_t{64} << 10;
inline constexpr std::uint64_t kMemoryBytesMax = std::uint64_t{4} << 30;
inline constexpr std::uint64_t kStackBytesMin = std::uint64_t{64} << 10;
inline constexpr std::uint64_t kStackBytesMax = std::uint64_t{4} << 20;

/// As written.
struct RunOptions {
  std::string file;
  std::optional<std::string> function;
  std::vector<std::string> arguments;
  std::optional<std::string> timeout;
  std::optional<std::string> max_memory;
  std::optional<std::string> max_stack;
  std::optional<std::string> gas;
  std::optional<std::string> gas_prices;  ///< a file
  bool gas_report = false;
  bool dry_run = false;
  std::vector<std::string> directories;  ///< HOST[::GUEST][:ro]
  std::vector<std::string> environment;  ///< NAME=VALUE, or NAME to inherit it
  std::optional<std::string> time;
  std::optional<std::string> random_seed;
  std::optional<std::string> profile;
  std::optional<std::string> unknown_imports;
  std::optional<std::string> tenant;
  std::optional<std::string> code_cache;  ///< a directory
  std::optional<std::string> profile_guest;  ///< a file
  std::optional<std::string> trace;          ///< a file
  bool stats = false;
  bool json = false;
};

/// As understood.
struct RunSettings {
  std::string file;
  std::optional<std::string> function;  ///< none: a WASI command
  std::vector<std::string> arguments;
  RuntimeConfig config;
  ExecutionContext context;  ///< what the guest is given
  bool dry_run = false;
  bool stats = false;
  bool json = false;
};

/// Every error is one of usage and says what is allowed.
[[nodiscard]] Result<RunSettings> interpret(const RunOptions& options,
                                            const Environment& environment);

/// `HOST[::GUEST][:ro]`
[[nodiscard]] Result<WasiDirectory> parse_directory(std::string_view text);

}  // namespace synapsed::cli
