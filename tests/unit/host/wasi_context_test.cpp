#include "host/wasi_context.hpp"

#include <algorithm>
#include <vector>

#include <gtest/gtest.h>

#include "base/hex.hpp"

namespace synapsed {
namespace {

RandomStream::Seed counted_seed() {
  RandomStream::Seed seed;
  for (std::size_t i = 0; i < seed.size(); ++i) seed[i] = static_cast<std::byte>(i);
  return seed;
}

std::string bytes_of(RandomStream stream, std::size_t count) {
  Bytes bytes(count);
  stream.fill(bytes);
  return to_hex(bytes);
}

// From another implementation of SHA-256.
constexpr std::string_view kZeros =
    "2c34ce1df23b838c5abf2a7f6437cca3d3067ed509ff25f11df6b11b582b51eb"
    "19ea44be89eece0fd4ec7482049f472a11af19384bffb38a88e77b3b1dd54c19";
constexpr std::string_view kCounted =
    "a9d6e500293a88bd38cbe213d07ab71f8cb2258552072a01bdf1c40be527f4d0"
    "04ef472dd8b73b3f173309f3a009ee1699a5397553244fc06590c665345eeb45"
    "eb8a78a3adfecb50606200dd2ed463ed9783b94b62b4d1d0842d6c1ed0b1e446";

TEST(RandomStream, IsSha256InCounterMode) {
  EXPECT_EQ(bytes_of(RandomStream({}), 64), kZeros);
  EXPECT_EQ(bytes_of(RandomStream(counted_seed()), 96), kCounted);
}

TEST(RandomStream, GoesOnWhereItWas) {
  for (const std::size_t piece : {1U, 7U, 31U, 32U, 33U, 95U}) {
    RandomStream stream(counted_seed());
    Bytes bytes(96);
    for (std::size_t at = 0; at < bytes.size(); at += piece) {
      stream.fill(std::span(bytes).subspan(at, std::min(piece, bytes.size() - at)));
    }
    EXPECT_EQ(to_hex(bytes), kCounted) << piece;
  }
}

}  // namespace
}  // namespace synapsed
