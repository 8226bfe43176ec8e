#pragma once

/// \file
/// What commands read: modules from files and from standard input, price tables from files.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include <synapsed/error.hpp>
#include <synapsed/gas.hpp>
#include <synapsed/value.hpp>

#include "cli/surroundings.hpp"

namespace synapsed::cli {

/// The bytes of a file; of standard input for `-`. Errors: `load.unreadable`, `load.too_large`.
[[nodiscard]] Result<Bytes> read_input(const std::string& file, std::uint64_t bytes_max,
                                       const Streams& streams);

/// True when the bytes read like the text format rather than like anything binary.
[[nodiscard]] bool is_module_text(std::span<const std::byte> bytes);

/// The binary module in `file`, assembled when the file is text. The size limit is that of the
/// production profile. Errors: those above and `load.invalid_text`.
[[nodiscard]] Result<Bytes> read_binary(const std::string& file, const Streams& streams);

/// The size limit of the commands that only look at modules.
[[nodiscard]] std::uint64_t input_bytes_max();

/// The table of gas prices in `file`. Errors: `load.unreadable`, `load.too_large`, and those of
/// `GasPrices::parse`.
[[nodiscard]] Result<GasPrices> read_gas_prices(const std::string& file);

/// What errors call the file: its path, or `standard input`.
[[nodiscard]] std::string input_name(const std::string& file);

}  // namespace synapsed::cli
