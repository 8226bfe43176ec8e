#include "runtime/wasi_policy.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "engine/linker.hpp"
#include "runtime/links.hpp"

namespace synapsed {
namespace {

constexpr std::array<std::string_view, 15> kSafeWasiFunctions{
    "args_get",          "args_sizes_get",   "environ_get",       "environ_sizes_get",
    "fd_close",          "fd_fdstat_get",    "fd_fdstat_set_flags", "fd_filestat_get",
    "fd_prestat_dir_name", "fd_prestat_get", "fd_read",           "fd_seek",
    "fd_tell",           "fd_write",         "proc_exit"};

constexpr std::array<std::string_view, 3> kClockFunctions{"clock_res_get", "clock_time_get",
                                                          "poll_oneoff"};

}  // namespace

bool is_safe_wasi_function(std::string_view name) {
  return std::ranges::find(kSafeWasiFunctions, name) != kSafeWasiFunctions.end();
}

ContextWasi context_wasi_of(std::string_view name) {
  return {.clocks = std::ranges::find(kClockFunctions, name) != kClockFunctions.end(),
          .random = name == "random_get"};
}

ContextWasi context_wasi_of(const engine::Module& module) {
  ContextWasi all;
  for (const ImportType& import : module.imports()) {
    if (import.module != engine::kWasiModule) continue;
    const ContextWasi one = context_wasi_of(import.name);
    all.clocks = all.clocks || one.clocks;
    all.random = all.random || one.random;
  }
  return all;
}

ContextWasi answered_by(const ExecutionContext& context, const ContextWasi& wanted) {
  return {.clocks = wanted.clocks && context.time().has_value(),
          .random = wanted.random && context.random_seed().has_value()};
}

Result<void> check_wasi_imports(const RuntimeConfig& config, const engine::Module& module,
                                const ContextWasi& answered) {
  if (!config.security.disable_unsafe_host_functions) return {};
  const auto& imports = module.imports();
  for (std::size_t i = 0; i < imports.size(); ++i) {
    if (imports[i].module != engine::kWasiModule) continue;
    if (is_safe_wasi_function(imports[i].name)) continue;
    const ContextWasi wanted = context_wasi_of(imports[i].name);
    if ((wanted.clocks && answered.clocks) || (wanted.random && answered.random)) continue;
    const std::string_view contexts_help =
        wanted.clocks   ? "give the execution a time, "
        : wanted.random ? "give the execution a random seed, "
                        : "";
    return std::unexpected(
        Error(ErrorCode::kUnsafeHostFunction,
              fmt::format("import {} reaches files, clocks, random numbers or sockets, which "
                          "security.disable_unsafe_host_functions forbids",
                          quoted(imports[i])))
            .at(import_place(i, imports.size()))
            .help(fmt::format("{}use a profile that allows it, or build the module without it",
                              contexts_help)));
  }
  return {};
}

}  // namespace synapsed
