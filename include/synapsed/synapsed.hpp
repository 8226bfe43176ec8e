#pragma once

/// \file
/// Everything an embedder needs.

#include <synapsed/cancel.hpp>      // IWYU pragma: export
#include <synapsed/config.hpp>      // IWYU pragma: export
#include <synapsed/context.hpp>     // IWYU pragma: export
#include <synapsed/error.hpp>       // IWYU pragma: export
#include <synapsed/executor.hpp>    // IWYU pragma: export
#include <synapsed/gas.hpp>         // IWYU pragma: export
#include <synapsed/host.hpp>        // IWYU pragma: export
#include <synapsed/inspect.hpp>     // IWYU pragma: export
#include <synapsed/interface.hpp>   // IWYU pragma: export
#include <synapsed/log.hpp>         // IWYU pragma: export
#include <synapsed/module.hpp>      // IWYU pragma: export
#include <synapsed/result.hpp>      // IWYU pragma: export
#include <synapsed/runtime.hpp>     // IWYU pragma: export
#include <synapsed/session.hpp>     // IWYU pragma: export
#include <synapsed/snapshot.hpp>    // IWYU pragma: export
#include <synapsed/stats.hpp>       // IWYU pragma: export
#include <synapsed/trace.hpp>       // IWYU pragma: export
#include <synapsed/types.hpp>       // IWYU pragma: export
#include <synapsed/value.hpp>       // IWYU pragma: export
#include <synapsed/version.hpp>     // IWYU pragma: export
#include <synapsed/wasi.hpp>        // IWYU pragma: export
