// The second file of the module, with a record that the first one declares too.

#include "types.hpp"

std::string name_of(const shapes::item& item) { return item.name; }
SYNAPSED_EXPORT(name_of, "func(item: item) -> string")

/// Gives everything back, so that any number of calls fits a small memory.
std::uint32_t total_size(const std::vector<std::string>& texts, std::string_view text) {
  std::size_t sum = text.size();
  for (const std::string& each : texts) sum += each.size();
  return static_cast<std::uint32_t>(sum);
}
SYNAPSED_EXPORT(total_size, "func(texts: list<string>, text: string) -> u32")

std::uint32_t size_of(std::string_view text) { return static_cast<std::uint32_t>(text.size()); }
SYNAPSED_EXPORT(size_of, "func(text: string) -> u32")
