// What guests get of the host's storage: every function, and every error.

#include <thread>
#include <tuple>

#include <unistd.h>

#include "tests/integration/storage/storage_guest.hpp"

namespace synapsed::test {
namespace {

using Entries = std::vector<std::pair<std::string, std::string>>;
using storage::SpaceName;
using storage::StorageGrant;
using storage::StorageOptions;

constexpr std::uint32_t kBackward = 1;
constexpr std::uint32_t kPrefix = 2;
constexpr std::uint32_t kKeysOnly = 4;

const Bytes kNothing;
const Bytes kKey = bytes_of("key");

/// Options whose spaces have this quota.
StorageOptions with_quota(storage::Quota quota) {
  StorageOptions options;
  options.quotas.space = quota;
  return options;
}

class StorageHost : public StorageGuest {
 protected:
  Entries scan(std::string_view begin, std::string_view end, std::uint32_t flags = 0,
               std::uint64_t limit = kNoLimit, std::uint32_t room = 4096) {
    return unpacked(bytes_of(
        ok("scan_all", {bytes_of(begin), bytes_of(end), flags, limit, room})));
  }
  void set(std::string_view key, std::string_view value) {
    EXPECT_EQ(number("set", {bytes_of(key), bytes_of(value)}), 0);
  }
};

TEST_F(StorageHost, KeysHaveValues) {
  EXPECT_EQ(err("get", {kKey, 10}), kNotFound);
  EXPECT_EQ(number("length", {kKey}), kNotFound);
  EXPECT_EQ(number("contains", {kKey}), 0);
  set("key", "value");
  EXPECT_EQ(stored("key"), "value");
  EXPECT_EQ(ok("get", {kKey, 10}), "value");
  EXPECT_EQ(ok("get", {kKey, 5}), "value");
  EXPECT_EQ(err("get", {kKey, 4}), kBufferTooSmall);
  EXPECT_EQ(number("length", {kKey}), 5);
  EXPECT_EQ(number("contains", {kKey}), 1);
  set("key", "");
  EXPECT_EQ(ok("get", {kKey, 0}), "");
  EXPECT_EQ(number("remove", {kKey}), 0);
  EXPECT_EQ(number("remove", {kKey}), 0);
  EXPECT_EQ(stored("key"), std::nullopt);
}

TEST_F(StorageHost, SpacesAreApart) {
  set("key", "of alice");
  const auto bob = ExecutionContext{}.with_tenant("bob");
  EXPECT_EQ(call("contains", {kKey}, bob), WasmValue(0));
  EXPECT_EQ(call("set", {kKey, bytes_of("of bob")}, bob), WasmValue(0));
  module_ = load("other");
  EXPECT_EQ(number("contains", {kKey}), 0);
  EXPECT_EQ(stored("key"), "of alice");
  EXPECT_EQ(stored("key", {.tenant = "bob", .module = "notes"}), "of bob");
  EXPECT_EQ(must(storage_->spaces()).size(), 2U);
}

TEST_F(StorageHost, CountersAddUp) {
  EXPECT_EQ(number("add", {kKey, std::int64_t{5}}), 0);
  EXPECT_EQ(number("add", {kKey, std::int64_t{-7}}), 0);
  EXPECT_EQ(stored("key"), text_of(number_bytes(-2)));
  EXPECT_EQ(ok("increment", {kKey, std::int64_t{10}, 8}), text_of(number_bytes(8)));
  EXPECT_EQ(err("increment", {kKey, std::int64_t{10}, 7}), kBufferTooSmall);
  EXPECT_EQ(err("increment", {kKey, INT64_MAX, 8}), kInvalidArgument);
  EXPECT_EQ(stored("key"), text_of(number_bytes(8)));
  EXPECT_EQ(number("length", {kKey}), 8);
  set("text", "no counter");
  EXPECT_EQ(err("increment", {bytes_of("text"), std::int64_t{1}, 8}), kInvalidArgument);
  EXPECT_TRUE(fails_with(try_call("add", {bytes_of("text"), std::int64_t{1}}),
                         ErrorCode::kStorageNotACounter));
  EXPECT_EQ(stored("text"), "no counter");
}

TEST_F(StorageHost, ComparesAndSets) {
  const auto swap = [&](std::uint32_t has_expected, std::string_view expected,
                        std::string_view value) {
    return number("compare_and_set", {kKey, has_expected, bytes_of(expected), bytes_of(value)});
  };
  EXPECT_EQ(swap(1, "", "a"), 0);
  EXPECT_EQ(swap(0, "ignored", "a"), 1);
  EXPECT_EQ(swap(0, "", "b"), 0);
  EXPECT_EQ(swap(1, "b", "c"), 0);
  EXPECT_EQ(swap(1, "a", "c"), 1);
  EXPECT_EQ(stored("key"), "c");
  EXPECT_EQ(swap(2, "c", "d"), kInvalidArgument);
}

TEST_F(StorageHost, ScansGoBothWaysOverRangesAndPrefixes) {
  for (const auto* key : {"a", "b/1", "b/2", "b/3", "c"}) set(key, std::string("of ") + key);
  EXPECT_EQ(scan("", ""), (Entries{{"a", "of a"}, {"b/1", "of b/1"}, {"b/2", "of b/2"},
                                   {"b/3", "of b/3"}, {"c", "of c"}}));
  EXPECT_EQ(scan("b/2", "c"), (Entries{{"b/2", "of b/2"}, {"b/3", "of b/3"}}));
  EXPECT_EQ(scan("b/3", "", kBackward), (Entries{{"c", "of c"}, {"b/3", "of b/3"}}));
  EXPECT_EQ(scan("b/", "", kPrefix, 2), (Entries{{"b/1", "of b/1"}, {"b/2", "of b/2"}}));
  EXPECT_EQ(scan("b/", "", kPrefix | kBackward | kKeysOnly, 1), (Entries{{"b/3", ""}}));
  EXPECT_EQ(scan("", "", 0, 0), Entries());
  EXPECT_EQ(scan("d", ""), Entries());
  EXPECT_EQ(scan("", "", 0, kNoLimit, 8 + 3 + 6).size(), 5U);
  EXPECT_EQ(number("scan", {bytes_of("b"), bytes_of("c"), kPrefix, kNoLimit}), kInvalidArgument);
  EXPECT_EQ(number("scan", {kNothing, kNothing, 8, kNoLimit}), kInvalidArgument);
  EXPECT_EQ(number("scan", {Bytes(1025), kNothing, 0, kNoLimit}), kInvalidArgument);
  EXPECT_EQ(number("scan", {kNothing, Bytes(1025), 0, kNoLimit}), kInvalidArgument);
}

TEST_F(StorageHost, AnEntryThatDoesNotFitStaysTheNext) {
  set("p/1", "12345");
  set("p/2", std::string(100, 'x'));
  set("p/3", "");
  const WasmList rooms{{0, 15, 16, 60, 110, 111, 111, 0, 100}};
  EXPECT_EQ(numbers("scan_in_rooms", {bytes_of("p/"), rooms}),
            (std::vector<std::int32_t>{kBufferTooSmall, kBufferTooSmall, 16, kBufferTooSmall,
                                       kBufferTooSmall, 111, 11, 0, 0}));
}

TEST_F(StorageHost, KeysHave1To1024Bytes) {
  for (const Bytes& key : {Bytes(), Bytes(1025)}) {
    EXPECT_EQ(err("get", {key, 10}), kInvalidArgument);
    EXPECT_EQ(number("length", {key}), kInvalidArgument);
    EXPECT_EQ(number("contains", {key}), kInvalidArgument);
    EXPECT_EQ(number("set", {key, kNothing}), kInvalidArgument);
    EXPECT_EQ(number("remove", {key}), kInvalidArgument);
    EXPECT_EQ(number("add", {key, std::int64_t{1}}), kInvalidArgument);
    EXPECT_EQ(err("increment", {key, std::int64_t{1}, 8}), kInvalidArgument);
    EXPECT_EQ(number("compare_and_set", {key, 0, kNothing, kNothing}), kInvalidArgument);
    EXPECT_EQ(number("batch", {packed_step(1, key)}), kInvalidArgument);
    EXPECT_EQ(number("blob_write", {key, kNothing, 1, true}), kInvalidArgument);
    EXPECT_EQ(err("blob_read", {key, std::uint64_t{0}, 8}), kInvalidArgument);
  }
  EXPECT_EQ(number("set", {Bytes(1024), bytes_of("longest")}), 0);
  EXPECT_EQ(ok("get", {Bytes(1024), 10}), "longest");
  EXPECT_EQ(must(storage_->usage({.tenant = "alice", .module = "notes"})).keys, 1U);
}

TEST_F(StorageHost, BatchesAreMadeWholeOrNotAtAll) {
  const auto batch = [&](const std::vector<Bytes>& steps) {
    Bytes packed;
    for (const Bytes& step : steps) {
      packed.reserve(packed.size() + step.size());
      for (const std::byte byte : step) packed.push_back(byte);
    }
    return number("batch", {packed});
  };
  EXPECT_EQ(batch({}), 0);
  set("old", "1");
  EXPECT_EQ(batch({packed_step(1, kKey, bytes_of("value")), packed_step(2, bytes_of("old")),
                   packed_step(3, bytes_of("sum"), number_bytes(4)),
                   packed_step(3, bytes_of("sum"), number_bytes(5))}),
            0);
  EXPECT_EQ(stored("key"), "value");
  EXPECT_EQ(stored("old"), std::nullopt);
  EXPECT_EQ(stored("sum"), text_of(number_bytes(9)));
  const Bytes good = packed_step(1, bytes_of("good"), bytes_of("value"));
  EXPECT_EQ(batch({good, packed_step(0, kKey)}), kInvalidArgument);
  EXPECT_EQ(batch({good, packed_step(4, kKey)}), kInvalidArgument);
  EXPECT_EQ(batch({good, packed_step(2, kKey, bytes_of("v"))}), kInvalidArgument);
  EXPECT_EQ(batch({good, packed_step(3, kKey, bytes_of("7 bytes"))}), kInvalidArgument);
  Bytes packed = packed_step(1, kKey, bytes_of("other"));
  for (std::size_t size = 1; size < packed.size(); ++size) {
    const Bytes part(packed.begin(), packed.begin() + static_cast<std::ptrdiff_t>(size));
    EXPECT_EQ(batch({good, part}), kInvalidArgument) << size;
  }
  packed[4] = std::byte{0xff};  // more than 2^31 bytes of key
  EXPECT_EQ(batch({good, packed}), kInvalidArgument);
  EXPECT_EQ(stored("good"), std::nullopt);
  EXPECT_EQ(stored("key"), "value");
}

TEST_F(StorageHost, ABatchWithAValueBeyondTheQuotaMakesNoStep) {
  start(with_quota({.value_bytes_max = 10}));
  EXPECT_EQ(number("set", {kKey, Bytes(10)}), 0);
  EXPECT_EQ(number("set", {kKey, Bytes(11)}), kExhausted);
  EXPECT_EQ(number("compare_and_set", {bytes_of("new"), 0, kNothing, Bytes(11)}), kExhausted);
  Bytes packed = packed_step(1, bytes_of("first"), bytes_of("value"));
  for (const std::byte byte : packed_step(1, bytes_of("second"), Bytes(11))) packed.push_back(byte);
  EXPECT_EQ(number("batch", {packed}), kExhausted);
  EXPECT_EQ(stored("first"), std::nullopt);
  EXPECT_EQ(stored("key")->size(), 10U);
}

TEST_F(StorageHost, ABatchBeyondTheQuotasOfKeysAndBytesMakesNoStep) {
  start(with_quota({.keys_max = 2, .bytes_max = 100}));
  set("one", "1");
  set("two", "2");
  EXPECT_EQ(number("set", {bytes_of("three"), kNothing}), kExhausted);
  EXPECT_EQ(number("add", {bytes_of("three"), std::int64_t{1}}), kExhausted);
  EXPECT_EQ(number("set", {bytes_of("two"), Bytes(100)}), kExhausted);
  EXPECT_EQ(number("blob_write", {bytes_of("two"), Bytes(100), 1, true}), kExhausted);
  Bytes packed = packed_step(1, bytes_of("one"), bytes_of("changed"));
  for (const std::byte byte : packed_step(1, bytes_of("three"))) packed.push_back(byte);
  EXPECT_EQ(number("batch", {packed}), kExhausted);
  EXPECT_EQ(stored("one"), "1");
  EXPECT_EQ(stored("two"), "2");
  EXPECT_EQ(stored("three"), std::nullopt);
  // A key for a key.
  EXPECT_EQ(number("remove", {bytes_of("one")}), 0);
  set("three", "3");
  must(storage_->verify());
}

TEST_F(StorageHost, BlobsComeAndGoInParts) {
  const Bytes part(10'000, std::byte{7});
  EXPECT_EQ(number("blob_write", {kKey, part, 20, true}), 0);
  EXPECT_EQ(number("length", {kKey}), 200'000);
  EXPECT_EQ(ok("blob_read", {kKey, std::uint64_t{0}, 300'000}).size(), 200'000U);
  EXPECT_EQ(ok("blob_read", {kKey, std::uint64_t{65'000}, 1000}), std::string(1000, '\7'));
  EXPECT_EQ(ok("blob_read", {kKey, std::uint64_t{199'999}, 8}), "\7");
  EXPECT_EQ(ok("blob_read", {kKey, std::uint64_t{200'000}, 8}), "");
  EXPECT_EQ(ok("blob_read", {kKey, kNoLimit, 8}), "");
  EXPECT_EQ(ok("get", {kKey, 200'000}), std::string(200'000, '\7'));
  EXPECT_EQ(err("get", {kKey, 199'999}), kBufferTooSmall);
  EXPECT_EQ(scan("", ""), (Entries{{"key", ""}}));
  EXPECT_EQ(err("blob_read", {bytes_of("none"), std::uint64_t{0}, 8}), kNotFound);
  set("text", "a value");
  EXPECT_EQ(ok("blob_read", {bytes_of("text"), std::uint64_t{2}, 8}), "value");
  must(storage_->verify());
}

TEST_F(StorageHost, ABlobThatIsGivenUpLeavesTheOldValue) {
  const Bytes part(100'000, std::byte{7});
  EXPECT_EQ(number("blob_write", {bytes_of("new"), part, 1, false}), 0);
  EXPECT_EQ(number("contains", {bytes_of("new")}), 0);
  EXPECT_EQ(number("blob_write", {kKey, part, 2, true}), 0);
  EXPECT_EQ(number("blob_write", {kKey, Bytes(100'000, std::byte{8}), 1, false}), 0);
  EXPECT_EQ(ok("blob_read", {kKey, std::uint64_t{0}, 300'000}), std::string(200'000, '\7'));
  EXPECT_EQ(number("blob_write", {kKey, Bytes(10, std::byte{9}), 1, true}), 0);
  EXPECT_EQ(ok("blob_read", {kKey, std::uint64_t{0}, 300'000}), std::string(10, '\t'));
  must(storage_->verify());
}

TEST_F(StorageHost, BlobsHaveAQuota) {
  start(with_quota({.value_bytes_max = 10, .blob_bytes_max = 100}));
  EXPECT_EQ(number("blob_write", {kKey, Bytes(50), 2, true}), 0);
  EXPECT_EQ(number("blob_write", {kKey, Bytes(51), 2, true}), kExhausted);
  EXPECT_EQ(ok("get", {kKey, 100}).size(), 100U);
}

TEST_F(StorageHost, NumbersAreOfOneKindAndOneExecution) {
  const std::vector<std::int32_t> none(5, kNotFound);
  for (const std::uint32_t number : {0U, 1U, 7U, 0x7fffffffU, 0xffffffffU}) {
    EXPECT_EQ(numbers("misuse", {number}), none) << number;
  }
  EXPECT_EQ(number("scan", {kNothing, kNothing, 0, kNoLimit}), 1);
  EXPECT_EQ(numbers("misuse", {1}), none);
  EXPECT_EQ(numbers("mix_up", {}),
            (std::vector<std::int32_t>{kNotFound, kNotFound, kNotFound, kNotFound, kNotFound, 0, 0,
                                       kNotFound, kNotFound, 1}));
}

TEST_F(StorageHost, WhatIsOpenHasAQuota) {
  start(with_quota({.open_max = 3}));
  EXPECT_EQ(numbers("open_many", {10}), (std::vector<std::int32_t>{1, 2, 3, kExhausted}));
  EXPECT_EQ(numbers("open_many", {10}), (std::vector<std::int32_t>{1, 2, 3, kExhausted}));
}

TEST_F(StorageHost, GrantsNamePrefixes) {
  start({}, StorageGrant{.may_write = true, .prefixes = {bytes_of("a/"), Bytes{std::byte{255}}}});
  must(storage_->set("b", "hidden", {.tenant = "alice", .module = "notes"}));
  set("a/1", "1");
  EXPECT_EQ(number("set", {Bytes{std::byte{255}, std::byte{1}}, kNothing}), 0);
  const Bytes key = bytes_of("b");
  EXPECT_EQ(err("get", {key, 10}), kDenied);
  EXPECT_EQ(number("length", {key}), kDenied);
  EXPECT_EQ(number("contains", {key}), kDenied);
  EXPECT_EQ(number("set", {key, kNothing}), kDenied);
  EXPECT_EQ(number("set", {bytes_of("a"), kNothing}), kDenied);
  EXPECT_EQ(number("remove", {key}), kDenied);
  EXPECT_EQ(number("add", {key, std::int64_t{1}}), kDenied);
  EXPECT_EQ(err("increment", {key, std::int64_t{1}, 8}), kDenied);
  EXPECT_EQ(number("compare_and_set", {key, 0, kNothing, kNothing}), kDenied);
  EXPECT_EQ(number("blob_write", {key, kNothing, 1, true}), kDenied);
  EXPECT_EQ(err("blob_read", {key, std::uint64_t{0}, 8}), kDenied);
  Bytes packed = packed_step(1, bytes_of("a/2"));
  for (const std::byte byte : packed_step(1, key)) packed.push_back(byte);
  EXPECT_EQ(number("batch", {packed}), kDenied);
  EXPECT_EQ(stored("a/2"), std::nullopt);
  EXPECT_EQ(stored("b"), "hidden");
}

TEST_F(StorageHost, AScanLiesWithinOnePrefix) {
  start({}, StorageGrant{.may_write = true, .prefixes = {bytes_of("a/"), Bytes{std::byte{255}}}});
  set("a/1", "1");
  EXPECT_EQ(scan("a/", "", kPrefix), (Entries{{"a/1", "1"}}));
  EXPECT_EQ(scan("a/", "a0"), (Entries{{"a/1", "1"}}));
  EXPECT_EQ(scan("\xff", ""), Entries());
  EXPECT_EQ(scan("a/1", "a/2", kBackward), (Entries{{"a/1", "1"}}));
  for (const auto& [begin, end, flags] :
       {std::tuple{"", "", 0U}, {"a/", "", 0U}, {"a/", "a1", 0U}, {"a", "a0", 0U}, {"a", "", kPrefix},
        {"a/", "\xff", kBackward}, {"b", "b", 0U}}) {
    EXPECT_EQ(number("scan", {bytes_of(begin), bytes_of(end), flags, kNoLimit}), kDenied) << begin;
  }
}

TEST_F(StorageHost, AGrantMayBeToReadAlone) {
  start({}, StorageGrant{.may_write = false, .prefixes = {}});
  must(storage_->set("key", "value", {.tenant = "alice", .module = "notes"}));
  EXPECT_EQ(ok("get", {kKey, 10}), "value");
  EXPECT_EQ(scan("", "").size(), 1U);
  EXPECT_EQ(number("set", {kKey, kNothing}), kDenied);
  EXPECT_EQ(number("remove", {kKey}), kDenied);
  EXPECT_EQ(number("add", {kKey, std::int64_t{1}}), kDenied);
  EXPECT_EQ(err("increment", {kKey, std::int64_t{1}, 8}), kDenied);
  EXPECT_EQ(number("compare_and_set", {kKey, 0, kNothing, kNothing}), kDenied);
  EXPECT_EQ(number("batch", {kNothing}), kDenied);
  EXPECT_EQ(number("blob_write", {kKey, kNothing, 1, true}), kDenied);
  EXPECT_EQ(stored("key"), "value");
}

TEST_F(StorageHost, CapabilitiesAreNeededToImport) {
  const auto refused = [&](const ModuleMetadata& metadata) {
    return runtime_->load_module_file(
        "refused", std::string(SYNAPSED_TEST_MODULES) + "/tests/storage.wasm", metadata);
  };
  const auto read_alone = refused(ModuleMetadata{}.with_capability("storage"));
  ASSERT_FALSE(read_alone);
  EXPECT_NE(read_alone.error().to_string().find("storage.write"), std::string::npos);
  EXPECT_FALSE(refused(ModuleMetadata{}));
}

TEST_F(StorageHost, AReadOnlyStorageDeniesWrites) {
  const auto path = std::filesystem::temp_directory_path() /
                    ("synapsed-host-test-" + std::to_string(::getpid()) + ".db");
  const std::string url = "sqlite:" + path.string();
  start({.url = url});
  set("key", "value");
  storage_.reset();
  runtime_.reset();
  start({.url = url, .read_only = true});
  EXPECT_EQ(ok("get", {kKey, 10}), "value");
  const auto written = try_call("set", {kKey, kNothing});
  EXPECT_TRUE(written ? *written == WasmValue(kDenied)
                      : written.error().code() == ErrorCode::kStorageReadOnly);
  storage_.reset();
  runtime_.reset();
  for (const char* suffix : {"", "-wal", "-shm"}) {
    std::filesystem::remove(path.string() + suffix);
  }
}

TEST_F(StorageHost, OperationsHaveARate) {
  start(with_quota({.operations_per_second = 5}));
  std::int64_t done = 0;
  for (int i = 0; i < 50; ++i) done += number("contains", {kKey}) == 0 ? 1 : 0;
  EXPECT_GE(done, 10);
  EXPECT_LT(done, 30);
  EXPECT_EQ(number("contains", {kKey}), kExhausted);
  EXPECT_EQ(number("scan", {kNothing, kNothing, 0, kNoLimit}), kExhausted);
  // Of another tenant.
  EXPECT_EQ(call("contains", {kKey}, ExecutionContext{}.with_tenant("bob")), WasmValue(0));
  // A batch is as many as its steps.
  const auto bob = ExecutionContext{}.with_tenant("carol");
  Bytes packed;
  for (int i = 0; i < 11; ++i) {
    for (const std::byte byte : packed_step(1, kKey)) packed.push_back(byte);
  }
  EXPECT_EQ(call("batch", {packed}, bob), WasmValue(kExhausted));
  std::this_thread::sleep_for(std::chrono::milliseconds(600));
  EXPECT_EQ(number("contains", {kKey}), 0);
}

TEST_F(StorageHost, GasIsForWhatMoves) {
  const auto gas = [&](std::string_view function, const std::vector<WasmValue>& arguments) {
    return must(runtime_->execute_function(module_, function, arguments, alice())).usage.gas;
  };
  must(storage_->set("small", Bytes(1), {.tenant = "alice", .module = "notes"}));
  must(storage_->set("large", Bytes(10'001), {.tenant = "alice", .module = "notes"}));
  const std::uint64_t small = gas("get", {bytes_of("small"), 20'000});
  EXPECT_EQ(gas("get", {bytes_of("large"), 20'000}), small + 2 * 10'000);
  EXPECT_EQ(gas("get", {bytes_of("large"), 1}), small + 2 * 10'000);
  EXPECT_EQ(gas("get", {bytes_of("none!"), 20'000}), small - 2);
  EXPECT_EQ(gas("set", {bytes_of("small"), Bytes(1000)}),
            gas("set", {bytes_of("small"), Bytes(0)}) + 16 * 1000);
  const std::uint64_t none = gas("scan_all", {bytes_of("x"), kNothing, 0, kNoLimit, 64});
  EXPECT_EQ(gas("scan_all", {bytes_of("s"), kNothing, 0, kNoLimit, 4096}) - none,
            4000 + 2 * 1005 + 5000);
}

TEST_F(StorageHost, TheGuestsWrapperWorks) {
  EXPECT_EQ(number("try_wrapper", {}), 0);
  EXPECT_EQ(stored("w/1500"), "500");
}

}  // namespace
}  // namespace synapsed::test
