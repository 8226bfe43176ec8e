#include "runtime/wasi_policy.hpp"

#include <algorithm>
#include <array>

namespace synapsed {
namespace {

constexpr std::array<std::string_view, 15> kSafeWasiFunctions{
    "args_get",          "args_sizes_get",   "environ_get",       "environ_sizes_get",
    "fd_close",          "fd_fdstat_get",    "fd_fdstat_set_flags", "fd_filestat_get",
    "fd_prestat_dir_name", "fd_prestat_get", "fd_read",           "fd_seek",
    "fd_tell",           "fd_write",         "proc_exit"};

}  // namespace

bool is_safe_wasi_function(std::string_view name) {
  return std::ranges::find(kSafeWasiFunctions, name) != kSafeWasiFunctions.end();
}

}  // namespace synapsed
