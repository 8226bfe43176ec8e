#pragma once

/// \file
/// What commands write to files.

#include <span>
#include <string>

#include "base/files.hpp"

namespace synapsed::cli {

/// The file then holds either what it held before or all of `bytes`; a device or a pipe is written
/// to. Error: `host.io`.
[[nodiscard]] Result<void> write_output(const std::string& path, std::span<const std::byte> bytes,
                                        FileAccess access = FileAccess::kAsUsual);

}  // namespace synapsed::cli
