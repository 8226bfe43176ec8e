#pragma once

/// \file
/// How compiled code reaches a host function. Owned by the room `base`; users read host.hpp.
///
/// Thread rule: a `HostFunction` may be called from several threads at once, each for another
/// guest. A `GuestCaller` lives during one call, on the guest's thread.

#include <cstddef>
#include <memory>
#include <span>
#include <variant>

#include <synapsed/error.hpp>
#include <synapsed/raw_value.hpp>

namespace synapsed {

/// The guest ended itself, successfully.
struct ProcessExit {
  int code = 0;  ///< 0..125
};

/// Why a guest ended before it returned.
using Stop = std::variant<Error, ProcessExit>;
using StopHandle = std::unique_ptr<Stop>;

/// A guest's linear memory, valid until the guest runs again.
struct GuestMemory {
  std::byte* data = nullptr;  ///< null: there is none
  std::size_t size = 0;
};

/// The guest that calls; the engine knows how to ask it.
class GuestCaller {
 public:
  explicit GuestCaller(void* native) : native_(native) {}
  GuestCaller(const GuestCaller&) = delete;
  GuestCaller& operator=(const GuestCaller&) = delete;

  /// Its export `memory`.
  [[nodiscard]] GuestMemory memory() const;
  /// What the runtime keeps of the execution.
  [[nodiscard]] void* user() const;

 private:
  void* native_;
};

class HostFunction {
 public:
  virtual ~HostFunction() = default;
  /// `values` holds the arguments and takes the results. Null when the guest goes on. An exception
  /// ends the guest too; none crosses it.
  [[nodiscard]] virtual StopHandle call(GuestCaller& caller,
                                        std::span<RawValue> values) const = 0;
};

}  // namespace synapsed
