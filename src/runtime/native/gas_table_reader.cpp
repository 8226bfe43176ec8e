#include <algorithm>
#include <optional>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "runtime/gas_table.hpp"
#include "runtime/suggest.hpp"
#include "runtime/toml_problems.hpp"

namespace synapsed {
namespace {

using bytecode::GasPriceName;
using bytecode::GasSchedule;

constexpr std::string_view kVersion = "version";

std::string full_name(const GasPriceName& name) {
  return fmt::format("{}.{}", name.group, name.name);
}

/// A whole number from `least` to `most`; null for anything else.
std::optional<std::uint32_t> number_in(const toml::node& node, std::uint32_t least,
                                       std::uint32_t most) {
  const auto number = node.value_exact<std::int64_t>();
  if (!number || *number < least || *number > most) return std::nullopt;
  return static_cast<std::uint32_t>(*number);
}

/// Reads one table, and notes everything that is wrong with it.
class TableReader {
 public:
  explicit TableReader(std::string_view source) : source_(source) {}

  Result<GasSchedule> read(std::string_view text) {
    const toml::parse_result parsed = toml::parse(text, source_);
    if (!parsed) {
      note(parsed.error().source().begin, std::string(parsed.error().description()));
    } else {
      read_root(parsed.table());
    }
    if (problems_.empty()) return schedule_;
    return std::unexpected(error());
  }

 private:
  void read_root(const toml::table& root) {
    read_version(root);
    for (const std::string_view group : gas_price_groups()) read_group(root, group);
    std::vector<std::string_view> known = gas_price_groups();
    known.push_back(kVersion);
    for (const auto& [key, value] : root) {
      if (std::ranges::find(known, key.str()) != known.end()) continue;
      note(key.source().begin,
           fmt::format("a table has no \"{}\": {}", key.str(), suggest(key.str(), known)));
    }
    for (const bytecode::GasProblem& problem : schedule_.problems()) {
      note(place_of(root, problem.price), problem.sentence + "; make it 1 or more");
    }
  }

  void read_version(const toml::table& root) {
    const toml::node* version = root.get(kVersion);
    if (version == nullptr) {
      note(kBeginning, "there is no version: add a number of your own, 1 or more");
    } else if (const auto number = number_in(*version, 1, UINT32_MAX)) {
      schedule_.version = *number;
    } else {
      note(version->source().begin,
           fmt::format("version is not a whole number from 1 to {}", UINT32_MAX));
    }
  }

  void read_group(const toml::table& root, std::string_view group) {
    const toml::node* node = root.get(group);
    const toml::table* prices = node == nullptr ? nullptr : node->as_table();
    if (prices == nullptr) {
      return note(node == nullptr ? kBeginning : node->source().begin,
                  fmt::format("there is no group [{}]: add it, with prices for {}", group,
                              fmt::join(gas_prices_in(group), ", ")));
    }
    for (const auto& [key, value] : *prices) read_price({group, key.str()}, key, value);
    std::vector<std::string_view> missing = gas_prices_in(group);
    std::erase_if(missing, [&](std::string_view name) { return prices->contains(name); });
    if (missing.empty()) return;
    note(prices->source().begin,
         fmt::format("[{}] has no price for {}: add {}", group, fmt::join(missing, ", "),
                     missing.size() == 1 ? "it" : "them"));
  }

  void read_price(const GasPriceName& name, const toml::key& key, const toml::node& value) {
    std::uint32_t* price = schedule_.find(name.group, name.name);
    if (price == nullptr) {
      const std::vector<std::string_view> names = gas_prices_in(name.group);
      note(key.source().begin,
           fmt::format("{} is no price: {}", full_name(name), suggest(name.name, names)));
    } else if (const auto number = number_in(value, 0, GasSchedule::kPriceMax)) {
      *price = *number;
    } else {
      note(value.source().begin, fmt::format("{} is not a whole number from 0 to {}",
                                             full_name(name), GasSchedule::kPriceMax));
    }
  }

  toml::source_position place_of(const toml::table& root, const GasPriceName& name) const {
    const toml::node* node = root[name.group][name.name].node();
    return node == nullptr ? kBeginning : node->source().begin;
  }

  void note(toml::source_position place, std::string sentence) {
    problems_.note(place, std::move(sentence));
  }

  Error error() {
    return problems_.error(ErrorCode::kInvalidConfig, "the gas prices are", source_)
        .help("abi/gas_schedule.toml is a whole table; GasPrices::to_toml writes one");
  }

  static constexpr toml::source_position kBeginning{1, 1};

  std::string_view source_;
  /// What is missing or wrong keeps its default, so that nothing else is said about it.
  GasSchedule schedule_ = bytecode::default_gas_schedule();
  TomlProblems problems_;
};

}  // namespace

Result<GasSchedule> read_gas_table(std::string_view toml, std::string_view source) {
  return TableReader(source).read(toml);
}

}  // namespace synapsed
