#pragma once

/// \file
/// What commands write: files, all or nothing, and standard output.

#include <span>
#include <string>

#include <synapsed/error.hpp>

#include "base/files.hpp"

namespace synapsed::cli {

/// Replaces a file; a device or a pipe is written to. Error: `host.io`.
[[nodiscard]] Result<void> write_output(const std::string& path, std::span<const std::byte> bytes,
                                        FileAccess access = FileAccess::kAsUsual);

}  // namespace synapsed::cli
