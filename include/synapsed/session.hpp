#pragma once

/// \file
/// Several calls on one instance. Owned by the room `runtime`.
///
///     auto session = runtime.open_session(id).value();
///     auto add = session.function<std::int32_t(std::int32_t, std::int32_t)>("add").value();
///     std::int32_t sum = add(10, 20).value();
///
/// Thread rule: one thread at a time. A session and its functions may outlive the runtime.

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <type_traits>

#include <synapsed/error.hpp>
#include <synapsed/host_binding.hpp>
#include <synapsed/raw_value.hpp>
#include <synapsed/result.hpp>
#include <synapsed/snapshot.hpp>
#include <synapsed/types.hpp>
#include <synapsed/value.hpp>

namespace synapsed {

template <typename Signature>
class SessionFunction;

/// An instance that its owner has checked out. When a call on it fails, the instance is given up,
/// and further calls fail with `call.instance_stopped`; a persistent module's instance follows its
/// restart policy instead.
class Session {
 public:
  Session(Session&&) noexcept;
  Session& operator=(Session&&) noexcept;
  ~Session();

  /// As `WasmRuntime::execute_function`; each call has the limits of the session's context.
  Result<ExecutionResult> call(std::string_view function, std::span<const WasmValue> arguments);
  Result<ExecutionResult> call(std::string_view function,
                               std::initializer_list<WasmValue> arguments);

  /// The state of the instance now. Errors: `snapshot.disabled`, `snapshot.reference`,
  /// `call.instance_stopped`, and those of making an instance.
  [[nodiscard]] Result<Snapshot> snapshot();
  /// Puts an instance in that state in the place of the one there is, which stays when that fails.
  /// Functions that were looked up before are gone with it. Errors: those of
  /// `ExecutionContext::with_snapshot`.
  Result<void> restore(const Snapshot& snapshot);
  /// Another session whose instance, its own, is in the state of this one; both go on apart. Errors:
  /// those of `snapshot` and `WasmRuntime::fork`.
  [[nodiscard]] Result<Session> fork();

  /// An exported function with a C++ signature of integers, floats and `V128`, checked here and
  /// never again: calling it costs little more than the call itself. Its calls are counted in the
  /// statistics as `session_calls`, without their times. Errors: `call.unknown_export`,
  /// `call.not_a_function`, `call.argument_type`, `call.instance_stopped`.
  template <typename Signature>
  [[nodiscard]] Result<SessionFunction<Signature>> function(std::string_view name);

  struct Impl;
  explicit Session(std::shared_ptr<Impl> impl);

 private:
  std::shared_ptr<Impl> impl_;
};

namespace session_detail {

/// A looked-up function.
struct Target;

[[nodiscard]] Result<std::shared_ptr<const Target>> find(const std::shared_ptr<Session::Impl>& impl,
                                                         std::string_view name,
                                                         const FunctionType& type);
/// `values` holds the arguments and takes the results. Null when the call ended well.
[[nodiscard]] std::unique_ptr<Error> call(const Target& target, std::span<RawValue> values);

}  // namespace session_detail

template <typename R, typename... Args>
class SessionFunction<R(Args...)> {
  static_assert((host_detail::kIsNumber<Args> && ...) &&
                    (std::is_void_v<R> || host_detail::kIsNumber<R>),
                "a session function takes and returns integers, floats and V128");

 public:
  /// Errors: those of `Session::call`.
  Result<R> operator()(Args... arguments) const {
    constexpr std::size_t kSlots = std::max<std::size_t>(sizeof...(Args), 1);
    std::array<RawValue, kSlots> values{host_detail::number_to(arguments)...};
    if (auto failed = session_detail::call(*target_, values)) {
      return std::unexpected(std::move(*failed));
    }
    if constexpr (std::is_void_v<R>) {
      return {};
    } else {
      return host_detail::number_from<R>(values[0]);
    }
  }

 private:
  friend class Session;
  explicit SessionFunction(std::shared_ptr<const session_detail::Target> target)
      : target_(std::move(target)) {}
  static FunctionType type() {
    FunctionType result{.params = {ValueType{.kind = host_detail::kind_of<Args>()}...},
                        .results = {}};
    if constexpr (!std::is_void_v<R>) {
      result.results.push_back({.kind = host_detail::kind_of<R>()});
    }
    return result;
  }

  std::shared_ptr<const session_detail::Target> target_;
};

template <typename Signature>
Result<SessionFunction<Signature>> Session::function(std::string_view name) {
  auto target = session_detail::find(impl_, name, SessionFunction<Signature>::type());
  if (!target) return std::unexpected(target.error());
  return SessionFunction<Signature>(std::move(*target));
}

}  // namespace synapsed
