#include "code_cache/entry.hpp"

#include <algorithm>
#include <utility>

#include "base/fields.hpp"
#include "base/hmac.hpp"

namespace synapsed::code_cache {
namespace {

constexpr std::string_view kMagic = "SYNCODE\1";
constexpr std::size_t kDigestBytes = 32;
constexpr std::size_t kTailBytes = 2 * sizeof(std::uint64_t) + kMagic.size() + 2 * kDigestBytes;

}  // namespace

Bytes seal(const Secret& secret, const Sha256Digest& key, ByteSpan code, ByteSpan extra) {
  FieldWriter out;
  out.bytes().reserve(code.size() + extra.size() + kTailBytes);
  out.raw(code);
  out.raw(extra);
  out.number(std::uint64_t{code.size()});
  out.number(std::uint64_t{extra.size()});
  out.raw(as_bytes(kMagic));
  out.raw(key);
  out.raw(hmac_sha256(secret, sha256(out.bytes())));
  return std::move(out.bytes());
}

std::optional<Opened> open(const Secret& secret, const Sha256Digest& key, ByteSpan entry) {
  if (entry.size() < kTailBytes) return std::nullopt;
  const ByteSpan covered = entry.first(entry.size() - kDigestBytes);
  Sha256Digest given;
  std::ranges::copy(entry.last(kDigestBytes), given.begin());
  if (!equal_in_constant_time(hmac_sha256(secret, sha256(covered)), given)) return std::nullopt;

  // From here on it is what somebody with the key wrote.
  FieldReader tail(entry.last(kTailBytes));
  const auto code = tail.number<std::uint64_t>();
  const auto extra = tail.number<std::uint64_t>();
  const ByteSpan magic = tail.raw(kMagic.size());
  const ByteSpan named = tail.raw(kDigestBytes);
  const std::uint64_t room = entry.size() - kTailBytes;
  const bool fits = code <= room && extra == room - code;
  if (!fits || as_text(magic) != kMagic || !std::ranges::equal(named, key)) return std::nullopt;
  return Opened{.code = entry.first(code), .extra = entry.subspan(code, extra)};
}

}  // namespace synapsed::code_cache
