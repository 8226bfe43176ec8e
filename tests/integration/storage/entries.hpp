#pragma once

/// \file
/// Entries of a backend as text, for tests.

#include <initializer_list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "storage/backend.hpp"
#include "tests/support/results.hpp"

namespace synapsed::storage::test {

using namespace std::string_literals;

using Entries = std::vector<std::pair<std::string, std::string>>;
/// Keys and what becomes of them; none: removed.
using Changes = std::map<std::string, std::optional<std::string>>;

inline Bytes bytes_of(std::string_view text) {
  const ByteSpan bytes = as_bytes(text);
  return Bytes(bytes.begin(), bytes.end());
}

/// Bytes compare as unsigned, as std::string does.
inline KeyRange range_of(std::string_view begin, std::optional<std::string_view> end = {}) {
  KeyRange range{.begin = bytes_of(begin), .end = {}};
  if (end) range.end = bytes_of(*end);
  return range;
}

inline std::optional<std::string> get(BackendReader& reader, std::string_view key) {
  const auto value = synapsed::test::must(reader.get(as_bytes(key)));
  if (!value) return std::nullopt;
  return std::string(as_text(*value));
}

inline std::pair<std::string, std::string> entry_at(const BackendCursor& cursor) {
  return {std::string(as_text(cursor.key())), std::string(as_text(cursor.value()))};
}

inline Entries entries_of(BackendReader& reader, const KeyRange& range = {},
                          Direction direction = Direction::kForward) {
  Entries entries;
  const auto cursor = synapsed::test::must(reader.scan(range, direction));
  while (synapsed::test::must(cursor->next())) entries.push_back(entry_at(*cursor));
  return entries;
}

/// Several thousand, so that scans take several pages.
inline Changes many_entries(int count) {
  Changes changes;
  for (int i = 0; i < count; ++i) {
    changes[fmt::format("key {:06}", i * 7919 % 1'000'003)] = fmt::format("value {}", i);
  }
  return changes;
}

inline Entries entries_in(const Changes& changes) {
  Entries entries;
  for (const auto& [key, value] : changes) {
    if (value) entries.emplace_back(key, *value);
  }
  return entries;
}

inline Result<void> apply(BackendWriter& writer, const Changes& changes) {
  std::vector<BackendChange> list;
  for (const auto& [key, value] : changes) {
    BackendChange change{.key = as_bytes(key), .value = {}};
    if (value) change.value = as_bytes(*value);
    list.push_back(change);
  }
  return writer.apply(list);
}

/// In a writer of their own.
inline void change(Backend& backend, const Changes& changes) {
  const auto writer = synapsed::test::must(backend.write());
  synapsed::test::must(apply(*writer, changes));
  synapsed::test::must(writer->commit());
}

inline Entries all_of(Backend& backend) {
  return entries_of(*synapsed::test::must(backend.snapshot()));
}

}  // namespace synapsed::storage::test
