#include <synapsed/gas.hpp>

#include <fmt/format.h>

#include "base/bytes.hpp"
#include "base/hex.hpp"
#include "base/sha256.hpp"
#include "base/try.hpp"
#include "runtime/gas_table.hpp"

namespace synapsed {
namespace {

using Schedule = std::shared_ptr<const bytecode::GasSchedule>;

const Schedule& built_in() {
  static const Schedule schedule =
      std::make_shared<const bytecode::GasSchedule>(bytecode::default_gas_schedule());
  return schedule;
}

}  // namespace

GasPrices::GasPrices() : schedule_(built_in()) {}

Result<GasPrices> GasPrices::parse(std::string_view toml, std::string_view source) {
  const bytecode::GasSchedule schedule = TRY(read_gas_table(toml, source));
  return GasPrices(std::make_shared<const bytecode::GasSchedule>(schedule));
}

std::uint32_t GasPrices::version() const { return schedule_->version; }

std::array<std::byte, 32> GasPrices::hash() const {
  return sha256(as_bytes(canonical_gas_table(*schedule_)));
}

std::string GasPrices::to_toml() const { return write_gas_table(*schedule_); }

bool GasPrices::operator==(const GasPrices& other) const { return *schedule_ == *other.schedule_; }

std::string short_hash(const GasPrices& prices) {
  constexpr std::size_t kDigits = 12;
  return to_hex(prices.hash()).substr(0, kDigits);
}

std::string to_string(const GasPrices& prices) {
  return fmt::format("version {}, {}", prices.version(), short_hash(prices));
}

}  // namespace synapsed
