#pragma once

/// \file
/// What is asked of PostgreSQL for entries, each prepared once a connection. Parameters and results
/// are binary. Thread rule: constants.

#include <array>
#include <cstddef>
#include <cstdint>

namespace synapsed::storage::postgresql {

enum class Statement : std::uint8_t {
  kGet,          ///< key
  kForward,      ///< from, rows, bytes
  kForwardTo,    ///< from, rows, bytes, to
  kBackward,     ///< from, rows, bytes
  kBackwardTo,   ///< from, rows, bytes, to
  kGetAll,       ///< keys
  kLengths,      ///< keys
  kSet,          ///< keys, values
  kRemove,       ///< keys
};

// Entries in order, as many as `rows` and `bytes` of values allow, but one at least. Lengths are known
// without reading the values.
#define SYNAPSED_PAGE(order, to)                                                           \
  "SELECT key, value FROM (SELECT key, value, sum(octet_length(value)) OVER (ORDER BY key " \
  order " ROWS UNBOUNDED PRECEDING) - octet_length(value) AS before FROM synapsed_entries " \
  "WHERE key >= $1" to " ORDER BY key " order " LIMIT $2) AS page WHERE before < $3::bigint"

/// In the order of `Statement`.
inline constexpr std::array kStatements = std::to_array<const char*>({
    "SELECT value FROM synapsed_entries WHERE key = $1",
    SYNAPSED_PAGE("ASC", ""),
    SYNAPSED_PAGE("ASC", " AND key < $4"),
    SYNAPSED_PAGE("DESC", ""),
    SYNAPSED_PAGE("DESC", " AND key < $4"),
    "SELECT key, value FROM synapsed_entries WHERE key = ANY($1::bytea[])",
    "SELECT key, octet_length(value)::bigint FROM synapsed_entries WHERE key = ANY($1::bytea[])",
    "INSERT INTO synapsed_entries (key, value) SELECT * FROM unnest($1::bytea[], $2::bytea[]) "
    "ON CONFLICT (key) DO UPDATE SET value = excluded.value",
    "DELETE FROM synapsed_entries WHERE key = ANY($1::bytea[])",
});

#undef SYNAPSED_PAGE

inline constexpr std::size_t kParametersMax = 4;

}  // namespace synapsed::storage::postgresql
