#pragma once

/// \file
/// What a registry knows without looking at its blobs, and as bytes: docs/formats/registry.md.
///
/// Thread rule: values.

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <synapsed/error.hpp>
#include <synapsed/semantic_version.hpp>
#include <synapsed/value.hpp>

#include "base/bytes.hpp"
#include "base/sha256.hpp"

namespace synapsed::modules {

struct VersionEntry {
  SemanticVersion version;
  Sha256Digest module{};
  Sha256Digest manifest{};  ///< of its text
  std::uint64_t bytes = 0;
  std::int64_t added_at_ms = 0;  ///< since 1970
  std::vector<std::string> tags;
  std::vector<std::string> capabilities;
};

struct NameEntry {
  std::vector<VersionEntry> versions;  ///< ascending
  /// Versions that served, the last one serves now; indices in `versions`.
  std::vector<std::uint32_t> served;
};

struct SnapshotEntry {
  Sha256Digest module{};
  Sha256Digest contents{};
  std::uint64_t bytes = 0;
  std::int64_t added_at_ms = 0;
};

struct Index {
  std::uint64_t generation = 0;  ///< grows with each change
  std::map<std::string, NameEntry, std::less<>> names;
  std::map<std::string, SnapshotEntry, std::less<>> snapshots;
};

inline constexpr std::size_t kServedMax = 16;

[[nodiscard]] Bytes encode(const Index& index);
/// Errors: `registry.corrupt`, `registry.version`.
[[nodiscard]] Result<Index> decode_index(ByteSpan bytes);

/// Null when there is none.
[[nodiscard]] const VersionEntry* find(const NameEntry& entry, const SemanticVersion& version);

}  // namespace synapsed::modules
