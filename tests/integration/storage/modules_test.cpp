// The built-in modules that keep data, as objects.

#include <atomic>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <thread>

#include <unistd.h>

#include <synapsed/storage_modules.hpp>

#include "tests/integration/storage/storage_guest.hpp"

namespace synapsed::test {
namespace {

using storage::Document;
using storage::KvModule;
using storage::load_kv_module;
using storage::load_storage_module;
using storage::StorageModule;

storage::StorageModuleOptions small(std::shared_ptr<storage::Storage> storage = nullptr) {
  return {.config = small_config(), .storage = std::move(storage), .grant = {}, .tenant = "alice"};
}

class StorageModules : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!load_kv_module(small())) GTEST_SKIP() << "this build has no built-in modules";
  }
};

std::string why(const auto& result) { return result ? "it was done" : result.error().message(); }

std::vector<std::string> ids_of(const Result<std::vector<Document>>& documents) {
  std::vector<std::string> ids;
  for (const Document& document : must(documents)) ids.push_back(document.id);
  return ids;
}

using Ids = std::vector<std::string>;

TEST_F(StorageModules, UnknownNamesAreRefused) {
  const auto module = load_storage_module("kvs", small());
  ASSERT_TRUE(fails_with(module, ErrorCode::kUnknownModule));
  EXPECT_NE(module.error().hint().find("ledger_notes"), std::string::npos);
}

TEST_F(StorageModules, DocumentsAreKept) {
  auto kv = must(load_kv_module(small()));
  const Document first{.id = "1", .fields = {{"city", "Turin"}, {"name", "Primo"}},
                       .body = Bytes(5000, std::byte{1})};
  EXPECT_EQ(must(kv.get("1")), std::nullopt);
  must(kv.put(first));
  EXPECT_EQ(must(kv.get("1")), first);
  EXPECT_EQ(must(kv.count()), 1U);
  const Document second{.id = "1", .fields = {}, .body = {}};
  must(kv.put(second));
  EXPECT_EQ(must(kv.get("1")), second);
  EXPECT_EQ(must(kv.count()), 1U);
  EXPECT_TRUE(must(kv.remove("1")));
  EXPECT_FALSE(must(kv.remove("1")));
  EXPECT_EQ(must(kv.get("1")), std::nullopt);
  EXPECT_EQ(must(kv.count()), 0U);
}

TEST_F(StorageModules, DocumentsThatAreNoneAreRefused) {
  auto kv = must(load_kv_module(small()));
  EXPECT_EQ(why(kv.put({.id = "", .fields = {}, .body = {}})), "a document has an id");
  EXPECT_EQ(why(kv.put({.id = std::string(257, 'x'), .fields = {}, .body = {}})),
            "an id has at most 256 bytes");
  EXPECT_EQ(why(kv.put({.id = std::string("a\0b", 3), .fields = {}, .body = {}})), "an id has no NUL");
  EXPECT_EQ(why(kv.put({.id = "1", .fields = {{"", ""}}, .body = {}})), "a field has a name");
  EXPECT_EQ(why(kv.put({.id = "1", .fields = {}, .body = Bytes(2U << 20)})),
            "the storage has no more room for it");
  const WasmRecord twice{{"name", "a"}, {"value", ""}};
  EXPECT_EQ(why(kv.module().call("put", {WasmRecord{{"id", "1"},
                                                    {"fields", WasmList{{twice, twice}}},
                                                    {"body", Bytes()}}})),
            "a document has no field twice");
  EXPECT_EQ(must(kv.module().storage().spaces()).size(), 0U);
}

TEST_F(StorageModules, FieldsThatHaveAnIndexAreFound) {
  auto kv = must(load_kv_module(small()));
  const auto put = [&](const char* id, std::map<std::string, std::string> fields) {
    must(kv.put({.id = id, .fields = std::move(fields), .body = bytes_of(id)}));
  };
  put("1", {{"city", "Turin"}});
  put("2", {{"city", "Rome"}});
  EXPECT_EQ(why(kv.find("city", "Turin")), "the field has no index");
  must(kv.create_index("city"));
  EXPECT_EQ(why(kv.create_index("city")), "the field has an index already");
  put("3", {{"city", "Turin"}});
  put("4", {{"name", "Turin"}});
  put("5", {{"city", "Turin 2"}});
  EXPECT_EQ(ids_of(kv.find("city", "Turin")), (Ids{"1", "3"}));
  EXPECT_EQ(ids_of(kv.find("city", "Turin", "1")), (Ids{"3"}));
  EXPECT_EQ(ids_of(kv.find("city", "Turin", "", 1)), (Ids{"1"}));
  EXPECT_EQ(ids_of(kv.find("city", "Paris")), Ids());
  EXPECT_EQ(must(kv.find("city", "Rome"))[0].body, bytes_of("2"));
  put("1", {{"city", "Rome"}});
  put("3", {});
  EXPECT_EQ(ids_of(kv.find("city", "Turin")), Ids());
  EXPECT_EQ(ids_of(kv.find("city", "Rome")), (Ids{"1", "2"}));
  must(kv.remove("2"));
  EXPECT_EQ(ids_of(kv.find("city", "Rome")), (Ids{"1"}));
  EXPECT_EQ(why(kv.put({.id = "6", .fields = {{"city", std::string(513, 'x')}}, .body = {}})),
            "an indexed value has at most 512 bytes");
}

