#pragma once

/// \file
/// Random inputs for tests that state a law: the same on every run.

#include <cstdint>
#include <limits>
#include <random>
#include <string>

#include <synapsed/value.hpp>

namespace synapsed::test {

class Random {
 public:
  explicit Random(std::uint64_t seed) : engine_(seed) {}

  std::uint64_t bits() { return engine_(); }
  std::size_t below(std::size_t bound) { return static_cast<std::size_t>(bits() % bound); }
  std::byte byte() { return static_cast<std::byte>(bits()); }

  /// Bytes that are often ASCII, sometimes anything.
  std::string text(std::size_t most) {
    std::string text(below(most + 1), ' ');
    const bool wild = below(4) == 0;
    for (char& character : text) {
      character = static_cast<char>(wild ? bits() % 256 : bits() % 128);
    }
    return text;
  }

  /// `text` with a few bytes changed, removed, inserted or repeated.
  std::string mutated(std::string text) {
    constexpr std::string_view kTelling = "{}[]<>(),:;\"\\0x-_.e/ \n";
    for (std::size_t changes = 1 + below(4); changes != 0; --changes) {
      const std::size_t at = below(text.size() + 1);
      switch (below(4)) {
        case 0: text.insert(at, 1, kTelling[below(kTelling.size())]); break;
        case 1: text.erase(at, below(4)); break;
        case 2: text.insert(at, text.substr(below(text.size() + 1), below(12))); break;
        default:
          if (at < text.size()) text[at] = static_cast<char>(bits());
      }
    }
    return text;
  }

 private:
  std::mt19937_64 engine_;
};

}  // namespace synapsed::test
