#include <algorithm>

#include <openssl/crypto.h>
#include <openssl/rand.h>
#include <synapsed/crypto_primitives.hpp>

#include "base/try.hpp"
#include "crypto/openssl.hpp"

namespace synapsed::crypto {
namespace {

class SystemEntropy final : public Entropy {
 public:
  Result<void> fill(std::span<std::byte> bytes) override {
    if (RAND_bytes_ex(library(), out(bytes), bytes.size(), 0) == 1) return {};
    return std::unexpected(
        Error(ErrorCode::kCryptoNoEntropy, "the operating system gives no random bytes"));
  }
};

}  // namespace

bool equal_in_constant_time(std::span<const std::byte> a, std::span<const std::byte> b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

void wipe(std::span<std::byte> bytes) { OPENSSL_cleanse(bytes.data(), bytes.size()); }

SecretBytes::SecretBytes(std::size_t size)
    : data_(std::make_unique<std::byte[]>(size)), size_(size) {}

SecretBytes SecretBytes::copy_of(std::span<const std::byte> bytes) {
  SecretBytes copy(bytes.size());
  std::ranges::copy(bytes, copy.data_.get());
  return copy;
}

SecretBytes& SecretBytes::operator=(SecretBytes&& other) noexcept {
  if (this != &other) {
    wipe(bytes());
    data_ = std::move(other.data_);
    size_ = std::exchange(other.size_, 0);
  }
  return *this;
}

SecretBytes::~SecretBytes() { wipe(bytes()); }

Entropy& system_entropy() {
  static SystemEntropy entropy;
  return entropy;
}

Result<Bytes> random_bytes(std::size_t count) {
  Bytes bytes(count);
  TRY(system_entropy().fill(bytes));
  return bytes;
}

}  // namespace synapsed::crypto
