#include <synapsed/gas.hpp>

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "base/bytes.hpp"
#include "base/hex.hpp"
#include "base/sha256.hpp"
#include "runtime/gas_table.hpp"
#include "tests/support/results.hpp"

namespace synapsed {
namespace {

using test::fails_with;
using test::must;
using ::testing::HasSubstr;

/// The built-in table with the one line `from` replaced.
std::string table_with(std::string_view from, std::string_view to) {
  std::string text = GasPrices().to_toml();
  const std::string line = fmt::format("\n{}\n", from);
  const std::size_t at = text.find(line);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at + 1, from.size(), to);
}

/// What is wrong with a table, without the number of places.
std::string wrong_with(std::string_view toml) {
  const auto refused = GasPrices::parse(toml, "p.toml");
  EXPECT_TRUE(fails_with(refused, ErrorCode::kInvalidConfig));
  if (refused) return {};
  EXPECT_EQ(refused.error().where(), "p.toml");
  EXPECT_FALSE(refused.error().hint().empty());
  const std::string& message = refused.error().message();
  return message.substr(message.find('\n') + 1);
}

TEST(GasPrices, TheBuiltInTableReadsBackTheSame) {
  const GasPrices built_in;
  const GasPrices read = must(GasPrices::parse(built_in.to_toml()));
  EXPECT_EQ(read, built_in);
  EXPECT_EQ(read.hash(), built_in.hash());
  EXPECT_EQ(built_in.version(), 1U);
  EXPECT_EQ(to_string(built_in), fmt::format("version 1, {}", short_hash(built_in)));
}

TEST(GasPrices, ATableHasItsOwnPrices) {
  const GasPrices prices =
      must(GasPrices::parse(table_with("integer_division = 20", "integer_division = 1_000_000")));
  EXPECT_EQ(prices.schedule().price_named({"operators", "integer_division"}), 1'000'000U);
  EXPECT_NE(prices, GasPrices());
  EXPECT_NE(prices.hash(), GasPrices().hash());
}

TEST(GasPrices, TheHashIsOfVersionAndPricesAlone) {
  const std::string text = GasPrices().to_toml();
  const std::string commented = fmt::format("# Ours.\n{}# The end.\n", text);
  EXPECT_EQ(must(GasPrices::parse(commented)).hash(), GasPrices().hash());
  const std::size_t bulk = text.find("\n[bulk]");
  const std::size_t growth = text.find("\n[growth]");
  const std::string reordered =
      text.substr(0, bulk) + text.substr(growth) + text.substr(bulk, growth - bulk);
  EXPECT_EQ(must(GasPrices::parse(reordered)).hash(), GasPrices().hash());
  const std::string next = fmt::format("version = 2{}", text.substr(text.find('\n')));
  EXPECT_NE(must(GasPrices::parse(next)).hash(), GasPrices().hash());
}

TEST(GasPrices, WhatIsHashedIsSortedLines) {
  const std::string text = canonical_gas_table(GasPrices().schedule());
  EXPECT_THAT(text,
              ::testing::StartsWith("bulk.byte = 1\nbulk.element = 2\nfunctions.entry = 2\n"));
  EXPECT_THAT(text, ::testing::EndsWith("operators.vector_store = 2\nversion = 1\n"));
  EXPECT_EQ(to_hex(GasPrices().hash()), to_hex(sha256(as_bytes(text))));
}

TEST(GasPrices, WhatIsNoTomlIsRefusedAtItsPlace) {
  EXPECT_THAT(wrong_with("version = \n"), HasSubstr("p.toml:1:11: "));
  EXPECT_THAT(wrong_with("version = 1\nversion = 2\n"), HasSubstr("p.toml:2:"));
  EXPECT_THAT(wrong_with("version = 1 # \xff\n"), HasSubstr("p.toml:1:"));
}

TEST(GasPrices, UnknownNamesAreRefused) {
  EXPECT_EQ(wrong_with(fmt::format("[operatrs]\nload = 1\n{}", GasPrices().to_toml().substr(12))),
            "  - p.toml:1:1: there is no version: add a number of your own, 1 or more\n"
            "  - p.toml:1:2: a table has no \"operatrs\": did you mean \"operators\"?");
  EXPECT_EQ(wrong_with(table_with("branch = 1", "branch = 1\nbrunch = 2")),
            "  - p.toml:6:1: operators.brunch is no price: did you mean \"branch\"?");
}

TEST(GasPrices, MissingPricesAreRefused) {
  EXPECT_EQ(wrong_with(table_with("byte = 1", "")),
            "  - p.toml:41:1: [bulk] has no price for byte: add it");
  const std::string text = GasPrices().to_toml();
  EXPECT_EQ(wrong_with(text.substr(0, text.find("\n[growth]"))),
            "  - p.toml:1:1: there is no group [growth]: add it, with prices for page, "
            "table_element");
}

TEST(GasPrices, PricesOutOfRangeAreRefused) {
  for (const std::string_view price :
       {"-1", "1000001", "9223372036854775807", "1.0", "\"1\"", "true", "[1]", "{a = 1}"}) {
    EXPECT_EQ(wrong_with(table_with("byte = 1", fmt::format("byte = {}", price))),
              "  - p.toml:42:8: bulk.byte is not a whole number from 0 to 1000000")
        << price;
  }
  for (const std::string_view version : {"0", "-1", "4294967296", "\"1\""}) {
    const std::string text = GasPrices().to_toml();
    EXPECT_EQ(wrong_with(fmt::format("version = {}{}", version, text.substr(text.find('\n')))),
              "  - p.toml:1:11: version is not a whole number from 1 to 4294967295");
  }
}

TEST(GasPrices, FreeLoopsAndRecursionAreRefusedWhereTheyAreMade) {
  EXPECT_EQ(wrong_with(table_with("branch = 1", "branch = 0")),
            "  - p.toml:5:10: operators.branch is 0: loops are free; make it 1 or more");
}

TEST(GasPrices, EverythingWrongIsSaidAtOnceInTheOrderOfTheFile) {
  std::string text = table_with("branch = 1", "branch = 0");
  text.replace(text.find("page = 2000"), 11, "page = -2000");
  text.replace(text.find("store = 2"), 9, "stare = 2");
  const auto refused = GasPrices::parse(text, "p.toml");
  ASSERT_TRUE(fails_with(refused, ErrorCode::kInvalidConfig));
  EXPECT_EQ(refused.error().message(),
            "the gas prices are wrong in 4 places\n"
            "  - p.toml:3:1: [operators] has no price for store: add it\n"
            "  - p.toml:5:10: operators.branch is 0: loops are free; make it 1 or more\n"
            "  - p.toml:13:1: operators.stare is no price: did you mean \"store\"?\n"
            "  - p.toml:46:8: growth.page is not a whole number from 0 to 1000000");
}

}  // namespace
}  // namespace synapsed
