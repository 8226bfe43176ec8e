/// \file
/// The laws of the registry. Any bytes, also with a genuine checksum, are an index or an error that says so, and
/// an index is what is written of it; any text is a manifest or an error with its places, and a manifest is what
/// is written of it.

#include <algorithm>

#include <synapsed/manifest.hpp>

#include "base/bytes.hpp"
#include "base/sha256.hpp"
#include "fuzz/laws.hpp"
#include "modules/index.hpp"

namespace synapsed::fuzz {
namespace {

void check_index(ByteSpan bytes) {
  const auto index = modules::decode_index(bytes);
  if (!index) return require(!index.error().message().empty(), "an index says what is wrong");
  require(std::ranges::equal(modules::encode(*index), bytes), "an index is what is written of it");
}

/// What stands before the checksum of an index that is otherwise right.
Bytes with_frame(ByteSpan body) {
  const Bytes sample = modules::encode({.generation = 1, .names = {}, .snapshots = {}});
  Bytes bytes(sample.begin(), sample.begin() + 7);  // the magic and the version
  bytes.insert(bytes.end(), body.begin(), body.end());
  const Sha256Digest checksum = sha256(bytes);
  bytes.insert(bytes.end(), checksum.begin(), checksum.end());
  return bytes;
}

void check_manifest(ByteSpan bytes) {
  const auto manifest = ModuleManifest::parse(as_text(bytes), "m");
  if (!manifest) {
    return require(manifest.error().message().find("m:") != std::string::npos,
                   "a manifest says where it is wrong");
  }
  require(manifest->validate().has_value(), "what was read is valid");
  const auto again = ModuleManifest::parse(manifest->to_toml(), "m");
  require(again.has_value() && *again == *manifest, "a manifest is what is written of it");
}

}  // namespace

void check_laws(std::span<const std::byte> bytes) {
  if (bytes.empty()) return;
  const ByteSpan rest = bytes.subspan(1);
  switch (std::to_integer<unsigned>(bytes.front()) % 3) {
    case 0: return check_manifest(rest);
    case 1: return check_index(rest);
    default: return check_index(with_frame(rest));
  }
}

}  // namespace synapsed::fuzz
