#pragma once

/// \file
/// Metering as the rules of docs/formats/gas.md say it, and nothing else: slow, obviously right,
/// and what the pass of `bytecode/gas` is compared with.
///
/// Every payment is a call of an injected function that ends the guest when the gas does not
/// suffice. Nothing is cached, nothing merged. How often a loop goes round is found by going round
/// without its body. What comes out exports the same names as what the pass makes (`synapsed:gas`,
/// `synapsed:start`), so both run alike.
///
/// Thread rule: pure functions.

#include <cstdint>

#include <synapsed/error.hpp>
#include <synapsed/value.hpp>

#include "base/bytes.hpp"
#include "bytecode/gas/schedule.hpp"

namespace synapsed::tests {

enum class Reference : std::uint8_t {
  /// Each operator pays its price before it executes. A call that returns without having thrown
  /// costs the same as after the pass; one that does not stops elsewhere.
  kCounting,
  /// Each place of `charges_of` pays there, but for the rounds of counted loops, which are paid
  /// before the first. Results and gas are as after the pass, and so is where the gas runs out.
  kPlaced,
};

/// Of an invalid module it may make anything. Errors: `load.invalid_module`.
[[nodiscard]] Result<Bytes> reference_gas(ByteSpan module, Reference reference,
                                          const bytecode::GasSchedule& schedule);

}  // namespace synapsed::tests
