#pragma once

/// \file
/// The home of instances: their memory, their limits, the calls into them.
///
/// Invariants: a store never holds more than its `StoreLimits`; what it held goes back to the pool
/// when it is destroyed; a guest in it runs only between `arm` and the end of the call.
///
/// Thread rule: one thread at a time; it may move between threads from call to call. Only the
/// `Interrupt` may be used from another thread meanwhile.

#include <array>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <variant>

#include <synapsed/error.hpp>
#include <synapsed/raw_value.hpp>
#include <synapsed/types.hpp>
#include <synapsed/wasi.hpp>

#include "engine/engine.hpp"
#include "engine/fiber_call.hpp"
#include "engine/interrupt.hpp"
#include "engine/module.hpp"
#include "engine/memory_view.hpp"
#include "engine/stop.hpp"

namespace synapsed::engine {

/// Linear memory shared by the stores of one runtime: they may not hold more together.
/// Thread rule: safe from any thread.
class MemoryPool {
 public:
  explicit MemoryPool(std::uint64_t bytes_max);
  ~MemoryPool();
  MemoryPool(const MemoryPool&) = delete;
  MemoryPool& operator=(const MemoryPool&) = delete;

  [[nodiscard]] std::uint64_t bytes_used() const;

  struct Impl;
  [[nodiscard]] Impl& impl() const { return *impl_; }

 private:
  std::unique_ptr<Impl> impl_;
};

struct StoreLimits {
  std::uint64_t memory_bytes_max = 0;    ///< all memories together
  std::uint64_t table_elements_max = 0;  ///< all tables together
  std::uint32_t memories_max = 16;
  std::uint32_t tables_max = 16;
  std::uint32_t instances_max = 1;
};

using Deadline = std::chrono::steady_clock::time_point;
inline constexpr Deadline kNoDeadline = Deadline::max();

/// The engine counts a guest's stack from where it is entered and trusts that the thread has it.
/// Error: `config.invalid_limit` when the calling thread has less left than guests may use.
[[nodiscard]] Result<void> check_stack_room(const Engine& engine);

/// An exported function of an instance. Thread rule: a value; only for its own store.
struct Function {
  std::array<std::uint64_t, 2> handle{};
};

struct Memory {
  std::array<std::uint64_t, 3> handle{};
};

/// An exported table.
struct Table {
  std::array<std::uint64_t, 3> handle{};
};

/// An exported global.
struct Global {
  std::array<std::uint64_t, 3> handle{};
};

/// An exported global of type i64 that may be set.
struct Counter {
  std::array<std::uint64_t, 3> handle{};
};

struct Instance {
  std::array<std::uint64_t, 2> handle{};
};

/// What a reference refers to, as far as the host can tell. Thread rule: a value.
struct Reference {
  enum class Kind : std::uint8_t { kNull, kFunction, kOther };
  Kind kind = Kind::kNull;
  /// Of a function: the same for the same function of the same instance, and for no other.
  std::uintptr_t identity = 0;
};

/// What a global or an element of a table holds.
using StateValue = std::variant<RawValue, Reference>;

class Profiler;

class Store {
 public:
  /// `pool` may be null; otherwise it outlives the store. Error: `host.engine`.
  [[nodiscard]] static Result<Store> create(const Engine& engine, const StoreLimits& limits,
                                            MemoryPool* pool);
  Store(Store&&) noexcept;
  Store& operator=(Store&&) noexcept;
  ~Store();

  /// Needed before instantiating a module that imports WASI. Errors: `security.path_denied` for a
  /// directory that cannot be opened, `call.argument_type` for text that is not UTF-8 or holds NUL.
  Result<void> set_wasi(const WasiConfig& config);

  /// Lets guests run until `deadline`, or until the interrupt is used from now on; on a fiber they
  /// give their thread back at `slice_end`. A deadline that has passed ends the guest at once.
  void arm(Deadline deadline, Deadline slice_end = kNoDeadline);
  /// From the next `arm` on, guests are sampled; null: no more. With epochs only.
  void set_profiler(Profiler* profiler);
  /// No guest runs any more; deadline and slice are off.
  void disarm();
  [[nodiscard]] Interrupt interrupt() const;
  /// Whether a guest on a fiber stopped running because its slice was over, not because it waits.
  [[nodiscard]] bool used_its_slice() const;

  /// What host functions called from here get as `Caller::user()`.
  void set_user(void* user);

  void set_memory_limit(std::uint64_t bytes);
  [[nodiscard]] std::uint64_t memory_bytes() const;
  /// The most held since `reset_peak`, or ever.
  [[nodiscard]] std::uint64_t peak_memory_bytes() const;
  void reset_peak();

  [[nodiscard]] std::optional<Function> function(const Instance& instance, std::string_view name);
  /// Null also when `index` is not of the instance's module. Several times as fast as by name.
  [[nodiscard]] std::optional<Function> function(const Instance& instance,
                                                 const ExportIndex& index);
  [[nodiscard]] std::optional<Memory> memory(const Instance& instance, std::string_view name);
  /// Null when there is no such global. It must be a mutable i64.
  [[nodiscard]] std::optional<Counter> counter(const Instance& instance, const ExportIndex& index);
  [[nodiscard]] std::int64_t read(const Counter& counter);
  void write(const Counter& counter, std::int64_t value);

  [[nodiscard]] std::optional<Global> global(const Instance& instance, const ExportIndex& index);
  [[nodiscard]] StateValue read(const Global& global);
  /// A number or vector of the global's type; it must be mutable.
  void write(const Global& global, const ValueType& type, const RawValue& value);
  /// The global must be mutable and refer to functions. Null: no function.
  void write(const Global& global, const std::optional<Function>& function);

  /// Null when there is no such table.
  [[nodiscard]] std::optional<Table> table(const Instance& instance, const ExportIndex& index);
  [[nodiscard]] std::uint64_t size(const Table& table);  ///< elements
  /// `element` must be inside the table.
  [[nodiscard]] Reference read(const Table& table, std::uint64_t element);
  /// `element` must be inside the table, which must be of functions; `function` of this store.
  void write(const Table& table, std::uint64_t element, const std::optional<Function>& function);
  /// By so many of `fill`, or nulls; `type` is that of its elements, and of functions with `fill`. Errors:
  /// `limit.*`, `host.engine` beyond the table's maximum.
  Result<void> grow(const Table& table, std::uint64_t elements, const ValueType& type,
                    const std::optional<Function>& fill);

  [[nodiscard]] Reference identity_of(const Function& function);

  [[nodiscard]] std::optional<Memory> memory(const Instance& instance, const ExportIndex& index);
  /// By so many of its pages. Errors: those of a table.
  Result<void> grow(const Memory& memory, std::uint64_t pages);
  /// Valid until the guest runs again.
  [[nodiscard]] MemoryView view(const Memory& memory);

  /// Calls without checks: `values` holds the arguments and has room for the results, whichever
  /// are more; the caller knows the function's type.
  CallResult<void> call(const Function& function, std::span<RawValue> values);

  /// The same on a fiber; `type` is the function's, and `values` outlives the call.
  [[nodiscard]] FiberCall start_call(const Function& function, const FunctionType& type,
                                     std::span<RawValue> values);

  /// The type of a function of this store.
  [[nodiscard]] FunctionType type_of(const Function& function);

  struct Impl;
  [[nodiscard]] Impl& impl() const { return *impl_; }

 private:
  explicit Store(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace synapsed::engine
