#pragma once

/// \file
/// Why a guest ended before it returned. Thread rule: values.

#include <expected>

#include <synapsed/host_function.hpp>

namespace synapsed::engine {

using synapsed::ProcessExit;
using synapsed::Stop;

template <typename T>
using CallResult = std::expected<T, Stop>;

}  // namespace synapsed::engine
