#pragma once

/// \file
/// An entry of the cache as bytes: docs/formats/code-cache.md. What a reader accepts somebody wrote who has
/// the key. Thread rule: values.

#include <optional>

#include <synapsed/value.hpp>

#include "base/bytes.hpp"
#include "base/sha256.hpp"

namespace synapsed::code_cache {

/// Of the installation; who knows it can have any code executed.
using Secret = std::array<std::byte, 32>;

/// `code` comes first, so that it can be mapped.
[[nodiscard]] Bytes seal(const Secret& secret, const Sha256Digest& key, ByteSpan code,
                         ByteSpan extra);

struct Opened {
  ByteSpan code;   ///< of what was opened
  ByteSpan extra;  ///< likewise
};
/// Nothing for an entry that is damaged, is not that of `key`, or was written by somebody else.
[[nodiscard]] std::optional<Opened> open(const Secret& secret, const Sha256Digest& key,
                                         ByteSpan entry);

}  // namespace synapsed::code_cache
