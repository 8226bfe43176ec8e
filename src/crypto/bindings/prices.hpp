#pragma once

/// \file
/// What the work of crypto costs in gas: abi/crypto_prices.toml. Thread rule: pure functions.

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace synapsed::crypto {

/// One enumerator per group of prices.
enum class Work : std::uint8_t {
  kHash, kHmac, kSeal, kGenerate, kSign, kVerify, kEncapsulate, kDecapsulate, kOther
};

/// `algorithm`: a name of the group. Of more than 2^63 it is 2^63.
[[nodiscard]] std::uint64_t price_of(Work work, std::string_view algorithm, std::uint64_t bytes = 0);

}  // namespace synapsed::crypto
