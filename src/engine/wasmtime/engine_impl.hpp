#pragma once

#include "engine/engine.hpp"
#include "engine/wasmtime/handles.hpp"
#include "engine/wasmtime/ticker.hpp"

namespace synapsed::engine {

/// The C API's engine alone, from its configuration, which this takes. Errors as `Engine::create`.
[[nodiscard]] Result<EngineHandle> make_engine(wasm_config_t* config, bool source_lines);

struct Engine::Impl {
  Impl(const EngineConfig& engine_config, EngineHandle handle)
      : config(engine_config), engine(std::move(handle)), ticker(engine.get()) {}

  EngineConfig config;
  EngineHandle engine;
  Ticker ticker;  // after the engine, whose epoch it advances
};

}  // namespace synapsed::engine
