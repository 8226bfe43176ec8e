#pragma once

/// \file
/// The built-in modules that keep data, as C++ objects: each runs in a sandbox of its own. Owned by
/// the room `guests`.
///
///     auto documents = storage::load_kv_module({.storage = storage}).value();
///     documents.put({.id = "1", .fields = {{"city", "Turin"}}, .body = body});
///     documents.create_index("city");
///     for (const auto& document : documents.find("city", "Turin").value()) use(document);
///
/// | module | what it does | functions |
/// |---|---|---|
/// | `kv` | documents, found by the values of their fields | `put`, `get`, `remove`, `create_index`, `find`, `list_documents`, `count` |
/// | `ledger_notes` | a journal of notes with double entry | `append`, `balance`, `statement`, `read_entry`, `check` |
///
/// `synapsed inspect` shows their interfaces; the sources are in guest/modules. Each call is a
/// transaction, which is run again when it conflicts with another's.
///
/// Thread rule: the objects may be used by several threads at once, except their moves.

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <synapsed/config.hpp>
#include <synapsed/context.hpp>
#include <synapsed/runtime.hpp>
#include <synapsed/storage_host.hpp>

namespace synapsed::storage {

struct StorageModuleOptions {
  RuntimeConfig config = RuntimeConfig::production();
  /// Where the module's space is. Null: in memory, gone with the module.
  std::shared_ptr<Storage> storage;
  StorageGrant grant;
  std::string tenant;  ///< whose data it is
  std::uint32_t conflict_retries = 64;
};

class StorageModule {
 public:
  StorageModule(StorageModule&&) noexcept;
  StorageModule& operator=(StorageModule&&) noexcept;
  ~StorageModule();

  /// Calls an exported function with values of its interface. What is a `result` there is the value
  /// of its `ok` side here, or `host.function_failed` with the text of the other.
  Result<WasmValue> call(std::string_view function, std::vector<WasmValue> arguments);

  /// The runtime the module runs in: statistics, other modules beside it.
  [[nodiscard]] WasmRuntime& runtime();
  [[nodiscard]] ModuleId id() const;
  [[nodiscard]] Storage& storage();

 private:
  friend Result<StorageModule> load_storage_module(std::string_view, StorageModuleOptions);
  struct Impl;
  explicit StorageModule(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

/// What the module `kv` keeps: ids have 1 to 256 bytes, names of fields 1 to 64, indexed values at
/// most 512; none has a NUL.
struct Document {
  std::string id;
  std::map<std::string, std::string> fields;
  Bytes body;
  bool operator==(const Document&) const = default;
};

/// The module `kv`. Errors besides those of `StorageModule::call`: none.
class KvModule {
 public:
  explicit KvModule(StorageModule module) : module_(std::move(module)) {}

  /// In the place of the one with the same id.
  Result<void> put(const Document& document);
  [[nodiscard]] Result<std::optional<Document>> get(std::string_view id);
  /// Whether there was one.
  Result<bool> remove(std::string_view id);
  /// Of the documents that are there, and those to come. With `unique` no two may have the same
  /// value in the field.
  Result<void> create_index(std::string_view field, bool unique = false);
  /// In the order of ids, after the id `after`; at most `limit`, 1 to 1000.
  [[nodiscard]] Result<std::vector<Document>> find(std::string_view field, std::string_view value,
                                                   std::string_view after = "",
                                                   std::uint32_t limit = 1000);
  [[nodiscard]] Result<std::uint64_t> count();

  [[nodiscard]] StorageModule& module() { return module_; }

 private:
  StorageModule module_;
};

/// Loads a built-in module. Errors: `call.unknown_module` for another name, and in builds without a
/// compiler for WebAssembly; those of `WasmRuntime::create`.
[[nodiscard]] Result<StorageModule> load_storage_module(std::string_view name,
                                                        StorageModuleOptions options = {});
/// Loads a built-in module in a runtime of the caller's, with this storage for it alone.
[[nodiscard]] Result<ModuleId> load_storage_module(WasmRuntime& runtime, std::string_view name,
                                                   std::shared_ptr<Storage> storage,
                                                   StorageGrant grant = {});
[[nodiscard]] Result<KvModule> load_kv_module(StorageModuleOptions options = {});

}  // namespace synapsed::storage
