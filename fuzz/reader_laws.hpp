#pragma once

/// \file
/// What holds of the bytecode room for any bytes. A law that does not hold ends the process.
///
/// Thread rule: pure functions.

#include <cstddef>
#include <span>

namespace synapsed::fuzz {

/// Reading ends in a value or an error. What was read is written back byte for byte; each operator,
/// written from its fields, reads as itself and is then written alike; facts and heights are
/// values or errors too.
void check_reader_laws(std::span<const std::byte> bytes);

}  // namespace synapsed::fuzz
