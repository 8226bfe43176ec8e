#pragma once

/// \file
/// What documents are, and the keys they have in storage.
///
/// | key | value |
/// |---|---|
/// | `d` id | a document: 2 bytes, how many fields; for each 2 bytes and its name, 4 and its value; the body |
/// | `i` field NUL value NUL id | nothing: a document has this value in an indexed field |
/// | `x` field | 1 byte, whether no two documents may have the same value |
/// | `n` | a counter: how many documents there are |
///
/// Numbers in documents are large end first. Names, indexed values and ids hold no NUL.

#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <synapsed/guest.hpp>
#include <synapsed/guest/storage.hpp>

struct field {
  std::string name;
  std::string value;
};
SYNAPSED_RECORD(field, (name, string), (value, string))

struct document {
  std::string id;
  std::vector<field> fields;
  std::vector<std::byte> body;
};
SYNAPSED_RECORD(document, (id, string), (fields, list<field>), (body, list<u8>))

namespace kv {

using Bytes = std::vector<std::byte>;
template <typename T>
using Result = std::expected<T, std::string>;

inline constexpr std::size_t kIdBytesMax = 256;
inline constexpr std::size_t kNameBytesMax = 64;
inline constexpr std::size_t kIndexedBytesMax = 512;
inline constexpr std::size_t kFieldsMax = 64;
inline constexpr std::string_view kCountKey = "n";

struct Index {
  std::string field;
  bool is_unique;
};

/// A message for the caller.
[[nodiscard]] std::string failure(synapsed::HostError error);

[[nodiscard]] Result<void> check_id(std::string_view id);
[[nodiscard]] Result<void> check_name(std::string_view name);
[[nodiscard]] Result<void> check_indexed(std::string_view value);
/// What holds of a document whatever the indexes are.
[[nodiscard]] Result<void> check(const document& document);

[[nodiscard]] std::string document_key(std::string_view id);
[[nodiscard]] std::string index_key(std::string_view name);
/// What the entries of a value begin with; the id follows.
[[nodiscard]] std::string entry_prefix(std::string_view name, std::string_view value);

/// None where the document has no such field.
[[nodiscard]] const std::string* find_field(const document& document, std::string_view name);

[[nodiscard]] Bytes encoded(const document& document);
/// None where it is no document.
[[nodiscard]] std::optional<document> decoded(std::string_view id,
                                              std::span<const std::byte> bytes);

}  // namespace kv
