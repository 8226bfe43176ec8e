#include "modules/index.hpp"

#include "tests/support/results.hpp"

namespace synapsed::modules {
namespace {

using test::fails_with;
using test::must;

Index sample() {
  Index index{.generation = 7, .names = {}, .snapshots = {}};
  NameEntry& cart = index.names["shop/cart"];
  for (const char* version : {"1.0.0-rc.1", "1.0.0", "1.2.0"}) {
    VersionEntry entry{.version = must(SemanticVersion::parse(version)), .bytes = 100, .added_at_ms = 5};
    entry.module.fill(std::byte{3});
    entry.tags = {"shop", "demo"};
    entry.capabilities = {"clock"};
    cart.versions.push_back(std::move(entry));
  }
  cart.served = {1, 2, 1};
  index.names["a"].versions.push_back({.version = must(SemanticVersion::parse("0.0.1"))});
  index.snapshots["warm"] = {.bytes = 9, .added_at_ms = 77};
  return index;
}

Bytes with_checksum(Bytes bytes) {
  bytes.resize(bytes.size() - sizeof(Sha256Digest));
  const Sha256Digest checksum = sha256(bytes);
  bytes.insert(bytes.end(), checksum.begin(), checksum.end());
  return bytes;
}

TEST(RegistryIndex, IsReadAsItWasWritten) {
  const Bytes bytes = encode(sample());
  const Index index = must(decode_index(bytes));
  EXPECT_EQ(encode(index), bytes);
  EXPECT_EQ(index.generation, 7U);
  EXPECT_EQ(index.names.at("shop/cart").versions[1].tags, (std::vector<std::string>{"shop", "demo"}));
  EXPECT_EQ(index.names.at("shop/cart").served, (std::vector<std::uint32_t>{1, 2, 1}));
  EXPECT_EQ(index.snapshots.at("warm").added_at_ms, 77);
}

TEST(RegistryIndex, DamageIsNoticed) {
  const Bytes bytes = encode(sample());
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    Bytes damaged = bytes;
    damaged[i] ^= std::byte{1};
    EXPECT_FALSE(decode_index(damaged)) << i;
    EXPECT_FALSE(decode_index(std::span(bytes).first(i))) << i;
  }
}

TEST(RegistryIndex, AnyBytesWithAGenuineChecksumEndInAnErrorOrInAnIndex) {
  const Bytes bytes = encode(sample());
  for (std::size_t i = 7; i + sizeof(Sha256Digest) < bytes.size(); ++i) {
    for (const int change : {1, 0x7f, 0xff}) {
      Bytes other = bytes;
      other[i] ^= static_cast<std::byte>(change);
      const auto read = decode_index(with_checksum(std::move(other)));
      if (!read) {
        EXPECT_EQ(read.error().code(), ErrorCode::kRegistryCorrupt) << i;
      }
    }
  }
}

TEST(RegistryIndex, OfANewerProgramIsRefused) {
  Bytes bytes = encode(sample());
  bytes[6] = std::byte{2};
  EXPECT_TRUE(fails_with(decode_index(with_checksum(bytes)), ErrorCode::kRegistryVersion));
}

}  // namespace
}  // namespace synapsed::modules
