#pragma once

/// \file
/// How far long work is, on one line of a terminal. Where standard error is none, nothing is written.

#include <cstddef>
#include <string_view>

#include "cli/surroundings.hpp"

namespace synapsed::cli {

class ProgressBar {
 public:
  /// `total`: at least 1.
  ProgressBar(const Streams& streams, std::size_t total) : streams_(streams), total_(total) {}
  ~ProgressBar() { clear(); }
  ProgressBar(const ProgressBar&) = delete;
  ProgressBar& operator=(const ProgressBar&) = delete;

  /// `done` of the total are; `what` comes now.
  void show(std::size_t done, std::string_view what);
  /// Makes room for other text.
  void clear();

 private:
  const Streams& streams_;
  const std::size_t total_;
  bool is_shown_ = false;
};

}  // namespace synapsed::cli
