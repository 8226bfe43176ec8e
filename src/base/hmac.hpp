#pragma once

/// \file
/// HMAC with SHA-256 (RFC 2104, FIPS 198-1) of short messages, for what must work without the capability
/// `crypto`.

#include <span>

#include "base/sha256.hpp"

namespace synapsed {

/// Copies the message.
[[nodiscard]] Sha256Digest hmac_sha256(std::span<const std::byte, 32> key,
                                       std::span<const std::byte> message);

/// Takes as long wherever they differ.
[[nodiscard]] bool equal_in_constant_time(const Sha256Digest& a, const Sha256Digest& b);

}  // namespace synapsed
