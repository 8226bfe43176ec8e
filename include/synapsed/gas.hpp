#pragma once

/// \file
/// What execution costs: the prices of gas. Owned by the room `runtime`.
///
/// docs/formats/gas.md says what is charged when, and how a table of prices is written:
///
///     const GasPrices prices = GasPrices::parse(text, "prices.toml").value();
///     RuntimeConfig config = RuntimeConfig::blockchain();
///     config.metering.prices = prices;
///
/// Invariants: every price is there and is 0 to 1'000'000; loops and recursion are not free.
///
/// Thread rule: a value; immutable and cheap to copy.

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include <synapsed/error.hpp>

namespace synapsed {

namespace bytecode {
struct GasSchedule;
}

class GasPrices {
 public:
  /// The built-in table.
  GasPrices();

  /// A table as text (TOML). `source` is what errors call it: a file's name. Error:
  /// `config.invalid` with everything that is wrong, each with `source:line:column` and what to do.
  [[nodiscard]] static Result<GasPrices> parse(std::string_view toml,
                                               std::string_view source = "gas prices");

  /// What the table says of itself, 1 or more.
  [[nodiscard]] std::uint32_t version() const;
  /// SHA-256 of version and prices; the same for tables that differ in order and comments only.
  [[nodiscard]] std::array<std::byte, 32> hash() const;
  /// As text that `parse` takes, without comments.
  [[nodiscard]] std::string to_toml() const;

  /// For the library itself.
  [[nodiscard]] const bytecode::GasSchedule& schedule() const { return *schedule_; }

  [[nodiscard]] bool operator==(const GasPrices& other) const;

 private:
  explicit GasPrices(std::shared_ptr<const bytecode::GasSchedule> schedule)
      : schedule_(std::move(schedule)) {}

  std::shared_ptr<const bytecode::GasSchedule> schedule_;
};

/// The first twelve digits of the hash, to tell tables apart at a glance.
[[nodiscard]] std::string short_hash(const GasPrices& prices);
/// `version 1, 0123456789ab`: the version and the short hash.
[[nodiscard]] std::string to_string(const GasPrices& prices);

}  // namespace synapsed
