#pragma once

/// \file
/// Where modules live and meet: an engine, and a store with the instances one script makes, on
/// Wasmtime's C API itself, because scripts link instances with each other and pass references,
/// which sandboxes do not.
///
/// Thread rule: one thread.

#include <cstdint>
#include <list>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <synapsed/error.hpp>
#include <synapsed/value.hpp>

#include "engine/engine.hpp"
#include "engine/wasmtime/handles.hpp"

namespace synapsed::tests {

/// Values with the references they keep alive.
class Values {
 public:
  Values() = default;
  explicit Values(std::size_t count) : values_(count) {}
  Values(Values&&) noexcept = default;
  Values& operator=(Values&& other) noexcept;
  ~Values();

  [[nodiscard]] wasmtime_val_t* data() { return values_.data(); }
  [[nodiscard]] std::size_t size() const { return values_.size(); }
  [[nodiscard]] const wasmtime_val_t& operator[](std::size_t i) const { return values_[i]; }
  void push_back(const wasmtime_val_t& value) { values_.push_back(value); }

 private:
  void unroot();
  std::vector<wasmtime_val_t> values_;
};

/// More than any test spends, and far enough from the end not to wrap.
inline constexpr std::int64_t kPlentyOfGas = std::int64_t{1} << 62;

/// How an entry into a guest ended.
struct Ended {
  enum class How : std::uint8_t {
    kReturned,
    kTrapped,
    kThrew,    ///< an exception left the function
    kRefused,  ///< not entered: it cannot be linked, or the call does not fit
    kOutOfGas,
  };
  How how = How::kReturned;
  std::optional<wasmtime_trap_code_t> code;  ///< of a trap
  std::string message;
  Values results;
  std::optional<wasmtime_instance_t> instance;  ///< made, when that was asked for
};

[[nodiscard]] std::string_view to_string(Ended::How how);

/// The engine of the runtime, with every proposal it can be configured for.
[[nodiscard]] Result<engine::Engine> create_conformance_engine();

/// Errors: `load.invalid_module`.
[[nodiscard]] Result<engine::ModuleHandle> compile(wasm_engine_t* engine,
                                                   std::span<const std::byte> wasm);

class World {
 public:
  explicit World(wasm_engine_t* engine);

  /// An instance that meters itself gets gas for whatever a test may do with it, and is started.
  [[nodiscard]] Ended instantiate(const wasmtime_module_t* module);
  /// Makes the exports importable as `name`. Returns what is wrong, or nothing.
  [[nodiscard]] std::string register_as(std::string_view name, const wasmtime_instance_t& instance);
  [[nodiscard]] std::optional<wasmtime_extern_t> find(const wasmtime_instance_t& instance,
                                                      std::string_view name);
  /// Calls a function of `instance`.
  [[nodiscard]] Ended call(const wasmtime_instance_t& instance, const wasmtime_func_t& function,
                           Values& arguments);
  [[nodiscard]] wasmtime_context_t* context() const;
  [[nodiscard]] wasmtime_store_t* store() const { return store_.get(); }

  /// An instance that asks for more gas where it lacks some is given what it lacks and so much on
  /// top, as long as there is some of what it was set to; it starts with no more than that.
  static constexpr std::int64_t kRefillGas = 3;

  /// The gas an instance that meters itself has left.
  [[nodiscard]] std::optional<std::int64_t> gas(const wasmtime_instance_t& instance);
  void set_gas(const wasmtime_instance_t& instance, std::int64_t gas);

 private:
  /// What an instance has left and was not given.
  struct Reserve {
    wasmtime_context_t* context;
    wasmtime_global_t gas_global;
    std::int64_t gas = 0;
  };

  void connect_refill(const wasmtime_instance_t& instance);
  [[nodiscard]] Reserve* find_reserve(const wasmtime_global_t& gas_global);
  static wasm_trap_t* on_refill(void* data, wasmtime_caller_t* caller, wasmtime_val_raw_t* values,
                                std::size_t count);
  std::optional<wasmtime_global_t> gas_global(const wasmtime_instance_t& instance);
  Ended start(const wasmtime_instance_t& instance);
  Ended ended(wasmtime_error_t* error, wasm_trap_t* trap);

  engine::StoreHandle store_;
  engine::LinkerHandle linker_;
  std::list<Reserve> reserves_;
};

}  // namespace synapsed::tests
