#include "base/hmac.hpp"

#include <algorithm>
#include <array>
#include <string>

#include <gtest/gtest.h>

#include "base/bytes.hpp"
#include "base/hex.hpp"

namespace synapsed {
namespace {

std::string hmac_of(std::byte key_byte, std::size_t key_bytes, std::string_view message) {
  std::array<std::byte, 32> key{};  // shorter keys are filled up with zeros
  std::fill_n(key.begin(), key_bytes, key_byte);
  return to_hex(hmac_sha256(key, as_bytes(message)));
}

// RFC 4231, 4.2 and 4.4.
TEST(Hmac, IsThatOfTheRfc) {
  EXPECT_EQ(hmac_of(std::byte{0x0b}, 20, "Hi There"),
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
  EXPECT_EQ(hmac_of(std::byte{0xaa}, 20, std::string(50, '\xdd')),
            "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe");
}

TEST(Hmac, DigestsAreComparedWhole) {
  Sha256Digest a{};
  Sha256Digest b{};
  EXPECT_TRUE(equal_in_constant_time(a, b));
  b.back() = std::byte{1};
  EXPECT_FALSE(equal_in_constant_time(a, b));
}

}  // namespace
}  // namespace synapsed
