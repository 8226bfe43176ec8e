#pragma once

/// \file
/// The whole state of an instance, taken between two calls: memories, mutable globals, tables, dropped
/// segments. Owned by the room `snapshot`.
///
///     auto session = runtime.open_session(id).value();
///     session.call("warm_up", {}).value();
///     const Snapshot warm = session.snapshot().value();
///     auto twin = runtime.open_session(id, ExecutionContext{}.with_snapshot(warm)).value();
///
/// A snapshot holds no machine code, no address and no handle of the host: it can be restored by
/// another process, on another machine and by another version of the engine, into instances of the
/// module with the same bytes. What it takes in memory it shares with its copies and with the
/// instances made from it. The format of its bytes is docs/formats/snapshot.md.
///
/// Thread rule: values; immutable, so safe from any number of threads at once.

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <synapsed/error.hpp>
#include <synapsed/value.hpp>

namespace synapsed {

/// What a snapshot that somebody gave us may take.
struct SnapshotLimits {
  /// Of what it takes uncompressed: the pages of its memories, its tables, its globals.
  std::uint64_t bytes_max = std::uint64_t{1} << 30;
};

struct SnapshotInfo {
  struct Memory {
    std::uint32_t index = 0;   ///< in the module
    std::uint64_t bytes = 0;   ///< its size
    std::uint64_t pages = 0;   ///< of 4 KiB each, which are held because they are not as at first
  };
  struct Table {
    std::uint32_t index = 0;   ///< in the module
    std::uint64_t elements = 0;
  };
  std::string module_sha256;  ///< of the module's bytes, 64 hex digits
  std::uint32_t globals = 0;
  std::vector<Memory> memories;
  std::vector<Table> tables;
  std::vector<std::uint32_t> dropped_data;      ///< passive data segments, by index
  std::vector<std::uint32_t> dropped_elements;  ///< passive element segments, by index
};

/// What two snapshots of one module have different.
struct SnapshotDifference {
  struct Global {
    std::uint32_t index = 0;
    std::string before;  ///< as text; `function 7` of a reference
    std::string after;
  };
  struct Range {
    std::uint32_t memory = 0;
    std::uint64_t offset = 0;  ///< bytes
    std::uint64_t bytes = 0;
  };
  struct Resize {
    std::uint32_t memory = 0;
    std::uint64_t before = 0;  ///< bytes
    std::uint64_t after = 0;
  };
  std::vector<Global> globals;
  std::vector<Resize> resized;
  std::vector<Range> ranges;  ///< of bytes that differ; ascending, what lies within 16 bytes as one
  std::vector<std::uint32_t> tables;  ///< that differ, by index
  bool segments = false;              ///< whether others were dropped

  [[nodiscard]] bool is_none() const {
    return globals.empty() && resized.empty() && ranges.empty() && tables.empty() && !segments;
  }
};

class Snapshot {
 public:
  /// What `to_bytes` wrote. Errors: `snapshot.corrupt` with the place, `snapshot.version` from a newer
  /// program, `snapshot.too_large`, `snapshot.needs_earlier` for what `to_bytes_since` wrote.
  [[nodiscard]] static Result<Snapshot> from_bytes(std::span<const std::byte> bytes,
                                                   const SnapshotLimits& limits = {});
  /// What `to_bytes_since` wrote; `earlier` is the snapshot it names. Errors besides those above:
  /// `snapshot.other_earlier`.
  [[nodiscard]] static Result<Snapshot> from_bytes(std::span<const std::byte> bytes,
                                                   const Snapshot& earlier,
                                                   const SnapshotLimits& limits = {});

  /// Error: `host.engine` when memory for it is lacking.
  [[nodiscard]] Result<Bytes> to_bytes() const;
  /// Without the pages that `earlier`, of the same module, has too. Who reads it needs that snapshot.
  /// Error besides: `snapshot.other_module`.
  [[nodiscard]] Result<Bytes> to_bytes_since(const Snapshot& earlier) const;
  /// Names the state: snapshots with the same digest have the same. SHA-256 of the module's digest and
  /// that of the uncompressed contents (docs/formats/snapshot.md). Computed once. Error: that of
  /// `to_bytes`.
  [[nodiscard]] Result<std::array<std::byte, 32>> digest() const;

  [[nodiscard]] SnapshotInfo info() const;
  /// From `earlier` to this one. Error: `snapshot.other_module`.
  [[nodiscard]] Result<SnapshotDifference> difference(const Snapshot& earlier) const;

  struct Data;
  explicit Snapshot(std::shared_ptr<const Data> data) : data_(std::move(data)) {}
  [[nodiscard]] const std::shared_ptr<const Data>& data() const { return data_; }

 private:
  std::shared_ptr<const Data> data_;
};

}  // namespace synapsed
