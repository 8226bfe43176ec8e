#pragma once

/// \file
/// Everything that is wrong with a file in TOML, each with its place.
///
/// Thread rule: a value.

#include <algorithm>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <synapsed/error.hpp>

#define TOML_HEADER_ONLY 1
#define TOML_EXCEPTIONS 0
#define TOML_ENABLE_FORMATTERS 0
#include <toml++/toml.h>

namespace synapsed {

class TomlProblems {
 public:
  void note(toml::source_position place, std::string sentence) {
    all_.push_back({.place = place, .sentence = std::move(sentence)});
  }
  [[nodiscard]] bool empty() const { return all_.empty(); }

  /// `what` are or is wrong in so many places: those of the file `source`, from its beginning on.
  [[nodiscard]] Error error(ErrorCode code, std::string_view what, std::string_view source) {
    std::ranges::stable_sort(all_, {}, [](const Problem& problem) {
      return std::tuple(problem.place.line, problem.place.column);
    });
    std::string message =
        fmt::format("{} wrong in {} place{}", what, all_.size(), all_.size() == 1 ? "" : "s");
    for (const auto& [place, sentence] : all_) {
      message += fmt::format("\n  - {}:{}:{}: {}", source, place.line, place.column, sentence);
    }
    return Error(code, std::move(message)).at(std::string(source));
  }

 private:
  struct Problem {
    toml::source_position place;
    std::string sentence;
  };
  std::vector<Problem> all_;
};

}  // namespace synapsed
