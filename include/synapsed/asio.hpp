#pragma once

/// \file
/// Boost.Asio (1.81 or later) on both sides: executions with completion tokens, and coroutines as
/// host functions. Owned by the room `runtime`; the only public header that needs Boost.
///
///     auto result = co_await async_execute_function(runtime, id, "handle", {request}, context,
///                                                   boost::asio::use_awaitable);
///
/// Thread rule: that of Boost.Asio.

#include <exception>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>

#include <synapsed/executor.hpp>
#include <synapsed/host.hpp>
#include <synapsed/runtime.hpp>

namespace synapsed {

/// A Boost.Asio executor as the runtime's. Its context outlives the executions on it, and runs
/// until they have settled.
class AsioExecutor : public Executor {
 public:
  explicit AsioExecutor(boost::asio::any_io_executor executor) : executor_(std::move(executor)) {}

  void post(Task task) override { boost::asio::post(executor_, std::move(task)); }

  [[nodiscard]] Task post_at(Time time, Task task) override {
    auto timer = std::make_shared<boost::asio::steady_timer>(executor_, time);
    timer->async_wait([timer, task = std::move(task)](const boost::system::error_code& off) {
      if (!off) task();
    });
    return [weak = std::weak_ptr(timer)] {
      if (const auto waiting = weak.lock()) waiting->cancel();
    };
  }

 private:
  boost::asio::any_io_executor executor_;
};

namespace asio_detail {

using Signature = void(Result<ExecutionResult>);

/// Hands the result to a handler on the handler's executor, whose work it holds meanwhile.
template <typename Handler>
class Delivery {
 public:
  explicit Delivery(Handler handler)
      : handler_(std::move(handler)), work_(boost::asio::get_associated_executor(handler_)) {}

  [[nodiscard]] auto slot() const {
    return boost::asio::get_associated_cancellation_slot(handler_);
  }

  static void deliver(const std::shared_ptr<Delivery>& self, Result<ExecutionResult> result) {
    boost::asio::dispatch(self->work_.get_executor(),
                          [self, result = std::move(result)]() mutable {
                            if (auto slot = self->slot(); slot.is_connected()) slot.clear();
                            self->work_.reset();
                            std::move(self->handler_)(std::move(result));
                          });
  }

 private:
  using HandlerExecutor = boost::asio::associated_executor_t<Handler>;
  Handler handler_;
  boost::asio::executor_work_guard<HandlerExecutor> work_;
};

struct Initiation {
  WasmRuntime& runtime;

