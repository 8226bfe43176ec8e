#include "cli/diagnostics.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "base/within.hpp"
#include "cli/exit_codes.hpp"
#include "cli/json.hpp"
#include "cli/text.hpp"

namespace synapsed::cli {
namespace {

constexpr std::string_view kRed = "\x1b[1;31m";
constexpr std::string_view kBlue = "\x1b[1;34m";
constexpr std::string_view kCyan = "\x1b[36m";
constexpr std::string_view kDim = "\x1b[2m";
constexpr std::string_view kReset = "\x1b[0m";

/// Wraps text in a colour, or not.
class Brush {
 public:
  explicit Brush(bool coloured) : coloured_(coloured) {}
  [[nodiscard]] std::string operator()(std::string_view colour, std::string_view text) const {
    return coloured_ ? fmt::format("{}{}{}", colour, text, kReset) : std::string(text);
  }

 private:
  bool coloured_;
};

/// A line that starts with `label`; further lines of `text` are indented below it.
std::string labelled(std::string_view label, std::string_view text) {
  std::string indented;
  for (const char c : printable(text)) {
    indented += c;
    if (c == '\n') indented += "      ";
  }
  return fmt::format("  {} {}\n", label, indented);
}

/// The code stands on the first line, whatever the message holds.
std::string render_head(const Brush& brush, std::string_view message, std::string_view code) {
  const std::string text = printable(message);
  const std::size_t line_end = std::min(text.find('\n'), text.size());
  return fmt::format("{} {}   {}{}\n", brush(kRed, "error:"), text.substr(0, line_end),
                     brush(kDim, fmt::format("[{}]", code)), text.substr(line_end));
}

std::string render_hint(const Brush& brush, std::string_view hint) {
  return hint.empty() ? "" : labelled(brush(kCyan, "help:"), hint);
}

/// `math!function 7 @ 0x2f`, as far as it is known.
std::string frame_place(const Frame& frame) {
  const std::string module = frame.module_name.empty() ? "" : frame.module_name + "!";
  const std::string offset = frame.code_offset ? fmt::format(" @ {:#x}", *frame.code_offset) : "";
  return fmt::format("{}function {}{}", module, frame.function_index, offset);
}

std::string render_frames(const Trap& trap) {
  std::string text;
  std::size_t depth = 0;
  for (const Frame& frame : trap.frames) {
    std::string line = frame_place(frame);
    if (!frame.function_name.empty()) line = fmt::format("{} ({})", frame.function_name, line);
    if (!frame.source.empty()) line += ", " + frame.source;
    text += labelled(fmt::format("at {}:", depth++), line);
  }
  return text;
}

}  // namespace

std::string render_error(const Error& error, bool coloured) {
  const Brush brush(coloured);
  std::string text = render_head(brush, error.message(), to_string(error.code()));
  if (!error.where().empty()) text += labelled(brush(kBlue, "-->"), error.where());
  text += render_hint(brush, error.hint());
  if (error.trap() != nullptr) text += render_frames(*error.trap());
  return text;
}

int report(const Invocation& invocation, const Error& error) {
  invocation.streams().err << render_error(error, invocation.coloured_errors) << std::flush;
  return exit_code_of(error.error_class());
}

int report_failure(bool json, const Invocation& invocation, const Error& error) {
  if (!json) return report(invocation, error);
  print_json(invocation.streams().out, {{"error", to_json(error)}});
  return exit_code_of(error.error_class());
}

int report_bad_usage(const Invocation& invocation, const Error& error) {
  report(invocation, error);
  return kBadUsage;
}

int report_bad_usage(Streams& streams, bool coloured, std::string_view message,
                     std::string_view hint) {
  const Brush brush(coloured);
  streams.err << render_head(brush, message, "usage") << render_hint(brush, hint) << std::flush;
  return kBadUsage;
}

Error in_file(Error error, const std::string& file) {
  if (error.where() == file || error.where().starts_with(file + ",")) return error;
  return within(file, std::move(error));
}

}  // namespace synapsed::cli
