#pragma once

/// \file
/// Host functions: what guests may import. Owned by the room `host`.
///
/// A typed host function is a C++ callable whose declaration says everything: its WebAssembly
/// signature and the checks of what the guest passes follow from its parameters.
///
///     runtime.host_functions().define("env", "log",
///         [](CallContext& call, GuestString text) { print(call.module(), text.view()); });
///
/// | parameter                     | WebAssembly      | checked                          |
/// |-------------------------------|------------------|----------------------------------|
/// | `std::int32_t`, `uint32_t`    | `i32`            |                                  |
/// | `std::int64_t`, `uint64_t`    | `i64`            |                                  |
/// | `float`, `double`, `V128`     | `f32`, `f64`, `v128` |                              |
/// | `GuestBytes`                  | `i32 i32`: pointer, length   | inside the guest's memory |
/// | `GuestString`                 | `i32 i32`: pointer, length   | inside, and UTF-8    |
/// | `GuestBuffer`                 | `i32 i32`: pointer, capacity | inside the guest's memory |
/// | `PendingBuffer`, asynchronous only | `i32 i32`: pointer, capacity | inside the guest's memory |
/// | a record of these             | its fields, in order |                              |
/// | `CallContext&`, only as first | nothing          |                                  |
///
/// A record is an aggregate that names its fields, in their order:
///
///     struct Transfer {
///       GuestString to;
///       std::uint64_t amount;
///       static constexpr std::tuple kGuestFields{&Transfer::to, &Transfer::amount};
///     };
///
/// Results: nothing, a number or `V128`, a `std::tuple` of these, or `Result` of any of these. An
/// error ends the guest with it; but an error with a code of the band `guest`, from a function
/// that returns `Result` of an integer, is returned to the guest as that code's negative number. A
/// callable of another shape does not compile.
///
/// A function that has to wait takes a `HostCompletion<T>` as its last parameter and returns at
/// once; its guest sees an ordinary call that returns T. See `define_async`.
///
/// Thread rule: a callable may be called from several threads at once. `HostFunctions` is safe
/// from any thread.

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <synapsed/error.hpp>
#include <synapsed/host_binding.hpp>
#include <synapsed/host_context.hpp>
#include <synapsed/types.hpp>
#include <synapsed/value.hpp>

namespace synapsed {

/// A host function that takes and returns `WasmValue`s.
using DynamicHostFunction =
    std::function<Result<std::vector<WasmValue>>(std::span<const WasmValue>)>;

/// The kinds a dynamic host function takes and returns. A string or bytes parameter is an `i32`
/// pointer and an `i32` length in the guest. Results are numbers or `v128`.
struct HostSignature {
  std::vector<ValueKind> params;
  std::vector<ValueKind> results;
};

/// What is said of a host function beside its type.
struct HostFunctionOptions {
  std::string description;  ///< one line; may be empty
  HostPrice price;
  /// What a module must have been granted (`ModuleMetadata::with_capability`) to import the
  /// function; empty: nothing.
  std::string capability;
};

struct HostFunctionInfo {
  std::string module;
  std::string name;
  std::optional<FunctionType> type;  ///< null: takes the type the importing module declares
  bool waits = false;                ///< asynchronous
  HostFunctionOptions options;
};

/// A host function that is in no set yet: what `HostFunctions::make` gives and `add` takes.
struct HostFunctionDefinition {
  HostFunctionInfo info;
  /// One of them is set.
  struct Target {
    std::shared_ptr<const HostFunction> function;
    std::shared_ptr<const AsyncHostCallable> async_function;
    DynamicHostFunction untyped;
  } target;
};

/// Host functions that somebody made together, by name.
using NamedHostFunctions = std::vector<std::pair<std::string, HostFunctionDefinition>>;

/// A set of host functions, imported as `module.name`. Versions live side by side under module
/// names of their own, by custom `name@1`, `name@2`. Defining a function again replaces it:
/// instances made from then on call the new one.
class HostFunctions {
 public:
  HostFunctions();
  ~HostFunctions();
  HostFunctions(const HostFunctions&) = delete;
  HostFunctions& operator=(const HostFunctions&) = delete;

  /// Defines a typed host function.
  template <typename F>
  void define(std::string module, std::string name, F function, HostFunctionOptions options = {}) {
    add(make(std::move(module), std::move(name), std::move(function), std::move(options)));
  }

  /// A typed host function that no set has yet.
  template <typename F>
  [[nodiscard]] static HostFunctionDefinition make(std::string module, std::string name, F function,
                                                   HostFunctionOptions options = {}) {
    using Callable =
        host_detail::TypedCallable<F, typename host_detail::SignatureOf<F>::Type>;
    auto callable = std::make_shared<const Callable>(std::move(function), options.price);
    return {.info = {.module = std::move(module), .name = std::move(name),
                     .type = Callable::type(), .waits = false, .options = std::move(options)},
            .target = {.function = std::move(callable), .async_function = {}, .untyped = {}}};
  }
  void add(HostFunctionDefinition definition);

  /// Defines a typed host function that may wait: its last parameter is `HostCompletion<T>`, and
  /// the guest goes on when that is called. Meanwhile the guest holds no thread; deadline and
  /// cancellation of its execution end the wait. Guests that import such a function run on fibers.
  ///
  ///     host.define_async("env", "fetch", [&](GuestString url, HostCompletion<std::int32_t> done) {
  ///       client.get(std::string(url.view()), [done](int status) { done(status); });
  ///     });
  template <typename F>
  void define_async(std::string module, std::string name, F function,
                    HostFunctionOptions options = {}) {
    using Callable = typename host_detail::AsyncCallable<
        F, typename host_detail::SignatureOf<F>::Type>::Type;
    add({.info = {.module = std::move(module), .name = std::move(name), .type = Callable::type(),
                  .waits = true, .options = std::move(options)},
         .target = {.function = {},
                    .async_function = std::make_shared<const Callable>(std::move(function)),
                    .untyped = {}}});
  }

  /// Defines a dynamic one with the kinds it takes. Error: `call.unsupported_type`.
  Result<void> define_dynamic(std::string module, std::string name, const HostSignature& signature,
                              DynamicHostFunction function, HostFunctionOptions options = {});
  /// Defines a dynamic one that takes the core values of whatever type a module imports it with.
  void define_untyped(std::string module, std::string name, DynamicHostFunction function,
                      HostFunctionOptions options = {});

  [[nodiscard]] std::vector<HostFunctionInfo> list() const;  ///< by module and name

  struct Impl;
  [[nodiscard]] const Impl& impl() const { return *impl_; }

 private:
  std::unique_ptr<Impl> impl_;
};

}  // namespace synapsed
