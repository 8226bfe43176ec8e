#pragma once

/// \file
/// Commits with numbers, several entries each, by writers with a space each: whether they were made
/// can be seen, and whether they were made whole. Thread rule: plain functions.

#include <array>
#include <charconv>
#include <cstdint>
#include <map>
#include <set>
#include <string>

#include <fmt/format.h>

#include "base/try.hpp"
#include "tests/integration/storage/entries.hpp"

namespace synapsed::storage::test {

using synapsed::test::must;

inline constexpr std::array<std::size_t, 3> kPartSizes{8, 700, 6000};  // of a commit's values
inline constexpr std::uint64_t kKeysOfAll = 2;                         // that commits share

inline SpaceName space_of(std::uint32_t writer) {
  return {"kill", fmt::format("writer {}", writer)};
}
inline std::string key_of(std::uint32_t number, std::size_t part) {
  return fmt::format("commit {:08} {}", number, part);
}
inline std::string value_of(std::uint32_t number, std::size_t part) {
  const std::size_t letter = (number + part) % 26;
  return std::string(kPartSizes[part], static_cast<char>('a' + letter));
}

/// Several entries, and two that count the commits.
inline Result<void> commit_numbered(Storage& storage, std::uint32_t writer, std::uint32_t number) {
  auto transaction = storage.begin();
  auto space = transaction.space(space_of(writer));
  for (std::size_t part = 0; part < kPartSizes.size(); ++part) {
    TRY(space.set(key_of(number, part), value_of(number, part)));
  }
  TRY(space.add("added", 1));
  TRY(space.increment("incremented", 1));
  return transaction.commit();
}

/// The numbers from `first` on; a failure for those that are not whole.
inline std::set<std::uint32_t> numbers_in(Storage& storage, std::uint32_t writer,
                                          std::uint32_t first) {
  auto transaction = storage.begin({.read_only = true});
  auto space = transaction.space(space_of(writer));
  const KeyRange range{.begin = bytes_of(key_of(first, 0)), .end = bytes_of("d")};
  const auto cursor = must(space.scan({.range = range}));
  std::map<std::uint32_t, std::size_t> parts;
  constexpr std::size_t kNumberAt = 7;
  while (must(cursor->next())) {
    const auto key = as_text(cursor->key());
    std::uint32_t number = 0;
    std::from_chars(key.data() + kNumberAt, key.data() + key.size(), number);
    const std::size_t part = parts[number]++;
    EXPECT_EQ(key, key_of(number, part));
    EXPECT_TRUE(as_text(cursor->value()) == value_of(number, part)) << key;
  }
  std::set<std::uint32_t> numbers;
  for (const auto& [number, count] : parts) {
    EXPECT_EQ(count, kPartSizes.size()) << "half of commit " << number;
    numbers.insert(number);
  }
  return numbers;
}

/// Nothing was counted twice, or not at all.
inline void expect_count(Storage& storage, std::uint32_t writer, std::size_t commits) {
  auto transaction = storage.begin();
  auto space = transaction.space(space_of(writer));
  EXPECT_EQ(must(space.increment("added", 0)), static_cast<std::int64_t>(commits));
  EXPECT_EQ(must(space.increment("incremented", 0)), static_cast<std::int64_t>(commits));
  const auto keys = commits == 0 ? 0 : commits * kPartSizes.size() + kKeysOfAll;
  EXPECT_EQ(must(storage.usage(space_of(writer))).keys, keys);
}

}  // namespace synapsed::storage::test
