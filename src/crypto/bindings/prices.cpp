#include "crypto/bindings/prices.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>

namespace synapsed::crypto {
namespace {

struct Row {
  Work work;
  std::string_view algorithm;
  std::uint64_t base;
  std::uint64_t per_kib;
};

constexpr std::array kRows{
#define SYNAPSED_CRYPTO_PRICE(work, algorithm, base, per_kib) \
  Row{Work::k##work, algorithm, base, per_kib},
#include "crypto/prices.def"
#undef SYNAPSED_CRYPTO_PRICE
};

}  // namespace

std::uint64_t price_of(Work work, std::string_view algorithm, std::uint64_t bytes) {
  const auto row = std::ranges::find_if(kRows, [&](const Row& candidate) {
    return candidate.work == work && candidate.algorithm == algorithm;
  });
  if (row == kRows.end()) std::abort();  // the table lacks an algorithm that can do this work
  constexpr std::uint64_t kKibsMax = std::uint64_t{1} << 22;
  const std::uint64_t kibs = std::min(bytes / 1024 + (bytes % 1024 == 0 ? 0 : 1), kKibsMax);
  return row->base + row->per_kib * kibs;
}

}  // namespace synapsed::crypto
