#pragma once

#include "base/sanitizers.hpp"
#include "engine/engine.hpp"
#include "engine/wasmtime/handles.hpp"
#include "engine/wasmtime/ticker.hpp"

namespace synapsed::engine {

/// The C API's engine alone, from its configuration, which this takes. Errors as `Engine::create`.
[[nodiscard]] Result<EngineHandle> make_engine(wasm_config_t* config, bool source_lines);

/// Whether guests are stopped by signals here (see `guest_signal.hpp`).
#if defined(__linux__) && defined(__x86_64__) && !defined(SYNAPSED_TSAN)
inline constexpr bool kGuestSignals = true;
#else
inline constexpr bool kGuestSignals = false;
#endif
[[nodiscard]] inline bool uses_signals(const EngineConfig& config) {
  return kGuestSignals && config.interruption == Interruption::kSignals;
}

/// The size of the stacks that fibers run on.
[[nodiscard]] std::uint64_t fiber_stack_bytes(const EngineConfig& config);

struct Engine::Impl {
  Impl(const EngineConfig& engine_config, EngineHandle handle)
      : config(engine_config),
        signals(uses_signals(engine_config)),
        engine(std::move(handle)),
        ticker(engine.get(), signals) {}

  EngineConfig config;
  bool signals;  // guests are stopped by signals, not by epochs
  EngineHandle engine;
  Ticker ticker;  // after the engine, whose epoch it may advance
};

}  // namespace synapsed::engine
