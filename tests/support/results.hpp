#pragma once

/// \file
/// What most tests need: unwrapping results with a readable failure, and small modules.

#include <cstdlib>
#include <string_view>
#include <utility>

#include <gtest/gtest.h>

#include <synapsed/synapsed.hpp>

namespace synapsed::test {

/// The value; without one, a failure that shows the error and ends the test program.
template <typename T>
T must(Result<T> result) {
  if (!result) {
    ADD_FAILURE() << result.error().to_string();
    std::abort();
  }
  return std::move(*result);
}

inline void must(const Result<void>& result) {
  if (!result) ADD_FAILURE() << result.error().to_string();
}

template <typename T>
::testing::AssertionResult fails_with(const Result<T>& result, ErrorCode code) {
  if (result) return ::testing::AssertionFailure() << "succeeded";
  if (result.error().code() == code) return ::testing::AssertionSuccess();
  return ::testing::AssertionFailure() << result.error().to_string();
}

/// A configuration that starts quickly and reserves little.
inline RuntimeConfig small_config() {
  RuntimeConfig config = RuntimeConfig::production();
  config.pooling.enable = false;
  return config;
}

inline ModuleId load_wat(WasmRuntime& runtime, std::string_view wat,
                         ModuleMetadata metadata = ModuleMetadata{}) {
  return must(runtime.load_module_wat("test", wat, std::move(metadata)));
}

}  // namespace synapsed::test
