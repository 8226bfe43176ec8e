#pragma once

/// \file
/// What guests log, as people read it.

#include <string>

#include <synapsed/log.hpp>

namespace synapsed::cli {

/// `info: text`, ended; lines of a text that has several are indented.
[[nodiscard]] std::string log_line(const LogLine& line);

}  // namespace synapsed::cli
