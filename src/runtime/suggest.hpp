#pragma once

#include <span>
#include <string>
#include <string_view>

namespace synapsed {

/// A sentence that helps with a name that was not found: the nearest candidate, or what there is.
[[nodiscard]] std::string suggest(std::string_view name,
                                  std::span<const std::string_view> candidates);

}  // namespace synapsed
