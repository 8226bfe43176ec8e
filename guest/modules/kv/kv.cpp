// A store of documents: an id, named fields of text, and a body. Fields that have an index are found
// by their value; indexes are kept in the transaction that changes the documents.

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "documents.hpp"

/// Documents in the order of their ids; `next` lists on from there, and is null after the last.
struct page {
  std::vector<document> documents;
  std::optional<std::string> next;
};
SYNAPSED_RECORD(page, (documents, list<document>), (next, option<string>))

namespace kv {
namespace {

namespace storage = synapsed::storage;
using storage::Cursor;
using storage::text_of;

constexpr std::uint32_t kPageMost = 1000;

/// The error of a cursor that has ended.
Result<void> ended(const Cursor& cursor) {
  if (cursor.error()) return std::unexpected(failure(*cursor.error()));
  return {};
}

Result<std::optional<document>> load(std::string_view id) {
  const auto bytes = storage::read(document_key(id));
  if (!bytes) return std::unexpected(failure(bytes.error()));
  if (!*bytes) return std::nullopt;
  auto document = decoded(id, **bytes);
  if (!document) return std::unexpected("the stored document is damaged");
  return document;
}

Result<std::vector<Index>> indexes() {
  std::vector<Index> found;
  Cursor cursor = Cursor::of_prefix("x");
  while (cursor.next()) {
    found.push_back({.field = std::string(text_of(cursor.key().subspan(1))),
                     .is_unique = !cursor.value().empty() && cursor.value()[0] == std::byte{1}});
  }
  if (const auto done = ended(cursor); !done) return std::unexpected(done.error());
  return found;
}

Result<std::optional<Index>> index_of(std::string_view name) {
  const auto unique = storage::read(index_key(name));
  if (!unique) return std::unexpected(failure(unique.error()));
  if (!*unique) return std::nullopt;
  return Index{.field = std::string(name), .is_unique = **unique == Bytes{std::byte{1}}};
}

/// That no other document has the value in a field where no two may have the same.
Result<void> check_unique(const Index& index, std::string_view value, std::string_view id) {
  if (!index.is_unique) return {};
  const std::string prefix = entry_prefix(index.field, value);
  Cursor cursor = Cursor::of_prefix(prefix, {.keys_only = true, .limit = 2});
  while (cursor.next()) {
    if (text_of(cursor.key().subspan(prefix.size())) != id) {
      return std::unexpected("another document has the " + index.field + " \"" +
                             std::string(value) + "\"");
    }
  }
  return ended(cursor);
}

/// The change of one index where a document takes another's place.
Result<void> reindex(const Index& index, const std::optional<document>& before,
                     const document& after, storage::Batch& batch) {
  const std::string* old_value = before ? find_field(*before, index.field) : nullptr;
  const std::string* new_value = find_field(after, index.field);
  if (old_value != nullptr && new_value != nullptr && *old_value == *new_value) return {};
  if (old_value != nullptr) batch.remove(entry_prefix(index.field, *old_value) + after.id);
  if (new_value == nullptr) return {};
  if (const auto valid = check_indexed(*new_value); !valid) return valid;
  if (const auto unique = check_unique(index, *new_value, after.id); !unique) return unique;
  batch.set(entry_prefix(index.field, *new_value) + after.id, "");
  return {};
}

Result<void> applied(const storage::Batch& batch) {
  if (const auto made = batch.apply(); !made) return std::unexpected(failure(made.error()));
  return {};
}

/// The ids of documents with this value, after `after`.
Result<std::vector<std::string>> ids_with(const Index& index, std::string_view value,
                                          std::string_view after, std::uint32_t limit) {
  const std::string prefix = entry_prefix(index.field, value);
  std::string end = prefix;
  end.back() = '\1';
  Cursor cursor = Cursor::of_range(after.empty() ? prefix : prefix + std::string(after) + '\0', end,
                                   {.keys_only = true, .limit = limit});
  std::vector<std::string> ids;
  while (cursor.next()) ids.emplace_back(text_of(cursor.key().subspan(prefix.size())));
  if (const auto done = ended(cursor); !done) return std::unexpected(done.error());
  return ids;
}

/// A new index has the documents that are there.
Result<void> index_all(const Index& index, storage::Batch& batch) {
  std::vector<std::string> values;
  Cursor cursor = Cursor::of_prefix("d");
  while (cursor.next()) {
    const auto document = decoded(text_of(cursor.key().subspan(1)), cursor.value());
    if (!document) return std::unexpected("the stored document is damaged");
    const std::string* value = find_field(*document, index.field);
    if (value == nullptr) continue;
    if (const auto valid = check_indexed(*value); !valid) return valid;
    batch.set(entry_prefix(index.field, *value) + document->id, "");
    values.push_back(*value);
  }
  if (const auto done = ended(cursor); !done) return done;
  std::ranges::sort(values);
  const auto twice = std::ranges::adjacent_find(values);
  if (!index.is_unique || twice == values.end()) return {};
  return std::unexpected("several documents have the " + index.field + " \"" + *twice + "\"");
}

std::uint32_t page_size(std::uint32_t limit) { return std::clamp(limit, 1U, kPageMost); }

}  // namespace

/// Keeps the document, in the place of one with the same id.
Result<void> put(const document& document) {
  if (const auto valid = check(document); !valid) return valid;
  const auto before = load(document.id);
  if (!before) return std::unexpected(before.error());
  const auto all = indexes();
  if (!all) return std::unexpected(all.error());
  storage::Batch batch;
  for (const Index& index : *all) {
    if (const auto done = reindex(index, *before, document, batch); !done) return done;
  }
  batch.set(document_key(document.id), encoded(document));
  if (!*before) batch.add(kCountKey, 1);
  return applied(batch);
}
SYNAPSED_EXPORT(put, "func(document: document) -> result<_, string>")

Result<std::optional<document>> get(std::string_view id) { return load(id); }
SYNAPSED_EXPORT(get, "func(id: string) -> result<option<document>, string>")

/// Whether there was one.
Result<bool> remove(std::string_view id) {
  const auto before = load(id);
  if (!before) return std::unexpected(before.error());
  if (!*before) return false;
  const auto all = indexes();
  if (!all) return std::unexpected(all.error());
  storage::Batch batch;
  for (const Index& index : *all) {
    const std::string* value = find_field(**before, index.field);
    if (value != nullptr) batch.remove(entry_prefix(index.field, *value) + std::string(id));
  }
  batch.remove(document_key(id)).add(kCountKey, -1);
  if (const auto done = applied(batch); !done) return std::unexpected(done.error());
  return true;
}
SYNAPSED_EXPORT(remove, "func(id: string) -> result<bool, string>")

/// With `unique`, no two documents may have the same value in the field.
Result<void> create_index(std::string_view field, bool unique) {
  if (const auto valid = check_name(field); !valid) return valid;
  const auto exists = index_of(field);
  if (!exists) return std::unexpected(exists.error());
  if (*exists) return std::unexpected("the field has an index already");
  const Index index{.field = std::string(field), .is_unique = unique};
  storage::Batch batch;
  if (const auto done = index_all(index, batch); !done) return done;
  batch.set(index_key(field), Bytes{unique ? std::byte{1} : std::byte{0}});
  return applied(batch);
}
SYNAPSED_EXPORT(create_index, "func(field: string, unique: bool) -> result<_, string>")

/// Documents with the value in an indexed field, after the one with the id `after` (empty: from the
/// first), at most `limit` (1 to 1000).
Result<std::vector<document>> find(std::string_view field, std::string_view value,
                                   std::string_view after, std::uint32_t limit) {
  const auto index = index_of(field);
  if (!index) return std::unexpected(index.error());
  if (!*index) return std::unexpected("the field has no index");
  if (const auto valid = check_indexed(value); !valid) return std::unexpected(valid.error());
  const auto ids = ids_with(**index, value, after, page_size(limit));
  if (!ids) return std::unexpected(ids.error());
  std::vector<document> found;
  for (const std::string& id : *ids) {
    auto document = load(id);
    if (!document) return std::unexpected(document.error());
    if (!*document) return std::unexpected("the index names a document that is not there");
    found.push_back(std::move(**document));
  }
  return found;
}
SYNAPSED_EXPORT(find, "func(field: string, value: string, after: string, limit: u32) "
                      "-> result<list<document>, string>")

/// Documents from the id `from` on (empty: from the first), at most `limit` (1 to 1000).
Result<page> list_documents(std::string_view from, std::uint32_t limit) {
  const std::uint32_t most = page_size(limit);
  page page{.documents = {}, .next = std::nullopt};
  Cursor cursor = Cursor::of_range(document_key(from), "e", {.limit = std::uint64_t{most} + 1});
  while (cursor.next()) {
    const std::string_view id = text_of(cursor.key().subspan(1));
    if (page.documents.size() == most) {
      page.next.emplace(id);
      break;
    }
    auto document = decoded(id, cursor.value());
    if (!document) return std::unexpected("the stored document is damaged");
    page.documents.push_back(std::move(*document));
  }
  if (const auto done = ended(cursor); !done) return std::unexpected(done.error());
  return page;
}
SYNAPSED_EXPORT(list_documents, "func(from: string, limit: u32) -> result<page, string>")

Result<std::uint64_t> count() {
  const auto number = storage::read_counter(kCountKey);
  if (!number) return std::unexpected(failure(number.error()));
  return static_cast<std::uint64_t>(*number);
}
SYNAPSED_EXPORT(count, "func() -> result<u64, string>")

}  // namespace kv
