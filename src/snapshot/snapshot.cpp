#include <synapsed/snapshot.hpp>

#include <algorithm>

#include "base/hex.hpp"
#include "base/try.hpp"
#include "snapshot/data.hpp"
#include "snapshot/difference.hpp"
#include "snapshot/format.hpp"

namespace synapsed {
namespace {

Result<void> check_same_module(const Snapshot::Data& a, const Snapshot::Data& b) {
  if (a.module == b.module) return {};
  return std::unexpected(
      Error(ErrorCode::kSnapshotOtherModule, "the snapshots are of different modules")
          .help("compare snapshots of modules with the same bytes"));
}

}  // namespace

Result<Snapshot> Snapshot::from_bytes(std::span<const std::byte> bytes,
                                      const SnapshotLimits& limits) {
  return Snapshot(TRY(snapshot::decode(bytes, nullptr, limits)));
}

Result<Snapshot> Snapshot::from_bytes(std::span<const std::byte> bytes, const Snapshot& earlier,
                                      const SnapshotLimits& limits) {
  return Snapshot(TRY(snapshot::decode(bytes, earlier.data_.get(), limits)));
}

Result<Bytes> Snapshot::to_bytes() const { return snapshot::encode(*data_, nullptr); }

Result<Bytes> Snapshot::to_bytes_since(const Snapshot& earlier) const {
  TRY(check_same_module(*data_, *earlier.data_));
  return snapshot::encode(*data_, earlier.data_.get());
}

Result<std::array<std::byte, 32>> Snapshot::digest() const { return snapshot::digest_of(*data_); }

SnapshotInfo Snapshot::info() const {
  SnapshotInfo info{.module_sha256 = to_hex(data_->module),
                    .globals = static_cast<std::uint32_t>(data_->globals.size()),
                    .memories = {},
                    .tables = {},
                    .dropped_data = data_->dropped_data,
                    .dropped_elements = data_->dropped_elements};
  for (const auto& memory : data_->memories) {
    info.memories.push_back(
        {.index = memory.index, .bytes = memory.bytes, .pages = memory.changed().size()});
  }
  for (const auto& table : data_->tables) {
    info.tables.push_back({.index = table.index, .elements = table.elements.size()});
  }
  return info;
}

Result<SnapshotDifference> Snapshot::difference(const Snapshot& earlier) const {
  TRY(check_same_module(*earlier.data_, *data_));
  return snapshot::difference_of(*earlier.data_, *data_);
}

}  // namespace synapsed
