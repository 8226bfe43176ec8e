#pragma once

#include <memory>

#include <synapsed/host.hpp>

#include "engine/host_function.hpp"

namespace synapsed {

/// An asynchronous host function as the engine calls it. The store's user pointer is an
/// `ExecutionScope`.
[[nodiscard]] std::shared_ptr<const engine::AsyncHostFunction> bind_async(
    std::shared_ptr<const AsyncHostCallable> callable, const HostPrice& price);

}  // namespace synapsed
