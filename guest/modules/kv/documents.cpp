#include "documents.hpp"

#include <algorithm>

#include <synapsed/guest/big_endian.hpp>

namespace kv {
namespace {

using synapsed::HostError;
using synapsed::guest::ByteReader;
using synapsed::guest::bytes_of;
using synapsed::guest::put;

Result<void> check_text(std::string_view text, std::size_t most, const std::string& what) {
  if (text.size() > most) {
    return std::unexpected(what + " has at most " + std::to_string(most) + " bytes");
  }
  if (text.contains('\0')) return std::unexpected(what + " has no NUL");
  return {};
}

}  // namespace

std::string failure(HostError error) {
  switch (error) {
    case HostError::kExhausted: return "the storage has no more room for it";
    case HostError::kDenied: return "the host denied it";
    case HostError::kConflict: return "somebody else changed it meanwhile";
    case HostError::kUnavailable: return "the storage cannot be reached now";
    default:
      return "the host's storage failed: " + std::to_string(static_cast<std::int32_t>(error));
  }
}

Result<void> check_id(std::string_view id) {
  if (id.empty()) return std::unexpected("a document has an id");
  return check_text(id, kIdBytesMax, "an id");
}

Result<void> check_name(std::string_view name) {
  if (name.empty()) return std::unexpected("a field has a name");
  return check_text(name, kNameBytesMax, "a field's name");
}

Result<void> check_indexed(std::string_view value) {
  return check_text(value, kIndexedBytesMax, "an indexed value");
}

Result<void> check(const document& document) {
  if (document.fields.size() > kFieldsMax) {
    return std::unexpected("a document has at most 64 fields");
  }
  std::vector<std::string_view> names;
  for (const field& field : document.fields) {
    if (const auto named = check_name(field.name); !named) return named;
    names.push_back(field.name);
  }
  std::ranges::sort(names);
  if (std::ranges::adjacent_find(names) != names.end()) {
    return std::unexpected("a document has no field twice");
  }
  return check_id(document.id);
}

std::string document_key(std::string_view id) { return "d" + std::string(id); }
std::string index_key(std::string_view name) { return "x" + std::string(name); }

std::string entry_prefix(std::string_view name, std::string_view value) {
  std::string prefix = "i";
  prefix.append(name).push_back('\0');
  prefix.append(value).push_back('\0');
  return prefix;
}

const std::string* find_field(const document& document, std::string_view name) {
  const auto found = std::ranges::find(document.fields, name, &field::name);
  return found == document.fields.end() ? nullptr : &found->value;
}

Bytes encoded(const document& document) {
  Bytes bytes;
  put(bytes, document.fields.size(), 2);
  for (const field& field : document.fields) {
    put(bytes, field.name.size(), 2);
    put(bytes, bytes_of(field.name));
    put(bytes, field.value.size(), 4);
    put(bytes, bytes_of(field.value));
  }
  put(bytes, document.body);
  return bytes;
}

std::optional<document> decoded(std::string_view id, std::span<const std::byte> bytes) {
  document document{.id = std::string(id), .fields = {}, .body = {}};
  ByteReader reader(bytes);
  const auto count = reader.number(2);
  if (!count) return std::nullopt;
  for (std::uint64_t i = 0; i < *count; ++i) {
    const auto name = reader.sized(2);
    const auto value = reader.sized(4);
    if (!name || !value) return std::nullopt;
    document.fields.push_back({.name = std::string(synapsed::storage::text_of(*name)),
                               .value = std::string(synapsed::storage::text_of(*value))});
  }
  document.body.assign(reader.rest().begin(), reader.rest().end());
  return document;
}

}  // namespace kv
