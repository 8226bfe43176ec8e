#include "cli/guest_log.hpp"

#include <fmt/format.h>

#include "cli/text.hpp"

namespace synapsed::cli {

std::string log_line(const LogLine& line) {
  std::string text;
  for (const char c : printable(line.text)) {
    text += c;
    if (c == '\n') text += "  ";
  }
  return fmt::format("{}: {}\n", to_string(line.level), text);
}

}  // namespace synapsed::cli
