// The module `kv` as an object: documents to values of its interface, and back.

#include <utility>

#include <synapsed/storage_modules.hpp>

#include "base/try.hpp"

namespace synapsed::storage {
namespace {

Error no_document() {
  return Error(ErrorCode::kInvalidResult, "the module gave no document");
}

WasmValue to_value(const Document& document) {
  WasmList fields;
  for (const auto& [name, value] : document.fields) {
    fields.items.emplace_back(WasmRecord{{"name", name}, {"value", value}});
  }
  return WasmRecord{{"id", document.id}, {"fields", std::move(fields)}, {"body", document.body}};
}

const std::string* text_in(const WasmRecord& record, std::string_view name) {
  const WasmValue* value = record.find(name);
  return value == nullptr ? nullptr : value->get_if<std::string>();
}

Result<void> add_field(const WasmValue& value, Document& document) {
  const auto* field = value.get_if<WasmRecord>();
  const std::string* name = field == nullptr ? nullptr : text_in(*field, "name");
  const std::string* text = field == nullptr ? nullptr : text_in(*field, "value");
  if (name == nullptr || text == nullptr) return std::unexpected(no_document());
  document.fields.emplace(*name, *text);
  return {};
}

Result<Document> to_document(const WasmValue& value) {
  const auto* record = value.get_if<WasmRecord>();
  if (record == nullptr) return std::unexpected(no_document());
  const std::string* id = text_in(*record, "id");
  const WasmValue* fields = record->find("fields");
  const WasmValue* body = record->find("body");
  const auto* list = fields == nullptr ? nullptr : fields->get_if<WasmList>();
  const auto* bytes = body == nullptr ? nullptr : body->get_if<Bytes>();
  if (id == nullptr || list == nullptr || bytes == nullptr) return std::unexpected(no_document());
  Document document{.id = *id, .fields = {}, .body = *bytes};
  for (const WasmValue& field : list->items) TRY(add_field(field, document));
  return document;
}

}  // namespace

Result<void> KvModule::put(const Document& document) {
  TRY(module_.call("put", {to_value(document)}));
  return {};
}

Result<std::optional<Document>> KvModule::get(std::string_view id) {
  const WasmValue found = TRY(module_.call("get", {id}));
  if (found == WasmValue::null()) return std::nullopt;
  return to_document(found);
}

Result<bool> KvModule::remove(std::string_view id) {
  const WasmValue was_there = TRY(module_.call("remove", {id}));
  return was_there == WasmValue(true);
}

Result<void> KvModule::create_index(std::string_view field, bool unique) {
  TRY(module_.call("create_index", {field, unique}));
  return {};
}

Result<std::vector<Document>> KvModule::find(std::string_view field, std::string_view value,
                                             std::string_view after, std::uint32_t limit) {
  const WasmValue found = TRY(module_.call("find", {field, value, after, limit}));
  const auto* list = found.get_if<WasmList>();
  if (list == nullptr) return std::unexpected(no_document());
  std::vector<Document> documents;
  for (const WasmValue& item : list->items) documents.push_back(TRY(to_document(item)));
  return documents;
}

Result<std::uint64_t> KvModule::count() {
  const WasmValue number = TRY(module_.call("count", {}));
  const auto* value = number.get_if<std::int64_t>();
  if (value == nullptr) return std::unexpected(no_document());
  return static_cast<std::uint64_t>(*value);
}

Result<KvModule> load_kv_module(StorageModuleOptions options) {
  return KvModule(TRY(load_storage_module("kv", std::move(options))));
}

}  // namespace synapsed::storage
