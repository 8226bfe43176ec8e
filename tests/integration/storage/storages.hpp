#pragma once

/// \file
/// Storages to test on: one of each kind of place.

#include <string>

#include "base/bytes.hpp"
#include "tests/integration/storage/places.hpp"

namespace synapsed::storage::test {

inline Bytes bytes_of(std::string_view text) {
  const ByteSpan bytes = as_bytes(text);
  return {bytes.begin(), bytes.end()};
}
inline std::string text_of(ByteSpan bytes) { return std::string(as_text(bytes)); }
/// The value as text; `-` where there is none.
inline std::string value_of(Result<std::optional<Bytes>> value) {
  const auto found = must(std::move(value));
  return found ? text_of(*found) : "-";
}

class OnStorage : public OnPlace {
 protected:
  /// That of the test's place, with these options.
  [[nodiscard]] Storage open(StorageOptions given = {}) const {
    given.url = options().url;
    return must(Storage::open(std::move(given)));
  }
};

}  // namespace synapsed::storage::test
