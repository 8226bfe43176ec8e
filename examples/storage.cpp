// Storage: keys and values at hand, in transactions, for guests, and in a built-in module.

#include <cstdio>
#include <memory>
#include <string_view>

#include <synapsed/storage_host.hpp>
#include <synapsed/storage_modules.hpp>
#include <synapsed/synapsed.hpp>

namespace {

namespace storage = synapsed::storage;
using storage::Storage;
using synapsed::Result;

/// As simple as that; in memory, or with `Storage::open({.url = "sqlite:notes.db"})` in a file.
Result<void> keep_a_value() {
  Storage storage;
  if (auto set = storage.set("key", "value"); !set) return set;
  const auto value = storage.get("key");
  if (!value) return std::unexpected(value.error());
  std::printf("key: %.*s\n", static_cast<int>((*value)->size()),
              reinterpret_cast<const char*>((*value)->data()));
  return {};
}

/// Both, or neither; again when somebody else was faster.
Result<void> move_an_amount() {
  Storage storage;
  const auto moved = storage.transact([](storage::Transaction& transaction) -> Result<void> {
    auto accounts = transaction.space({.tenant = "alice", .module = "accounts"});
    if (auto taken = accounts.increment("cash", -30); !taken) return std::unexpected(taken.error());
    if (auto given = accounts.increment("cellar", 30); !given) return std::unexpected(given.error());
    return {};
  });
  if (!moved) return moved;
  std::printf("keys: %llu\n", static_cast<unsigned long long>(
                                  storage.usage({.tenant = "alice", .module = "accounts"})->keys));
  return {};
}

/// What a guest writes lasts when its execution succeeds.
Result<void> count_in_a_guest() {
  auto runtime = synapsed::WasmRuntime::create();
  if (!runtime) return std::unexpected(runtime.error());
  auto kept = std::make_shared<Storage>();
  for (auto& [name, function] : storage::create_storage_host_functions({.storage = kept})) {
    runtime->register_host_function(name, std::move(function));
  }
  const auto guest = runtime->load_module_wat(
      "counter", R"((module
        (import "synapsed:storage@1" "add" (func $add (param i32 i32 i64) (result i32)))
        (memory (export "memory") 1)
        (data (i32.const 0) "visits")
        (func $visit (drop (call $add (i32.const 0) (i32.const 6) (i64.const 1))))
        (func (export "visit") (call $visit))
        (func (export "stumble") (call $visit) unreachable)))",
      synapsed::ModuleMetadata{"1.0.0"}.with_capability("storage").with_capability("storage.write"));
  if (!guest) return std::unexpected(guest.error());
  for (const std::string_view function : {"visit", "stumble", "visit"}) {
    const auto result = runtime->execute_function(*guest, function, {});
    if (!result) std::printf("rolled back: %s\n", std::string(to_string(result.error().code())).c_str());
  }
  const auto visits = kept->get("visits", {.tenant = "", .module = "counter"});
  if (!visits) return std::unexpected(visits.error());
  std::printf("visits: %d\n", static_cast<int>((**visits)[0]));
  return {};
}

/// Documents and their index, in a module of the library's.
Result<void> find_documents() {
  auto documents = storage::load_kv_module();
  if (!documents) return std::unexpected(documents.error());
  if (auto made = documents->create_index("city"); !made) return made;
  for (const char* id : {"1", "2"}) {
    if (auto put = documents->put({.id = id, .fields = {{"city", "Turin"}}, .body = {}}); !put) {
      return put;
    }
  }
  const auto found = documents->find("city", "Turin");
  if (!found) return std::unexpected(found.error());
  std::printf("in Turin: %zu\n", found->size());
  return {};
}

}  // namespace

int main() {
  for (const auto& part : {keep_a_value, move_an_amount, count_in_a_guest, find_documents}) {
    if (const auto done = part(); !done) {
      std::fprintf(stderr, "%s\n", done.error().to_string().c_str());
      return 1;
    }
  }
  return 0;
}
