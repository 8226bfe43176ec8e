#pragma once

/// \file
/// SHA-256 (FIPS 180-4).

#include <array>
#include <cstddef>
#include <span>

namespace synapsed {

using Sha256Digest = std::array<std::byte, 32>;

[[nodiscard]] Sha256Digest sha256(std::span<const std::byte> data);

}  // namespace synapsed
