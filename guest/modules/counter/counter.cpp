// A counter: state that lives as long as the instance.

#include <cstdint>
#include <expected>
#include <limits>
#include <string>

#include <synapsed/guest.hpp>

namespace {

std::uint64_t count = 0;

}  // namespace

std::expected<std::uint64_t, std::string> add(std::uint64_t amount) {
  if (amount > std::numeric_limits<std::uint64_t>::max() - count) {
    return std::unexpected("the counter would overflow");
  }
  return count += amount;
}
SYNAPSED_EXPORT(add, "func(amount: u64) -> result<u64, string>")

/// Panics instead of returning an error.
std::uint64_t increment() {
  const auto sum = add(1);
  if (!sum) synapsed::panic(sum.error());
  return *sum;
}
SYNAPSED_EXPORT(increment, "func() -> u64")

std::uint64_t value() { return count; }
SYNAPSED_EXPORT(value, "func() -> u64")

void reset() {
  synapsed::log(synapsed::LogLevel::kInfo, "the counter was reset");
  count = 0;
}
SYNAPSED_EXPORT(reset, "func()")
