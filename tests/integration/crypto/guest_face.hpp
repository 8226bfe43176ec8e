#pragma once

/// \file
/// The guest of tests/guests/crypto.cpp as a `CryptoFace`. Thread rule: one thread.

#include <memory>
#include <string>

#include "tests/integration/crypto/face.hpp"

namespace synapsed::test {

/// Where the guests of tests/guests were built; a test that needs one is skipped where it is missing.
[[nodiscard]] std::string guest_path(const std::string& name);

/// Null where the guest was not built.
[[nodiscard]] std::unique_ptr<CryptoFace> guest_face();

}  // namespace synapsed::test
