#include "base/sha256.hpp"

#include <cstdint>

#include <synapsed_deps.h>

namespace synapsed {

Sha256Digest sha256(std::span<const std::byte> data) {
  Sha256Digest digest;
  synapsed_sha256(reinterpret_cast<const std::uint8_t*>(data.data()), data.size(),
                  reinterpret_cast<std::uint8_t*>(digest.data()));
  return digest;
}

}  // namespace synapsed