  template <typename Handler>
  void operator()(Handler handler, ModuleId id, std::string function,
                  std::vector<WasmValue> arguments, ExecutionContext context,
                  std::shared_ptr<Executor> executor) const {
    using Delivered = Delivery<Handler>;
    const auto delivery = std::make_shared<Delivered>(std::move(handler));
    const auto handle = std::make_shared<ExecutionHandle>();
    if (auto slot = delivery->slot(); slot.is_connected()) {
      CancelSource cancel;
      slot.assign([cancel](boost::asio::cancellation_type) { cancel.cancel(); });
      context.with_cancellation(CancelToken::any(context.cancellation(), cancel.token()));
    }
    *handle = runtime.execute_function_async(
        id, std::move(function), std::move(arguments), std::move(context),
        [delivery, handle](Result<ExecutionResult> result) {
          Delivered::deliver(delivery, std::move(result));
        },
        std::move(executor));
  }
};

/// What a coroutine takes by value, and the parameter that gets it from the guest.
template <typename T>
struct Owned {
  using Parameter = T;
  static T from(const T& value) { return value; }
};
template <>
struct Owned<std::string> {
  using Parameter = GuestString;
  static std::string from(const GuestString& text) { return std::string(text.view()); }
};
template <>
struct Owned<Bytes> {
  using Parameter = GuestBytes;
  static Bytes from(const GuestBytes& bytes) { return {bytes.view().begin(), bytes.view().end()}; }
};

template <typename T>
struct ResultValue {
  using Type = T;
};
template <typename T>
struct ResultValue<Result<T>> {
  using Type = T;
};

/// Runs a coroutine and completes the call with what it returns. A cancellation of the guest
/// reaches it as Boost.Asio's terminal cancellation.
template <typename R, typename Completion, typename F>
void spawn(const boost::asio::any_io_executor& executor, boost::asio::awaitable<R> coroutine,
           Completion done, std::shared_ptr<const F> function) {
  const auto strand = boost::asio::make_strand(executor);
  const auto signal = std::make_shared<boost::asio::cancellation_signal>();
  done.on_cancel([strand, weak = std::weak_ptr(signal)] {
    boost::asio::post(strand, [weak] {
      if (const auto live = weak.lock()) live->emit(boost::asio::cancellation_type::terminal);
    });
  });
  const auto threw = [done](const std::exception_ptr& thrown) {
    try {
      std::rethrow_exception(thrown);
    } catch (const std::exception& failure) {
      done(std::unexpected(Error(ErrorCode::kHostFunctionFailed,
                                 std::string("a host function threw: ") + failure.what())));
    } catch (...) {
      done(std::unexpected(Error(ErrorCode::kHostFunctionFailed,
                                 "a host function threw something that is no std::exception")));
    }
  };
  boost::asio::co_spawn(strand, std::move(coroutine),
                        boost::asio::bind_cancellation_slot(
                            signal->slot(),
                            [=](const std::exception_ptr& thrown, auto... result) {
                              static_cast<void>(function), static_cast<void>(signal);
                              if (thrown) return threw(thrown);
                              if constexpr (sizeof...(result) == 0) {
                                done(Result<void>());
                              } else {
                                done(std::move(result)...);
                              }
                            }));
}

template <typename F, typename Signature>
struct AwaitableDefinition;

template <typename F, typename R, typename... Ps>
struct AwaitableDefinition<F, boost::asio::awaitable<R>(Ps...)> {
  using Completion = HostCompletion<typename ResultValue<R>::Type>;
  static auto make(boost::asio::any_io_executor executor, F function) {
    return [executor = std::move(executor),
            shared = std::make_shared<const F>(std::move(function))](
               typename Owned<Ps>::Parameter... arguments, Completion done) {
      spawn<R>(executor, (*shared)(Owned<Ps>::from(arguments)...), std::move(done), shared);
    };
  }
};

template <typename F, typename R, typename... Ps>
struct AwaitableDefinition<F, boost::asio::awaitable<R>(HostCallInfo, Ps...)> {
  using Completion = HostCompletion<typename ResultValue<R>::Type>;
  static auto make(boost::asio::any_io_executor executor, F function) {
    return [executor = std::move(executor),
            shared = std::make_shared<const F>(std::move(function))](
               CallContext& call, typename Owned<Ps>::Parameter... arguments, Completion done) {
      spawn<R>(executor, (*shared)(call.info(), Owned<Ps>::from(arguments)...), std::move(done),
               shared);
    };
  }
};

}  // namespace asio_detail

/// `WasmRuntime::execute_function_async` with a completion token for
/// `void(Result<ExecutionResult>)`. The guest runs on `executor` (none: the runtime's own), the
/// handler on its associated one. A cancellation of any type through the handler's slot cancels
/// the execution; the result is `limit.cancelled` then.
template <typename Token>
auto async_execute_function(WasmRuntime& runtime, ModuleId id, std::string function,
                            std::vector<WasmValue> arguments, ExecutionContext context,
                            Token&& token, std::shared_ptr<Executor> executor = nullptr) {
  return boost::asio::async_initiate<Token, asio_detail::Signature>(
      asio_detail::Initiation{runtime}, token, id, std::move(function), std::move(arguments),
      std::move(context), std::move(executor));
}

/// Defines a coroutine as an asynchronous host function. It runs on `executor`, one resumption at
/// a time. Its parameters own what they hold: numbers, `V128`, `std::string` and `Bytes` (checked
/// spans of the guest, copied), `PendingBuffer`; `HostCallInfo` may come first. It returns T or
/// `Result<T>`; an exception ends the guest.
///
///     define_awaitable(runtime.host_functions(), pool.get_executor(), "env", "sleep_ms",
///         [](std::int32_t ms) -> boost::asio::awaitable<Result<std::int32_t>> {
///           boost::asio::steady_timer timer(co_await boost::asio::this_coro::executor);
///           timer.expires_after(std::chrono::milliseconds(ms));
///           co_await timer.async_wait(boost::asio::use_awaitable);
///           co_return ms;
///         });
template <typename F>
void define_awaitable(HostFunctions& functions, boost::asio::any_io_executor executor,
                      std::string module, std::string name, F function,
                      HostFunctionOptions options = {}) {
  using Definition =
      asio_detail::AwaitableDefinition<F, typename host_detail::SignatureOf<F>::Type>;
  functions.define_async(std::move(module), std::move(name),
                         Definition::make(std::move(executor), std::move(function)),
                         std::move(options));
}

}  // namespace synapsed
