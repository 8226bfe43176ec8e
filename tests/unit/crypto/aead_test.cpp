#include "base/bytes.hpp"
#include "tests/support/results.hpp"

#include <synapsed/crypto_keys.hpp>

namespace synapsed::crypto {
namespace {

using synapsed::test::fails_with;
using synapsed::test::must;

TEST(Aeads, SealNothingAndOpenItAgain) {
  for (const KeyTraits& traits : key_algorithms()) {
    if (traits.kind != KeyKind::kAead) continue;
    const Aead aead = must(Aead::create(traits.algorithm, Bytes(traits.secret_bytes)));
    const Bytes nonce(kAeadNonceBytes);
    for (const std::string_view associated : {"", "what it belongs to"}) {
      const Bytes sealed = must(aead.seal(nonce, as_bytes(associated), {}));
      EXPECT_EQ(sealed.size(), kAeadTagBytes) << traits.name;
      EXPECT_TRUE(must(aead.open(nonce, as_bytes(associated), sealed)).empty());
      const auto other = aead.open(nonce, as_bytes("something else"), sealed);
      EXPECT_TRUE(fails_with(other, ErrorCode::kCryptoNotAuthentic)) << traits.name;
    }
  }
}

}  // namespace
}  // namespace synapsed::crypto
