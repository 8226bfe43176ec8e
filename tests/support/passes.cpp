#include "tests/support/passes.hpp"

#include <utility>

#include "base/try.hpp"
#include "bytecode/gas/instrument.hpp"

namespace synapsed::tests {

std::vector<Pass> passes() {
  const auto metered = [](std::span<const std::byte> module) -> Result<Bytes> {
    return TRY(bytecode::instrument(module, {})).module;
  };
  return {{.name = "gas", .apply = metered}};
}

}  // namespace synapsed::tests
