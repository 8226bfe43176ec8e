#pragma once

/// \file
/// `TRY(expression)`: the value of a `Result`, or return its error from the enclosing function.
///
///     const auto value = TRY(store.get(key));
///
/// Not for a member in a braced initialiser (`{.a = text, .b = TRY(…)}`): on the way out GCC 12
/// does not destroy the members before it. `tests/structure/layers.py` refuses that.

#include <expected>
#include <utility>

namespace synapsed::detail {

template <typename T, typename E>
T take_value(std::expected<T, E>& result) {
  return std::move(*result);
}
template <typename E>
void take_value(std::expected<void, E>&) {}

}  // namespace synapsed::detail

#define TRY(expression)                                                      \
  __extension__({                                                            \
    auto try_result = (expression);                                          \
    if (!try_result) return std::unexpected(std::move(try_result).error());  \
    ::synapsed::detail::take_value(try_result);                              \
  })
