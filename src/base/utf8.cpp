#include "base/utf8.hpp"

#include <cstdint>
#include <cstring>

namespace synapsed {
namespace {

/// Bytes after a lead byte, and the range of the first of them; the others are 80..bf.
struct Tail {
  unsigned length;
  std::uint8_t first_least;
  std::uint8_t first_most;
};

/// RFC 3629, section 4. A length of 0 marks a byte that leads nothing.
constexpr Tail tail_of(std::uint8_t lead) {
  if (lead >= 0xc2 && lead <= 0xdf) return {1, 0x80, 0xbf};
  if (lead == 0xe0) return {2, 0xa0, 0xbf};
  if (lead == 0xed) return {2, 0x80, 0x9f};
  if (lead >= 0xe1 && lead <= 0xef) return {2, 0x80, 0xbf};
  if (lead == 0xf0) return {3, 0x90, 0xbf};
  if (lead >= 0xf1 && lead <= 0xf3) return {3, 0x80, 0xbf};
  if (lead == 0xf4) return {3, 0x80, 0x8f};
  return {0, 0, 0};
}

}  // namespace

bool is_utf8(std::string_view text) {
  std::size_t i = 0;
  while (i < text.size()) {
    if (text.size() - i >= sizeof(std::uint64_t)) {
      std::uint64_t eight = 0;
      std::memcpy(&eight, &text[i], sizeof(eight));
      if ((eight & 0x8080808080808080U) == 0) {
        i += sizeof(eight);
        continue;
      }
    }
    const auto lead = static_cast<std::uint8_t>(text[i++]);
    if (lead < 0x80) continue;
    const Tail tail = tail_of(lead);
    if (tail.length == 0 || tail.length > text.size() - i) return false;
    for (unsigned k = 0; k < tail.length; ++k) {
      const auto byte = static_cast<std::uint8_t>(text[i++]);
      const std::uint8_t least = k == 0 ? tail.first_least : 0x80;
      const std::uint8_t most = k == 0 ? tail.first_most : 0xbf;
      if (byte < least || byte > most) return false;
    }
  }
  return true;
}

std::string_view utf8_prefix(std::string_view text, std::size_t bytes_max) {
  if (text.size() <= bytes_max) return text;
  std::size_t length = bytes_max;
  while (length > 0 && (static_cast<unsigned char>(text[length]) & 0xc0U) == 0x80) --length;
  return text.substr(0, length);
}

}  // namespace synapsed
