#include <cstdint>
#include <span>

#include "fuzz/laws.hpp"

/// libFuzzer's entry.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  synapsed::fuzz::check_laws(std::as_bytes(std::span(data, size)));
  return 0;
}
