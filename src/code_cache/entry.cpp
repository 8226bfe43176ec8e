#include "code_cache/entry.hpp"

#include <algorithm>
#include <array>

#include "base/hmac.hpp"

namespace synapsed::code_cache {
namespace {

constexpr std::string_view kMagic = "SYNCODE\1";
constexpr std::size_t kSizeBytes = 8;
constexpr std::size_t kDigestBytes = 32;
constexpr std::size_t kTailBytes = 2 * kSizeBytes + kMagic.size() + 2 * kDigestBytes;

void append(Bytes& out, ByteSpan bytes) { out.insert(out.end(), bytes.begin(), bytes.end()); }

void append_size(Bytes& out, std::uint64_t size) {
  for (std::size_t i = 0; i < kSizeBytes; ++i) out.push_back(static_cast<std::byte>(size >> (8 * i)));
}

std::uint64_t size_at(ByteSpan bytes) {
  std::uint64_t size = 0;
  for (std::size_t i = kSizeBytes; i > 0; --i) {
    size = size << 8 | std::to_integer<std::uint64_t>(bytes[i - 1]);
  }
  return size;
}

}  // namespace

Bytes seal(const Secret& secret, const Sha256Digest& key, ByteSpan code, ByteSpan extra) {
  Bytes out;
  out.reserve(code.size() + extra.size() + kTailBytes);
  append(out, code);
  append(out, extra);
  append_size(out, code.size());
  append_size(out, extra.size());
  append(out, as_bytes(kMagic));
  append(out, key);
  append(out, hmac_sha256(secret, sha256(out)));
  return out;
}

std::optional<Opened> open(const Secret& secret, const Sha256Digest& key, ByteSpan entry) {
  if (entry.size() < kTailBytes) return std::nullopt;
  const ByteSpan covered = entry.first(entry.size() - kDigestBytes);
  Sha256Digest given;
  std::ranges::copy(entry.last(kDigestBytes), given.begin());
  if (!equal_in_constant_time(hmac_sha256(secret, sha256(covered)), given)) return std::nullopt;

  // From here on it is what somebody with the key wrote.
  const ByteSpan tail = entry.last(kTailBytes);
  const std::uint64_t code = size_at(tail);
  const std::uint64_t extra = size_at(tail.subspan(kSizeBytes));
  const ByteSpan magic = tail.subspan(2 * kSizeBytes, kMagic.size());
  const ByteSpan named = tail.subspan(2 * kSizeBytes + kMagic.size(), kDigestBytes);
  const std::uint64_t room = entry.size() - kTailBytes;
  const bool fits = code <= room && extra == room - code;
  if (!fits || as_text(magic) != kMagic || !std::ranges::equal(named, key)) return std::nullopt;
  return Opened{.code = entry.first(code), .extra = entry.subspan(code, extra)};
}

}  // namespace synapsed::code_cache
