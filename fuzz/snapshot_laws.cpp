/// \file
/// The laws of snapshots. Any bytes, and any body in a file that is otherwise right, are a snapshot or an
/// error that says so; a snapshot is what is written of it.

#include <algorithm>
#include <vector>

#include <zstd.h>

#include "fuzz/laws.hpp"
#include "snapshot/body.hpp"
#include "snapshot/format.hpp"

namespace synapsed::fuzz {
namespace {

constexpr SnapshotLimits kLimits{.bytes_max = 16 << 20};

void check_file(ByteSpan bytes, const Snapshot::Data* earlier) {
  const auto read = snapshot::decode(bytes, earlier, kLimits);
  if (!read) return require(!read.error().message().empty(), "a snapshot says what is wrong");
  const auto written = snapshot::encode(**read, nullptr);
  require(written.has_value(), "what was read is written");
  const auto again = snapshot::decode(*written, nullptr, kLimits);
  require(again.has_value() && *snapshot::digest_of(**again) == *snapshot::digest_of(**read),
          "a snapshot is what is written of it");
}

/// A file with that body and genuine checksums.
Bytes file_of(ByteSpan body, bool has_earlier, const Snapshot::Data& earlier) {
  const Bytes sample = *snapshot::encode(earlier, has_earlier ? &earlier : nullptr);
  Bytes file(sample.begin(), sample.begin() + 72);
  for (unsigned i = 0; i < 8; ++i) file.push_back(static_cast<std::byte>(body.size() >> (8 * i)));
  Bytes frame(ZSTD_compressBound(body.size()));
  frame.resize(ZSTD_compress(frame.data(), frame.size(), body.data(), body.size(), 1));
  std::ranges::copy(frame, std::back_inserter(file));
  std::ranges::copy(sha256(file), std::back_inserter(file));
  return file;
}

const Snapshot::Data& earlier() {
  static const auto data = [] {
    auto made = std::make_shared<Snapshot::Data>();
    snapshot::MemoryState memory;
    memory.bytes = 65536;
    memory.pages = snapshot::PageSet(2);
    std::ranges::fill(memory.pages.add(1), std::byte{1});
    std::ranges::fill(memory.pages.add(7), std::byte{2});
    made->memories.push_back(std::move(memory));
    return made;
  }();
  return *data;
}

}  // namespace

void check_laws(std::span<const std::byte> bytes) {
  if (bytes.empty()) return;
  const ByteSpan rest = bytes.subspan(1);
  switch (std::to_integer<unsigned>(bytes.front()) % 3) {
    case 0: return check_file(rest, nullptr);
    case 1: return check_file(file_of(rest, false, earlier()), nullptr);
    default: return check_file(file_of(rest, true, earlier()), &earlier());
  }
}

}  // namespace synapsed::fuzz
