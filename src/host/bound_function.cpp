#include "host/bound_function.hpp"

#include <fmt/format.h>

#include "host/call_context.hpp"

namespace synapsed {
namespace {

constexpr int kExitCodeMost = 125;  // WASI keeps the codes above for the host

class BoundFunction : public engine::HostFunction {
 public:
  explicit BoundFunction(std::shared_ptr<const HostCallable> callable)
      : callable_(std::move(callable)) {}

  std::unique_ptr<engine::Stop> call(engine::Caller& caller,
                                     std::span<RawValue> values) const override {
    CallContext::Impl impl{.caller = caller,
                           .scope = *static_cast<const ExecutionScope*>(caller.user()),
                           .memory = {}};
    CallContext context = CallContextAccess::make(impl);
    if (auto error = callable_->call(context, values)) {
      return std::make_unique<engine::Stop>(std::move(*error));
    }
    const std::optional<int> code = CallContextAccess::exit_code(context);
    if (!code) return nullptr;
    if (*code < 0 || *code > kExitCodeMost) {
      return std::make_unique<engine::Stop>(
          Error(ErrorCode::kHostFunctionFailed,
                fmt::format("a host function gave the exit code {}", *code))
              .help("exit codes are 0 to 125"));
    }
    return std::make_unique<engine::Stop>(engine::ProcessExit{*code});
  }

 private:
  std::shared_ptr<const HostCallable> callable_;
};

}  // namespace

std::shared_ptr<const engine::HostFunction> bind(std::shared_ptr<const HostCallable> callable) {
  return std::make_shared<const BoundFunction>(std::move(callable));
}

}  // namespace synapsed
