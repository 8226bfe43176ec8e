#pragma once

/// \file
/// What a metered guest calls when it lacks gas, from (missing i64) to nothing.
///
/// They find the account in the execution that the store points to. What they add suffices, or the
/// guest ends itself. Thread rule: shared by all guests.

#include <memory>

#include <synapsed/host_function.hpp>

#include "engine/host_function.hpp"

namespace synapsed {

/// Adds at once.
[[nodiscard]] std::shared_ptr<const HostFunction> make_refill();
/// Adds when the guest's slice has begun: after the guest has given its thread back.
[[nodiscard]] std::shared_ptr<const engine::AsyncHostFunction> make_sliced_refill();

}  // namespace synapsed
