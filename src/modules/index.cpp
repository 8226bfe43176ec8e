#include "modules/index.hpp"

#include <algorithm>
#include <array>
#include <cstring>

#include <fmt/format.h>
#include <synapsed/manifest.hpp>

#include "base/fields.hpp"
#include "base/try.hpp"

namespace synapsed::modules {
namespace {

constexpr std::string_view kMagic = "SYNREG";
constexpr std::uint8_t kVersion = 1;
constexpr std::size_t kDigestBytes = 32;

class Writer : public FieldWriter {
 public:
  void text(std::string_view text) {
    number(static_cast<std::uint32_t>(text.size()));
    raw(as_bytes(text));
  }
  void texts(const std::vector<std::string>& list) {
    number(static_cast<std::uint32_t>(list.size()));
    for (const std::string& each : list) text(each);
  }
};

class Reader : public FieldReader {
 public:
  using FieldReader::FieldReader;

  std::string text() { return std::string(as_text(raw(number<std::uint32_t>()))); }
  /// The number of things that follow, of at least so many bytes each.
  std::uint32_t count_of(std::size_t bytes_each) {
    return static_cast<std::uint32_t>(count(number<std::uint32_t>(), bytes_each));
  }
  std::vector<std::string> texts() {
    std::vector<std::string> list(count_of(sizeof(std::uint32_t)));
    for (std::string& each : list) each = text();
    return list;
  }
  Sha256Digest digest() {
    Sha256Digest digest{};
    std::ranges::copy(raw(kDigestBytes), digest.begin());
    return digest;
  }
};

std::unexpected<Error> corrupt(std::string_view what) {
  return std::unexpected(
      Error(ErrorCode::kRegistryCorrupt, fmt::format("the registry's index {}", what))
          .help("restore the file from a backup, or add the modules to a new registry"));
}

void write(Writer& out, const VersionEntry& entry) {
  out.text(entry.version.to_string());
  out.raw(entry.module);
  out.raw(entry.manifest);
  out.number(entry.bytes);
  out.number(static_cast<std::uint64_t>(entry.added_at_ms));
  out.texts(entry.tags);
  out.texts(entry.capabilities);
}

constexpr std::size_t kVersionBytesMin = 4 + 5 + 2 * kDigestBytes + 8 + 8 + 4 + 4;

Result<VersionEntry> read_version(Reader& in) {
  VersionEntry entry;
  auto version = SemanticVersion::parse(in.text());
  if (!version) return corrupt("has a version that is none");
  entry.version = std::move(*version);
  entry.module = in.digest();
  entry.manifest = in.digest();
  entry.bytes = in.number<std::uint64_t>();
  entry.added_at_ms = in.number<std::int64_t>();
  entry.tags = in.texts();
  entry.capabilities = in.texts();
  return entry;
}

Result<NameEntry> read_name(Reader& in) {
  NameEntry entry;
  const std::uint32_t versions = in.count_of(kVersionBytesMin);
  entry.versions.reserve(versions);
  for (std::uint32_t i = 0; i < versions; ++i) {
    VersionEntry version = TRY(read_version(in));
    if (i != 0 && !(entry.versions.back().version < version.version)) {
      return corrupt("has versions in no order");
    }
    entry.versions.push_back(std::move(version));
  }
  const std::uint32_t served = in.count_of(sizeof(std::uint32_t));
  if (served > kServedMax) return corrupt("remembers too much");
  for (std::uint32_t i = 0; i < served; ++i) {
    entry.served.push_back(in.number<std::uint32_t>());
    if (entry.served.back() >= entry.versions.size()) return corrupt("names a version that is not there");
  }
  return entry;
}

/// Names ascend; `add` puts what is read behind a name into its place.
template <typename Map, typename Read>
Result<void> read_map(Reader& in, Map& map, const Read& read) {
  const std::uint32_t count = in.count_of(sizeof(std::uint32_t));
  for (std::uint32_t i = 0; i < count && !in.is_short(); ++i) {
    std::string name = in.text();
    if (!is_module_name(name)) return corrupt("has a name that is none");
    if (!map.empty() && map.rbegin()->first >= name) return corrupt("has names in no order");
    auto entry = TRY(read(in));
    map.emplace_hint(map.end(), std::move(name), std::move(entry));
  }
  return {};
}

Result<SnapshotEntry> read_snapshot(Reader& in) {
  SnapshotEntry entry;
  entry.module = in.digest();
  entry.contents = in.digest();
  entry.bytes = in.number<std::uint64_t>();
  entry.added_at_ms = in.number<std::int64_t>();
  return entry;
}

}  // namespace

Bytes encode(const Index& index) {
  Writer out;
  out.raw(as_bytes(kMagic));
  out.number(kVersion);
  out.number(index.generation);
  out.number(static_cast<std::uint32_t>(index.names.size()));
  for (const auto& [name, entry] : index.names) {
    out.text(name);
    out.number(static_cast<std::uint32_t>(entry.versions.size()));
    for (const VersionEntry& version : entry.versions) write(out, version);
    out.number(static_cast<std::uint32_t>(entry.served.size()));
    for (const std::uint32_t version : entry.served) out.number(version);
  }
  out.number(static_cast<std::uint32_t>(index.snapshots.size()));
  for (const auto& [name, snapshot] : index.snapshots) {
    out.text(name);
    out.raw(snapshot.module);
    out.raw(snapshot.contents);
    out.number(snapshot.bytes);
    out.number(static_cast<std::uint64_t>(snapshot.added_at_ms));
  }
  const Sha256Digest checksum = sha256(out.bytes());
  out.raw(checksum);
  return std::move(out.bytes());
}

Result<Index> decode_index(ByteSpan bytes) {
  if (bytes.size() < kMagic.size() + 1 || as_text(bytes.first(kMagic.size())) != kMagic) {
    return corrupt("is none");
  }
  const auto version = std::to_integer<std::uint8_t>(bytes[kMagic.size()]);
  if (version > kVersion) {
    return std::unexpected(Error(ErrorCode::kRegistryVersion,
                                 fmt::format("the registry has version {}, and this program knows up "
                                             "to {}",
                                             version, kVersion))
                               .help("use a newer program"));
  }
  if (bytes.size() < kMagic.size() + 1 + kDigestBytes) return corrupt("ends too soon");
  const ByteSpan covered = bytes.first(bytes.size() - kDigestBytes);
  if (!std::ranges::equal(sha256(covered), bytes.last(kDigestBytes))) {
    return corrupt("is damaged: its checksum is another");
  }
  Reader in(covered.subspan(kMagic.size() + 1));
  Index index;
  index.generation = in.number<std::uint64_t>();
  TRY(read_map(in, index.names, read_name));
  TRY(read_map(in, index.snapshots, read_snapshot));
  if (in.is_short()) return corrupt("ends too soon");
  if (in.left() != 0) return corrupt("goes on after its end");
  return index;
}

const VersionEntry* find(const NameEntry& entry, const SemanticVersion& version) {
  const auto found = std::ranges::find(entry.versions, version, &VersionEntry::version);
  return found == entry.versions.end() ? nullptr : &*found;
}

}  // namespace synapsed::modules
