#include "tests/support/passes.hpp"

#include <utility>

#include "base/try.hpp"
#include "bytecode/gas/instrument.hpp"

namespace synapsed::tests {

std::vector<Pass> passes() {
  const auto metered = [](std::span<const std::byte> module) -> Result<Bytes> {
    return TRY(bytecode::instrument(module, {})).module;
  };
  // So deep that the engine's own limit, which both modules have, comes first.
  const auto complete = [](std::span<const std::byte> module) -> Result<Bytes> {
    return TRY(bytecode::instrument(
                   module, {.call_stack_bytes = INT32_MAX, .snapshot_exports = true})).module;
  };
  return {{.name = "gas", .apply = metered},
          {.name = "gas + stack + snapshot exports", .apply = complete}};
}

}  // namespace synapsed::tests
