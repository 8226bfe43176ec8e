#pragma once

/// \file
/// Which machine addresses are compiled guest functions, for the one reader that may not wait: a
/// signal handler (see `guest_signal.hpp`). Trampolines between host and guest are not in it.
///
/// Thread rule: safe from any thread; `contains_guest_code` also from a signal handler.

#include <cstdint>

#include <wasmtime.h>

namespace synapsed::engine {

/// The functions of one module are known while this lives.
class GuestCode {
 public:
  explicit GuestCode(const wasmtime_module_t* module);
  ~GuestCode();
  GuestCode(const GuestCode&) = delete;
  GuestCode& operator=(const GuestCode&) = delete;

 private:
  std::uintptr_t text_ = 0;
};

/// False also when another thread is just changing what is known: ask again later.
[[nodiscard]] bool contains_guest_code(std::uintptr_t address);

}  // namespace synapsed::engine
