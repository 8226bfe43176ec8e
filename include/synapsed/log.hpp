#pragma once

/// \file
/// What guests and their host functions log. Owned by the room `base`.
///
/// Thread rule: values; a sink may be called from several threads at once.

#include <cstdint>
#include <functional>
#include <string_view>

namespace synapsed {

enum class LogLevel : std::uint8_t { kTrace, kDebug, kInfo, kWarning, kError };

/// `trace`, `debug`, `info`, `warning`, `error`.
[[nodiscard]] std::string_view to_string(LogLevel level);

/// What was logged; the views are valid during the call of the sink.
struct LogLine {
  std::string_view module;
  std::string_view tenant;
  LogLevel level = LogLevel::kInfo;
  std::string_view text;  ///< UTF-8
};

using LogSink = std::function<void(const LogLine& line)>;

}  // namespace synapsed
