#pragma once

/// \file
/// What `synapsed version` and `synapsed --version` print.

#include <string>

namespace synapsed::cli {

[[nodiscard]] std::string version_text();

}  // namespace synapsed::cli
