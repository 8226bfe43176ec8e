#pragma once

/// \file
/// Places of errors inside of places. Thread rule: a pure function.

#include <string>
#include <string_view>
#include <utility>

#include <synapsed/error.hpp>

namespace synapsed {

/// The error, its place inside of `outer`: `outer, place`, or `outer` alone.
[[nodiscard]] inline Error within(std::string_view outer, Error error) {
  std::string where(outer);
  if (!error.where().empty()) where.append(", ").append(error.where());
  return std::move(error).at(std::move(where));
}

}  // namespace synapsed