TEST_F(StorageModules, UniqueIndexesRefuseDuplicates) {
  auto kv = must(load_kv_module(small()));
  const auto put = [&](const char* id, const char* mail) {
    return kv.put({.id = id, .fields = {{"mail", mail}}, .body = {}});
  };
  must(kv.create_index("mail", true));
  must(put("1", "a@b.c"));
  EXPECT_EQ(why(put("2", "a@b.c")), "another document has the mail \"a@b.c\"");
  EXPECT_EQ(must(kv.get("2")), std::nullopt);
  must(put("1", "a@b.c"));
  must(put("1", "other@b.c"));
  must(put("2", "a@b.c"));
  must(kv.put({.id = "3", .fields = {{"name", "same"}}, .body = {}}));
  must(kv.put({.id = "4", .fields = {{"name", "same"}}, .body = {}}));
  EXPECT_EQ(why(kv.create_index("name", true)), "several documents have the name \"same\"");
  must(kv.create_index("name"));
  EXPECT_EQ(must(kv.count()), 4U);
}

TEST_F(StorageModules, AUniqueIndexHoldsInARace) {
  auto kv = must(load_kv_module(small()));
  must(kv.create_index("mail", true));
  std::atomic<int> kept{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&, i] {
      for (int round = 0; round < 25; ++round) {
        const Document document{.id = std::to_string(i) + "/" + std::to_string(round),
                                .fields = {{"mail", std::to_string(round)}},
                                .body = {}};
        if (kv.put(document)) ++kept;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(kept, 25);
  EXPECT_EQ(must(kv.count()), 25U);
  for (int round = 0; round < 25; ++round) {
    EXPECT_EQ(ids_of(kv.find("mail", std::to_string(round))).size(), 1U);
  }
}

TEST_F(StorageModules, DocumentsAreListedInPages) {
  auto kv = must(load_kv_module(small()));
  for (int i = 10; i < 35; ++i) must(kv.put({.id = std::to_string(i), .fields = {}, .body = {}}));
  Ids ids;
  WasmValue from = "";
  while (from != WasmValue::null()) {
    const WasmValue page = must(kv.module().call("list_documents", {from, 10}));
    const auto* record = page.get_if<WasmRecord>();
    for (const WasmValue& document : record->find("documents")->get_if<WasmList>()->items) {
      ids.push_back(*document.get_if<WasmRecord>()->find("id")->get_if<std::string>());
    }
    EXPECT_LE(ids.size(), 25U);
    from = *record->find("next");
  }
  EXPECT_EQ(ids.size(), 25U);
  EXPECT_TRUE(std::ranges::is_sorted(ids));
}

TEST_F(StorageModules, DataLastInAFileAndAreOfATenant) {
  const auto path =
      std::filesystem::temp_directory_path() / ("synapsed-kv-" + std::to_string(::getpid()) + ".db");
  const auto open = [&] {
    return std::make_shared<storage::Storage>(
        must(storage::Storage::open({.url = "sqlite:" + path.string()})));
  };
  {
    auto kv = must(load_kv_module(small(open())));
    must(kv.put({.id = "1", .fields = {}, .body = bytes_of("kept")}));
  }
  auto shared = open();
  auto kv = must(load_kv_module(small(shared)));
  EXPECT_EQ(must(kv.get("1"))->body, bytes_of("kept"));
  auto options = small(shared);
  options.tenant = "bob";
  auto other = must(load_kv_module(std::move(options)));
  EXPECT_EQ(must(other.get("1")), std::nullopt);
  for (const char* suffix : {"", "-wal", "-shm"}) std::filesystem::remove(path.string() + suffix);
}

// --- ledger_notes ---

WasmValue posting(const char* account, std::int64_t amount) {
  return WasmRecord{{"account", account}, {"amount", amount}};
}

class Ledger : public StorageModules {
 protected:
  void SetUp() override {
    StorageModules::SetUp();
    if (!IsSkipped()) ledger_.emplace(must(load_storage_module("ledger_notes", small())));
  }
  Result<WasmValue> append(std::uint64_t time, const char* note, std::vector<WasmValue> postings) {
    return ledger_->call("append", {time, note, WasmList{std::move(postings)}});
  }
  std::int64_t balance(const char* account) {
    return *must(ledger_->call("balance", {account})).get_if<std::int64_t>();
  }
  Ids notes(const char* account, std::uint64_t from, std::uint64_t until) {
    const WasmValue lines = must(ledger_->call("statement", {account, from, until, 1000}));
    Ids all;
    for (const WasmValue& line : lines.get_if<WasmList>()->items) {
      const auto* record = line.get_if<WasmRecord>();
      all.push_back(*record->find("note")->get_if<std::string>() + " " +
                    std::to_string(*record->find("amount")->get_if<std::int64_t>()));
    }
    return all;
  }
  WasmValue audit(const char* field) {
    return *must(ledger_->call("check", {})).get_if<WasmRecord>()->find(field);
  }

  std::optional<StorageModule> ledger_;
};

TEST_F(Ledger, EntriesMoveAmountsBetweenAccounts) {
  EXPECT_EQ(must(append(100, "wine", {posting("cellar", 30), posting("cash", -30)})),
            WasmValue(std::uint64_t{1}));
  EXPECT_EQ(must(append(300, "dinner", {posting("guests", 50), posting("cellar", -10),
                                        posting("cash", -40)})),
            WasmValue(std::uint64_t{2}));
  must(append(200, "refund", {posting("cash", 5), posting("cellar", -5)}));
  EXPECT_EQ(balance("cash"), -65);
  EXPECT_EQ(balance("cellar"), 15);
  EXPECT_EQ(balance("guests"), 50);
  EXPECT_EQ(balance("nobody"), 0);
  EXPECT_EQ(notes("cash", 0, UINT64_MAX), (Ids{"wine -30", "refund 5", "dinner -40"}));
  EXPECT_EQ(notes("cash", 100, 300), (Ids{"wine -30", "refund 5"}));
  EXPECT_EQ(notes("cas", 0, UINT64_MAX), Ids());
  EXPECT_EQ(audit("entries"), WasmValue(std::uint64_t{3}));
  EXPECT_EQ(audit("accounts"), WasmValue(std::uint64_t{3}));
  EXPECT_EQ(audit("fault"), WasmValue(""));
}

TEST_F(Ledger, EntriesThatAreNoneAreRefusedWhole) {
  EXPECT_EQ(why(append(1, "", {posting("a", 1), posting("b", -2)})),
            "the amounts of an entry add up to nothing");
  EXPECT_EQ(why(append(1, "", {posting("a", 0)})), "an entry has 2 to 64 postings");
  EXPECT_EQ(why(append(1, "", {posting("a", 1), posting("a", -1)})),
            "an entry names no account twice");
  EXPECT_EQ(why(append(1, "", {posting("", 1), posting("a", -1)})),
            "an account's name has 1 to 256 bytes and no NUL");
  must(append(1, "", {posting("a", INT64_MAX), posting("b", -INT64_MAX)}));
  EXPECT_EQ(why(append(1, "", {posting("a", 1), posting("b", -1)})), "a balance has at most 63 bits");
  EXPECT_EQ(audit("entries"), WasmValue(std::uint64_t{1}));
  EXPECT_EQ(audit("fault"), WasmValue(""));
}

TEST_F(Ledger, BooksThatSomebodyChangedAreFound) {
  must(append(1, "", {posting("a", 7), posting("b", -7)}));
  const storage::SpaceName space{.tenant = "alice", .module = "ledger_notes"};
  must(ledger_->storage().set("ab", number_bytes(-6), space));
  EXPECT_EQ(audit("fault"), WasmValue("the balance of b is not that of its statement"));
}

TEST_F(Ledger, ManyWritersKeepTheBooksRight) {
  std::vector<std::thread> threads;
  std::atomic<int> failures{0};
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&, i] {
      for (int round = 1; round <= 25; ++round) {
        const std::string account = "account " + std::to_string(i);
        if (!append(static_cast<std::uint64_t>(round), "move",
                    {posting(account.c_str(), round), posting("common", -round)})) {
          ++failures;
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(failures, 0);
  EXPECT_EQ(audit("entries"), WasmValue(std::uint64_t{100}));
  EXPECT_EQ(audit("fault"), WasmValue(""));
  EXPECT_EQ(balance("common"), -4 * 325);
  EXPECT_EQ(notes("common", 0, UINT64_MAX).size(), 100U);
}

// --- Together with crypto ---

#ifdef SYNAPSED_TEST_LETTERS

std::string output_of(const std::string& command) {
  std::string text;
  FILE* pipe = ::popen(command.c_str(), "r");
  char part[256];
  while (const std::size_t bytes = std::fread(part, 1, sizeof(part), pipe)) text.append(part, bytes);
  EXPECT_EQ(::pclose(pipe), 0) << command;
  return text;
}

TEST_F(StorageModules, WhatOneProcessEncryptsAndKeepsAnotherReads) {
  const auto folder =
      std::filesystem::temp_directory_path() / ("synapsed-letters-" + std::to_string(::getpid()));
  std::filesystem::create_directories(folder);
  const std::string program = std::string(SYNAPSED_TEST_LETTERS) + " ";
  EXPECT_EQ(output_of(program + "write " + folder.string() + " 1 'Meet me at noon.'"), "");
  EXPECT_EQ(output_of(program + "read " + folder.string() + " 1"), "Meet me at noon.\n");
  for (const auto& file : std::filesystem::directory_iterator(folder)) {
    std::ifstream stream(file.path(), std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(stream), {}};
    EXPECT_EQ(bytes.find("noon"), std::string::npos) << file.path();
  }
  std::filesystem::remove_all(folder);
}

#endif

}  // namespace
}  // namespace synapsed::test
