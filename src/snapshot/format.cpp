#include "snapshot/format.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>
#include <zstd.h>

#include "base/try.hpp"
#include "base/units.hpp"
#include "snapshot/body.hpp"

namespace synapsed::snapshot {
namespace {

constexpr std::array kMagic{'S', 'Y', 'N', 'S', 'N', 'A', 'P'};
constexpr std::uint8_t kVersion = 1;
constexpr int kCompressionLevel = 1;
constexpr std::size_t kDigestBytes = 32;

/// The bytes before the compressed ones.
struct Header {
  std::array<char, kMagic.size()> magic = kMagic;
  std::uint8_t version = kVersion;
  Sha256Digest module{};
  Sha256Digest earlier{};  ///< zeros: none
  std::array<std::uint8_t, 8> body_bytes{};
};
static_assert(sizeof(Header) == 80 && alignof(Header) == 1);

std::array<std::uint8_t, 8> to_little_endian(std::uint64_t value) {
  std::array<std::uint8_t, 8> bytes{};
  for (auto& byte : bytes) {
    byte = static_cast<std::uint8_t>(value);
    value >>= 8;
  }
  return bytes;
}

std::uint64_t from_little_endian(const std::array<std::uint8_t, 8>& bytes) {
  std::uint64_t value = 0;
  for (std::size_t i = bytes.size(); i > 0; --i) value = value << 8 | bytes[i - 1];
  return value;
}

std::unexpected<Error> corrupt(std::string_view what) {
  return std::unexpected(Error(ErrorCode::kSnapshotCorrupt, fmt::format("the snapshot {}", what))
                             .help("take it from where it was saved again"));
}

Result<Header> read_header(ByteSpan bytes, const SnapshotLimits& limits) {
  Header header;
  if (bytes.size() < kMagic.size() ||
      !std::ranges::equal(as_text(bytes.first(kMagic.size())), kMagic)) {
    return std::unexpected(Error(ErrorCode::kSnapshotCorrupt, "this is no snapshot"));
  }
  if (bytes.size() < sizeof(Header) + kDigestBytes) return corrupt("ends too soon");
  std::memcpy(&header, bytes.data(), sizeof(header));
  if (header.version != kVersion) {
    return std::unexpected(Error(ErrorCode::kSnapshotVersion,
                                 fmt::format("the snapshot has version {}, and this program knows "
                                             "version {}",
                                             header.version, kVersion))
                               .help("use a newer program"));
  }
  const ByteSpan covered = bytes.first(bytes.size() - kDigestBytes);
  if (!std::ranges::equal(sha256(covered), bytes.last(kDigestBytes))) {
    return corrupt("is damaged: its checksum is another");
  }
  const std::uint64_t body_bytes = from_little_endian(header.body_bytes);
  if (body_bytes > limits.bytes_max) {
    return std::unexpected(Error(ErrorCode::kSnapshotTooLarge,
                                 fmt::format("the snapshot has {}, and may have {}",
                                             format_bytes(body_bytes),
                                             format_bytes(limits.bytes_max))));
  }
  return header;
}

Result<void> check_earlier(const Header& header, const Snapshot::Data* earlier) {
  if (header.earlier == Sha256Digest{}) return {};
  if (earlier == nullptr) {
    return std::unexpected(Error(ErrorCode::kSnapshotNeedsEarlier,
                                 "the snapshot holds what changed since an earlier one")
                               .help("give the earlier one, too"));
  }
  if (TRY(digest_of(*earlier)) == header.earlier) return {};
  return std::unexpected(Error(ErrorCode::kSnapshotOtherEarlier,
                               "the snapshot holds what changed since another than this earlier one"));
}

Result<Body> decompress(ByteSpan compressed, std::uint64_t size) {
  if (ZSTD_getFrameContentSize(compressed.data(), compressed.size()) != size) {
    return corrupt("has another size than it says");
  }
  Body body{.bytes = std::make_unique_for_overwrite<std::byte[]>(size), .size = size};
  const std::size_t got =
      ZSTD_decompress(body.bytes.get(), size, compressed.data(), compressed.size());
  if (ZSTD_isError(got) != 0 || got != size) return corrupt("cannot be decompressed");
  return body;
}

}  // namespace

Result<Bytes> encode(const Snapshot::Data& data, const Snapshot::Data* earlier) {
  const Body body = write_body(data, earlier);
  Header header{.module = data.module, .body_bytes = to_little_endian(body.size)};
  if (earlier != nullptr) header.earlier = TRY(digest_of(*earlier));
  Bytes out(sizeof(Header) + ZSTD_compressBound(body.size) + kDigestBytes);
  std::memcpy(out.data(), &header, sizeof(header));
  const std::size_t compressed =
      ZSTD_compress(&out[sizeof(Header)], out.size() - sizeof(Header) - kDigestBytes,
                    body.bytes.get(), body.size, kCompressionLevel);
  if (ZSTD_isError(compressed) != 0) {
    return std::unexpected(Error(ErrorCode::kEngineFault,
                                 fmt::format("a snapshot cannot be compressed: {}",
                                             ZSTD_getErrorName(compressed))));
  }
  const std::size_t covered = sizeof(Header) + compressed;
  const Sha256Digest checksum = sha256(std::span(out).first(covered));
  std::ranges::copy(checksum, out.begin() + static_cast<std::ptrdiff_t>(covered));
  out.resize(covered + kDigestBytes);
  return out;
}

Result<std::shared_ptr<Snapshot::Data>> decode(ByteSpan bytes, const Snapshot::Data* earlier,
                                               const SnapshotLimits& limits) {
  const Header header = TRY(read_header(bytes, limits));
  TRY(check_earlier(header, earlier));
  const bool is_whole = header.earlier == Sha256Digest{};
  const ByteSpan compressed =
      bytes.subspan(sizeof(Header), bytes.size() - sizeof(Header) - kDigestBytes);
  const Body body = TRY(decompress(compressed, from_little_endian(header.body_bytes)));
  auto data = std::make_shared<Snapshot::Data>();
  data->module = header.module;
  TRY(read_body(body.span(), is_whole ? nullptr : earlier, *data));
  return data;
}

Result<Sha256Digest> digest_of(const Snapshot::Data& data) {
  const Lock<Mutex> lock(data.digest_mutex);
  if (!data.digest) {
    const Body body = write_body(data, nullptr);
    const Sha256Digest contents = sha256(body.span());
    std::array<std::byte, 2 * kDigestBytes> both{};
    std::ranges::copy(data.module, both.begin());
    std::ranges::copy(contents, both.begin() + kDigestBytes);
    data.digest = sha256(both);
  }
  return *data.digest;
}

}  // namespace synapsed::snapshot
