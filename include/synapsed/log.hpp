#pragma once

/// \file
/// What guests and their host functions log. Owned by the room `base`.
///
/// Thread rule: values; a sink may be called from several threads at once.

#include <cstdint>
#include <functional>
#include <string_view>

namespace synapsed {

enum class LogLevel : std::uint8_t { kDebug, kInfo, kWarning, kError };

/// `debug`, `info`, `warning`, `error`.
[[nodiscard]] std::string_view to_string(LogLevel level);

/// Takes one line: its level, the module's name and the text, UTF-8.
using LogSink =
    std::function<void(LogLevel level, std::string_view module, std::string_view message)>;

}  // namespace synapsed
