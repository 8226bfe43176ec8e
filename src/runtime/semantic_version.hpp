#pragma once

#include <string_view>

namespace synapsed {

/// True when `text` follows Semantic Versioning 2.0.0: `1.0.0`, `1.0.0-rc.1+build.5`.
[[nodiscard]] bool is_semantic_version(std::string_view text);

}  // namespace synapsed
