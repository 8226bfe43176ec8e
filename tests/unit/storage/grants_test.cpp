// Which keys a module may use.

#include "storage/bindings/grants.hpp"

#include <initializer_list>
#include <optional>

#include <gtest/gtest.h>

namespace synapsed::storage {
namespace {

Bytes bytes(std::initializer_list<int> values) {
  Bytes result;
  for (const int value : values) result.push_back(static_cast<std::byte>(value));
  return result;
}

KeyRange range(const Bytes& begin, const std::optional<Bytes>& end) {
  return {.begin = begin, .end = end};
}

TEST(Grants, AModuleHasItsOwnOrThatOfAll) {
  StorageHostOptions options;
  options.grant.may_write = false;
  options.grants["notes"].may_write = true;
  EXPECT_TRUE(grant_of(options, "notes").may_write);
  EXPECT_FALSE(grant_of(options, "note").may_write);
}

TEST(Grants, WithoutPrefixesAllKeysAreGranted) {
  EXPECT_TRUE(is_granted(StorageGrant{}, bytes({1})));
  EXPECT_TRUE(is_granted(StorageGrant{}, KeyRange::all()));
}

TEST(Grants, AKeyBeginsWithOneOfThePrefixes) {
  const StorageGrant grant{.may_write = true, .prefixes = {bytes({1, 2}), bytes({255})}};
  EXPECT_TRUE(is_granted(grant, bytes({1, 2})));
  EXPECT_TRUE(is_granted(grant, bytes({1, 2, 3})));
  EXPECT_TRUE(is_granted(grant, bytes({255, 0})));
  EXPECT_FALSE(is_granted(grant, bytes({1})));
  EXPECT_FALSE(is_granted(grant, bytes({1, 3})));
  EXPECT_FALSE(is_granted(grant, bytes({2})));
}

TEST(Grants, ARangeLiesWithinOnePrefix) {
  const StorageGrant grant{.may_write = true, .prefixes = {bytes({1, 2}), bytes({1, 3})}};
  EXPECT_TRUE(is_granted(grant, KeyRange::prefix(bytes({1, 2}))));
  EXPECT_TRUE(is_granted(grant, KeyRange::prefix(bytes({1, 2, 255}))));
  EXPECT_TRUE(is_granted(grant, range(bytes({1, 2, 7}), bytes({1, 2, 9}))));
  EXPECT_TRUE(is_granted(grant, range(bytes({1, 2}), bytes({1, 3}))));
  EXPECT_FALSE(is_granted(grant, range(bytes({1, 2}), bytes({1, 3, 0}))));
  EXPECT_FALSE(is_granted(grant, range(bytes({1, 2}), bytes({1, 4}))));
  EXPECT_FALSE(is_granted(grant, range(bytes({1}), bytes({1, 3}))));
  EXPECT_FALSE(is_granted(grant, range(bytes({1, 2}), std::nullopt)));
  EXPECT_FALSE(is_granted(grant, KeyRange::all()));
}

TEST(Grants, APrefixOfTheGreatestBytesReachesToTheLastKey) {
  const StorageGrant grant{.may_write = true, .prefixes = {bytes({255, 255})}};
  EXPECT_TRUE(is_granted(grant, range(bytes({255, 255}), std::nullopt)));
  EXPECT_TRUE(is_granted(grant, range(bytes({255, 255, 1}), bytes({255, 255, 2}))));
  EXPECT_FALSE(is_granted(grant, range(bytes({255, 254}), std::nullopt)));
}

}  // namespace
}  // namespace synapsed::storage
