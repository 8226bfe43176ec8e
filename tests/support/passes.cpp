#include "tests/support/passes.hpp"

#include <utility>

#include "base/try.hpp"
#include "bytecode/gas/instrument.hpp"
#include "tests/support/reference_gas.hpp"

namespace synapsed::tests {

std::vector<Pass> passes() {
  const auto metered = [](std::span<const std::byte> module) -> Result<Bytes> {
    return TRY(bytecode::instrument(module, {})).module;
  };
  const auto placed = [](std::span<const std::byte> module) {
    return reference_gas(module, Reference::kPlaced, bytecode::default_gas_schedule());
  };
  const auto counting = [](std::span<const std::byte> module) {
    return reference_gas(module, Reference::kCounting, bytecode::default_gas_schedule());
  };
  // So deep that the engine's own limit, which both modules have, comes first.
  const auto complete = [](std::span<const std::byte> module) -> Result<Bytes> {
    return TRY(bytecode::instrument(
                   module, {.call_stack_bytes = INT32_MAX, .snapshot_exports = true})).module;
  };
  const auto refilled = [](std::span<const std::byte> module) -> Result<Bytes> {
    return TRY(bytecode::instrument(module, {.refills = true})).module;
  };
  return {{.name = "gas", .apply = metered},
          {.name = "gas with refills", .apply = refilled},
          {.name = "placed", .apply = placed},
          {.name = "counting", .apply = counting, .gas = Pass::Gas::kInTotal},
          {.name = "gas + stack + snapshot exports", .apply = complete}};
}

}  // namespace synapsed::tests
