#pragma once

#include <optional>

#include <synapsed/config.hpp>

#include "bytecode/gas/instrument.hpp"
#include "engine/config.hpp"

namespace synapsed {

/// What a runtime's configuration means for its engine.
[[nodiscard]] engine::EngineConfig engine_config(const RuntimeConfig& config);

/// Of the engine that compiles fast, for `compilation.tiered`. What its compiler lacks is off: a module that needs
/// that has no first tier.
[[nodiscard]] engine::EngineConfig baseline_engine_config(const RuntimeConfig& config);

/// What it asks to be counted and exported; nothing: modules stay as they are.
[[nodiscard]] std::optional<bytecode::InstrumentOptions> instrument_options(
    const RuntimeConfig& config);

}  // namespace synapsed
