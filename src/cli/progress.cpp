#include "cli/progress.hpp"

#include <algorithm>
#include <ostream>
#include <string>

#include <fmt/format.h>

#include "cli/text.hpp"

namespace synapsed::cli {
namespace {

constexpr std::size_t kWidth = 24;
constexpr std::string_view kEraseLine = "\r\x1b[K";

}  // namespace

void ProgressBar::show(std::size_t done, std::string_view what) {
  if (!streams_.err_is_terminal) return;
  const std::size_t filled = kWidth * std::min(done, total_) / total_;
  streams_.err << fmt::format("{}[{}{}] {}/{} {}", kEraseLine, std::string(filled, '#'),
                              std::string(kWidth - filled, '.'), done, total_, printable(what))
               << std::flush;
  is_shown_ = true;
}

void ProgressBar::clear() {
  if (!is_shown_) return;
  streams_.err << kEraseLine << std::flush;
  is_shown_ = false;
}

}  // namespace synapsed::cli
