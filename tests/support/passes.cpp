#include "tests/support/passes.hpp"

namespace synapsed::tests {

std::vector<Pass> passes() { return {}; }

}  // namespace synapsed::tests
