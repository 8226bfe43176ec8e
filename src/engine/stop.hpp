#pragma once

/// \file
/// Why a guest ended before it returned. Thread rule: values.

#include <expected>
#include <variant>

#include <synapsed/error.hpp>

namespace synapsed::engine {

/// The guest called WASI's `proc_exit`.
struct ProcessExit {
  int code = 0;  ///< 0..125
};

using Stop = std::variant<Error, ProcessExit>;

template <typename T>
using CallResult = std::expected<T, Stop>;

}  // namespace synapsed::engine
