#pragma once

/// \file
/// Parameters and results as PostgreSQL sends them in binary: numbers are big-endian.
/// Thread rule: values.

#include <libpq-fe.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>

#include <synapsed/value.hpp>

#include "base/bytes.hpp"

namespace synapsed::storage::postgresql {

/// A `bigint`.
using WireNumber = std::array<std::byte, 8>;
[[nodiscard]] WireNumber to_wire(std::uint64_t number);

/// A `bytea[]`.
class WireArray {
 public:
  WireArray();
  void add(ByteSpan element);
  [[nodiscard]] bool empty() const { return size_ == 0; }
  [[nodiscard]] std::uint32_t size() const { return size_; }
  /// What it takes in memory.
  [[nodiscard]] std::size_t bytes() const { return buffer_.size(); }
  /// Valid until the next change.
  [[nodiscard]] ByteSpan view();
  void clear();

 private:
  void put(std::uint32_t number);

  Bytes buffer_;
  std::uint32_t size_ = 0;
};

/// The rows of a result, which it owns.
class Rows {
 public:
  explicit Rows(PGresult* result) : result_(result) {}

  [[nodiscard]] int size() const { return PQntuples(result_.get()); }
  /// Valid as long as the rows.
  [[nodiscard]] ByteSpan bytes(int row, int column) const;
  [[nodiscard]] std::uint64_t number(int row, int column) const;  ///< a `bigint`
  [[nodiscard]] const PGresult* raw() const { return result_.get(); }
  [[nodiscard]] PGresult* raw() { return result_.get(); }

 private:
  struct Clear {
    void operator()(PGresult* result) const { PQclear(result); }
  };
  std::unique_ptr<PGresult, Clear> result_;
};

}  // namespace synapsed::storage::postgresql
