#include "cli/input.hpp"

#include <algorithm>
#include <string_view>

#include <synapsed/config.hpp>
#include <synapsed/inspect.hpp>

#include "base/bytes.hpp"
#include "base/files.hpp"
#include "base/try.hpp"

namespace synapsed::cli {
namespace {

constexpr std::string_view kStandardInput = "-";
constexpr std::uint64_t kGasPricesBytesMax = std::uint64_t{1} << 20;  // of some 40 lines

}  // namespace

std::uint64_t input_bytes_max() { return RuntimeConfig::production().limits.module_bytes_max; }

std::string input_name(const std::string& file) {
  return file == kStandardInput ? "standard input" : file;
}

Result<Bytes> read_input(const std::string& file, std::uint64_t bytes_max, const Streams& streams) {
  if (file == kStandardInput) return read_descriptor(streams.in, input_name(file), bytes_max);
  return read_file(file, bytes_max);
}

bool is_module_text(std::span<const std::byte> bytes) {
  const std::string_view text = as_text(bytes);
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  return first != std::string_view::npos && (text[first] == '(' || text[first] == ';');
}

Result<Bytes> read_binary(const std::string& file, const Streams& streams) {
  Bytes bytes = TRY(read_input(file, input_bytes_max(), streams));
  if (is_module_text(bytes)) return wat_to_wasm(as_text(bytes));
  return bytes;
}

Result<GasPrices> read_gas_prices(const std::string& file) {
  const Bytes text = TRY(read_file(file, kGasPricesBytesMax));
  auto prices = GasPrices::parse(as_text(text), file);
  if (prices) return prices;
  return std::unexpected(
      std::move(prices).error().help("synapsed config show --gas-table prints a whole table"));
}

}  // namespace synapsed::cli
