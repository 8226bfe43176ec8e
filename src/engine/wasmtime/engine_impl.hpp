#pragma once

#include "engine/engine.hpp"
#include "engine/wasmtime/handles.hpp"
#include "engine/wasmtime/ticker.hpp"

namespace synapsed::engine {

struct Engine::Impl {
  Impl(const EngineConfig& engine_config, EngineHandle handle)
      : config(engine_config), engine(std::move(handle)), ticker(engine.get()) {}

  EngineConfig config;
  EngineHandle engine;
  Ticker ticker;  // after the engine, whose epoch it advances
};

}  // namespace synapsed::engine
