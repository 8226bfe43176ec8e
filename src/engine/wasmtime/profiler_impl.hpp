#pragma once

#include <cstdint>
#include <memory>

#include <wasmtime.h>

#include "engine/profiler.hpp"

namespace synapsed::engine {

struct Profiler::Impl {
  struct Delete {
    void operator()(wasmtime_guestprofiler_t* profiler) const {
      wasmtime_guestprofiler_delete(profiler);
    }
  };

  std::unique_ptr<wasmtime_guestprofiler_t, Delete> profiler;
  std::int64_t interval_ns = 0;
  std::int64_t last_ns = 0;  ///< of the sample before
};

}  // namespace synapsed::engine
