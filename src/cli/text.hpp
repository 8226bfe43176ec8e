#pragma once

/// \file
/// Text for terminals.

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace synapsed::cli {

/// `text` with control characters other than newline and tab written as `\x1b`: names in a module
/// are chosen by its author and must not steer the terminal.
[[nodiscard]] std::string printable(std::string_view text);

/// Columns, each as wide as its widest cell; the last is not padded.
class Table {
 public:
  explicit Table(std::size_t indent = 0) : indent_(indent) {}
  void add_row(std::vector<std::string> cells);
  [[nodiscard]] std::string text() const;

 private:
  std::size_t indent_;
  std::vector<std::vector<std::string>> rows_;
  std::vector<std::size_t> widths_;
};

}  // namespace synapsed::cli
