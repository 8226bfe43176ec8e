#pragma once

#include <synapsed/config.hpp>

#include "engine/config.hpp"

namespace synapsed {

/// What a runtime's configuration means for its engine.
[[nodiscard]] engine::EngineConfig engine_config(const RuntimeConfig& config);

}  // namespace synapsed
