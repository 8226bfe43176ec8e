// What transactions promise, on every backend.

#include <algorithm>
#include <condition_variable>
#include <future>
#include <mutex>
#include <thread>

#include <gmock/gmock.h>

#include "tests/integration/storage/storages.hpp"

namespace synapsed::storage::test {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

const SpaceName kNotes{.tenant = "alice", .module = "notes"};

std::vector<std::string> scan(Space& space, const ScanOptions& options = {}) {
  std::vector<std::string> entries;
  const auto cursor = must(space.scan(options));
  while (must(cursor->next())) {
    entries.push_back(text_of(cursor->key()) + "=" + text_of(cursor->value()));
  }
  return entries;
}

class TransactionTest : public OnStorage {};

TEST_P(TransactionTest, WhatIsCommittedIsThere) {
  Storage storage = open();
  must(storage.set("key", "value"));
  EXPECT_EQ(value_of(storage.get("key")), "value");
  EXPECT_EQ(value_of(storage.get("other")), "-");
  must(storage.remove("key"));
  EXPECT_EQ(value_of(storage.get("key")), "-");
}

TEST_P(TransactionTest, ItReadsWhatItWroteAndOthersDoNot) {
  Storage storage = open();
  Transaction transaction = storage.begin();
  Space space = transaction.space();
  must(space.set("key", "value"));
  EXPECT_EQ(value_of(space.get("key")), "value");
  EXPECT_EQ(value_of(storage.get("key")), "-");
  must(transaction.commit());
  EXPECT_EQ(value_of(storage.get("key")), "value");
}

TEST_P(TransactionTest, OneThatIsDroppedLeavesNoTrace) {
  Storage storage = open();
  {
    const Transaction transaction = storage.begin();
    Space space = transaction.space(kNotes);
    must(space.set("key", "value"));
    must(space.add("count", 1));
    auto blob = must(space.write_blob("blob"));
    must(blob.write(std::string(100'000, 'x')));
    must(blob.finish());
  }
  EXPECT_THAT(must(storage.spaces()), IsEmpty());
  EXPECT_EQ(must(storage.version()), 0u);
  EXPECT_EQ(must(storage.usage(kNotes)), Usage{});
}

TEST_P(TransactionTest, ItReadsOneMoment) {
  Storage storage = open();
  must(storage.set("a", "1"));
  must(storage.set("b", "1"));
  const Transaction reader = storage.begin();
  Space space = reader.space();
  EXPECT_EQ(value_of(space.get("a")), "1");
  must(storage.set("a", "2"));
  must(storage.set("b", "2"));
  must(storage.set("c", "2"));
  EXPECT_EQ(value_of(space.get("b")), "1");
  EXPECT_THAT(scan(space), ElementsAre("a=1", "b=1"));
}

TEST_P(TransactionTest, ALostUpdateIsAConflict) {
  Storage storage = open();
  must(storage.set("key", "1"));
  Transaction first = storage.begin();
  Transaction second = storage.begin();
  for (Transaction* transaction : {&first, &second}) {
    Space space = transaction->space();
    EXPECT_EQ(value_of(space.get("key")), "1");
    must(space.set("key", "2"));
  }
  must(first.commit());
  EXPECT_TRUE(fails_with(second.commit(), ErrorCode::kStorageConflict));
}

TEST_P(TransactionTest, WriteSkewIsAConflict) {
  Storage storage = open();
  must(storage.set("a", "on call"));
  must(storage.set("b", "on call"));
  Transaction first = storage.begin();
  Transaction second = storage.begin();
  Space a = first.space();
  Space b = second.space();
  EXPECT_EQ(value_of(a.get("b")), "on call");
  EXPECT_EQ(value_of(b.get("a")), "on call");
  must(a.set("a", "free"));
  must(b.set("b", "free"));
  must(first.commit());
  EXPECT_TRUE(fails_with(second.commit(), ErrorCode::kStorageConflict));
}

TEST_P(TransactionTest, AKeyThatAppearsInAScannedRangeIsAConflict) {
  Storage storage = open();
  Transaction transaction = storage.begin();
  Space space = transaction.space();
  EXPECT_THAT(scan(space, {.range = KeyRange::prefix("a")}), IsEmpty());
  must(space.set("count", "0"));
  must(storage.set("ab", "new"));
  EXPECT_TRUE(fails_with(transaction.commit(), ErrorCode::kStorageConflict));
}

TEST_P(TransactionTest, WhatAScanDidNotReachIsNotRead) {
  Storage storage = open();
  for (const char* key : {"a", "b", "c", "d"}) must(storage.set(key, "1"));
  for (const Direction direction : {Direction::kForward, Direction::kBackward}) {
    Transaction transaction = storage.begin();
    Space space = transaction.space();
    const auto cursor = must(space.scan({.direction = direction}));
    EXPECT_TRUE(must(cursor->next()));
    must(space.set("z", "1"));
    must(storage.set(direction == Direction::kForward ? "b" : "c", "2"));
    must(transaction.commit());

    Transaction reached = storage.begin();
    Space same = reached.space();
    const auto again = must(same.scan({.range = {.begin = bytes_of("a"), .end = bytes_of("e")},
                                       .direction = direction}));
    EXPECT_TRUE(must(again->next()));
    must(same.set("z", "1"));
    must(storage.set(direction == Direction::kForward ? "a" : "d", "2"));
    EXPECT_TRUE(fails_with(reached.commit(), ErrorCode::kStorageConflict));
  }
}

TEST_P(TransactionTest, BlindWritesDoNotConflict) {
  Storage storage = open();
  Transaction transaction = storage.begin();
  must(transaction.space().set("key", "mine"));
  must(storage.set("key", "theirs"));
  must(transaction.commit());
  EXPECT_EQ(value_of(storage.get("key")), "mine");
}

TEST_P(TransactionTest, AReaderNeverConflicts) {
  Storage storage = open();
  must(storage.set("key", "1"));
  Transaction transaction = storage.begin({.read_only = true});
  Space space = transaction.space();
  EXPECT_EQ(value_of(space.get("key")), "1");
  must(storage.set("key", "2"));
  EXPECT_TRUE(fails_with(space.set("key", "3"), ErrorCode::kStorageReadOnly));
  must(transaction.commit());
}

TEST_P(TransactionTest, ItConflictsWhenOthersCommittedMoreThanIsRemembered) {
  if (is_memory()) GTEST_SKIP() << "nobody else has a storage in memory";
  Storage storage = open();
  Storage other = open({.history_commits_max = 3});
  Transaction transaction = storage.begin();
  Space space = transaction.space();
  EXPECT_EQ(value_of(space.get("key")), "-");
  for (int i = 0; i < 4; ++i) must(other.set("other", "1"));
  must(space.set("key", "1"));
  EXPECT_TRUE(fails_with(transaction.commit(), ErrorCode::kStorageConflict));
}

TEST_P(TransactionTest, SpacesAreApart) {
  Storage storage = open();
  must(storage.set("key", "1", kNotes));
  must(storage.set("key", "2", {.tenant = "alice", .module = "note"}));
  must(storage.set("key", "3", {.tenant = "bob", .module = "notes"}));
  must(storage.set("skey", "4", {.tenant = "alice", .module = "note"}));
  EXPECT_EQ(value_of(storage.get("key", kNotes)), "1");
  const Transaction transaction = storage.begin();
  Space space = transaction.space(kNotes);
  EXPECT_THAT(scan(space), ElementsAre("key=1"));
  EXPECT_EQ(must(storage.spaces()).size(), 3u);
}

TEST_P(TransactionTest, ScansGoBothWaysWithinTheirRangeAndLimit) {
  Storage storage = open();
  for (const char* key : {"a", "b1", "b2", "b3", "c"}) must(storage.set(key, key));
  const Transaction transaction = storage.begin();
  Space space = transaction.space();
  EXPECT_THAT(scan(space, {.range = KeyRange::prefix("b"), .limit = 2}),
              ElementsAre("b1=b1", "b2=b2"));
  EXPECT_THAT(scan(space, {.range = KeyRange::prefix("b"), .direction = Direction::kBackward}),
              ElementsAre("b3=b3", "b2=b2", "b1=b1"));
  EXPECT_THAT(scan(space, {.range = {.begin = bytes_of("b2"), .end = std::nullopt}}),
              ElementsAre("b2=b2", "b3=b3", "c=c"));
  EXPECT_THAT(scan(space, {.range = {.begin = bytes_of("b"), .end = bytes_of("b")}}), IsEmpty());
}

TEST_P(TransactionTest, ScansSeeWhatTheirTransactionWrites) {
  Storage storage = open();
  for (const char* key : {"a", "c", "e"}) must(storage.set(key, "old"));
  for (const Direction direction : {Direction::kForward, Direction::kBackward}) {
    const Transaction transaction = storage.begin();
    Space space = transaction.space();
    must(space.set("b", "new"));
    must(space.set("c", "new"));
    must(space.remove("e"));
    must(space.add("n", 5));
    std::vector<std::string> expected{"a=old", "b=new", "c=new",
                                      std::string("n=\x05\0\0\0\0\0\0\0", 10)};
    if (direction == Direction::kBackward) std::ranges::reverse(expected);
    EXPECT_EQ(scan(space, {.direction = direction}), expected);
  }
}

TEST_P(TransactionTest, AScanSeesWritesBeyondItsPlace) {
  Storage storage = open();
  must(storage.set("a", "1"));
  must(storage.set("c", "1"));
  const Transaction transaction = storage.begin();
  Space space = transaction.space();
  const auto cursor = must(space.scan());
  EXPECT_TRUE(must(cursor->next()));
  must(space.set("a", "2"));
  must(space.set("b", "2"));
  EXPECT_TRUE(must(cursor->next()));
  EXPECT_EQ(text_of(cursor->key()), "b");
}

TEST_P(TransactionTest, CursorsEndWithTheirTransaction) {
  Storage storage = open();
  must(storage.set("a", "1"));
  must(storage.set("b", "1"));
  Transaction transaction = storage.begin();
  Space space = transaction.space();
  const auto cursor = must(space.scan());
  EXPECT_TRUE(must(cursor->next()));
  must(transaction.commit());
  EXPECT_TRUE(fails_with(cursor->next(), ErrorCode::kStorageClosed));
  EXPECT_TRUE(fails_with(space.get("a"), ErrorCode::kStorageClosed));
  EXPECT_TRUE(fails_with(transaction.commit(), ErrorCode::kStorageClosed));
}

TEST_P(TransactionTest, CompareAndSetSetsWhatIsAsExpected) {
  Storage storage = open();
  Transaction transaction = storage.begin();
  Space space = transaction.space();
  EXPECT_TRUE(must(space.compare_and_set("key", std::nullopt, "1")));
  EXPECT_FALSE(must(space.compare_and_set("key", std::nullopt, "2")));
  EXPECT_FALSE(must(space.compare_and_set("key", "2", "3")));
  EXPECT_TRUE(must(space.compare_and_set("key", "1", "2")));
  must(transaction.commit());
  EXPECT_EQ(value_of(storage.get("key")), "2");
}

TEST_P(TransactionTest, AdditionsAddUpAndDoNotConflict) {
  Storage storage = open();
  Transaction first = storage.begin();
  Transaction second = storage.begin();
  must(first.space().add("count", 3));
  must(first.space().add("count", 4));
  must(second.space().add("count", -2));
  must(first.commit());
  must(second.commit());
  Transaction third = storage.begin();
  Space space = third.space();
  must(space.add("count", 1));
  EXPECT_EQ(must(space.increment("count", 10)), 16);
  must(third.commit());
  EXPECT_EQ(value_of(storage.get("count")), std::string("\x10\0\0\0\0\0\0\0", 8));
}

TEST_P(TransactionTest, WhatIsNoCounterIsNotAddedTo) {
  Storage storage = open();
  must(storage.set("text", "hello"));
  Transaction blind = storage.begin();
  must(blind.space().add("text", 1));
  must(blind.space().set("other", "1"));
  EXPECT_TRUE(fails_with(blind.commit(), ErrorCode::kStorageNotACounter));
  EXPECT_EQ(value_of(storage.get("other")), "-");
  Transaction reading = storage.begin();
  Space space = reading.space();
  EXPECT_TRUE(fails_with(space.increment("text", 1), ErrorCode::kStorageNotACounter));
  must(space.add("count", INT64_MAX));
  EXPECT_TRUE(fails_with(space.add("count", 1), ErrorCode::kStorageNotACounter));
  must(reading.commit());
  Transaction beyond = storage.begin();
  must(beyond.space().add("count", 1));
  EXPECT_TRUE(fails_with(beyond.commit(), ErrorCode::kStorageNotACounter));
}

TEST_P(TransactionTest, ANestedOneIsRolledBackAlone) {
  Storage storage = open();
  must(storage.set("a", "0"));
  Transaction outer = storage.begin();
  Space space = outer.space();
  must(space.set("a", "1"));
  {
    Transaction nested = must(outer.begin_nested());
    Space inner = nested.space();
    must(inner.set("a", "2"));
    must(inner.set("b", "2"));
    EXPECT_TRUE(fails_with(space.get("a"), ErrorCode::kStorageClosed));
    Transaction innermost = must(nested.begin_nested());
    must(innermost.space().remove("a"));
    must(innermost.commit());
    EXPECT_EQ(value_of(inner.get("a")), "-");
  }
  EXPECT_EQ(value_of(space.get("a")), "1");
  EXPECT_EQ(value_of(space.get("b")), "-");
  Transaction second = must(outer.begin_nested());
  must(second.space().set("c", "3"));
  must(second.commit());
  EXPECT_TRUE(fails_with(second.commit(), ErrorCode::kStorageClosed));
  must(outer.commit());
  EXPECT_EQ(value_of(storage.get("a")), "1");
  EXPECT_EQ(value_of(storage.get("c")), "3");
}

TEST_P(TransactionTest, AnOuterOneEndsThoseWithinIt) {
  Storage storage = open();
  Transaction outer = storage.begin();
  Transaction nested = must(outer.begin_nested());
  Transaction innermost = must(nested.begin_nested());
  must(innermost.space().set("key", "1"));
  nested.roll_back();
  EXPECT_TRUE(fails_with(innermost.commit(), ErrorCode::kStorageClosed));
  must(outer.space().set("other", "1"));
  const Transaction later = must(outer.begin_nested());
  EXPECT_TRUE(fails_with(outer.begin_nested(), ErrorCode::kStorageClosed));
  EXPECT_TRUE(fails_with(innermost.space().get("key"), ErrorCode::kStorageClosed));
  outer.roll_back();
  EXPECT_TRUE(fails_with(later.space().get("key"), ErrorCode::kStorageClosed));
  EXPECT_EQ(must(storage.version()), 0u);
}

TEST_P(TransactionTest, BlobsAreWrittenAndReadInParts) {
  Storage storage = open();
  std::string text;
  for (int i = 0; text.size() < 300'000; ++i) text += std::to_string(i) + ",";
  Transaction transaction = storage.begin();
  Space space = transaction.space();
  auto writer = must(space.write_blob("blob"));
  for (std::size_t at = 0; at < text.size(); at += 7'001) {
    must(writer.write(text.substr(at, 7'001)));
  }
  EXPECT_FALSE(must(space.contains("blob")));
  must(writer.finish());
  EXPECT_TRUE(fails_with(writer.write("x"), ErrorCode::kStorageClosed));
  must(transaction.commit());

  const Transaction reading = storage.begin();
  Space stored = reading.space();
  EXPECT_EQ(must(stored.length("blob")), text.size());
  EXPECT_EQ(value_of(stored.get("blob")), text);
  Bytes part(100'000);
  EXPECT_EQ(must(stored.read_blob("blob", 65'000, part)), part.size());
  EXPECT_EQ(text_of(part), text.substr(65'000, part.size()));
  EXPECT_EQ(must(stored.read_blob("blob", text.size() - 10, part)), 10u);
  EXPECT_EQ(must(stored.read_blob("blob", text.size() + 10, part)), 0u);
  EXPECT_EQ(must(stored.read_blob("none", 0, part)), std::nullopt);
}

TEST_P(TransactionTest, ABlobTakesItsPiecesWithIt) {
  Storage storage = open();
  const auto write = [&](std::size_t bytes) {
    Transaction transaction = storage.begin();
    Space space = transaction.space(kNotes);
    auto blob = must(space.write_blob("blob"));
    must(blob.write(std::string(bytes, 'x')));
    must(blob.finish());
    must(transaction.commit());
  };
  write(200'000);
  EXPECT_EQ(must(storage.usage(kNotes)).keys, 1u);
  write(1);
  EXPECT_LT(must(storage.usage(kNotes)).bytes, 200u);
  write(200'000);
  must(storage.set("blob", "short", kNotes));
  EXPECT_EQ(must(storage.usage(kNotes)), (Usage{.keys = 1, .bytes = 10}));
  write(200'000);
  must(storage.remove("blob", kNotes));
  EXPECT_EQ(must(storage.usage(kNotes)), Usage{});
}

TEST_P(TransactionTest, ABlobThatIsNotFinishedIsNone) {
  Storage storage = open();
  must(storage.set("blob", "old", kNotes));
  const auto before = must(storage.usage(kNotes));
  Transaction transaction = storage.begin();
  Space space = transaction.space(kNotes);
  {
    auto blob = must(space.write_blob("blob"));
    must(blob.write(std::string(200'000, 'x')));
  }
  must(space.set("other", "1"));
  must(space.remove("other"));
  must(transaction.commit());
  EXPECT_EQ(value_of(storage.get("blob", kNotes)), "old");
  EXPECT_EQ(must(storage.usage(kNotes)), before);
}

TEST_P(TransactionTest, KeysAndValuesHaveTheirLimits) {
  Storage storage = open({.transaction_bytes_max = 4 << 20});
  EXPECT_TRUE(fails_with(storage.set("", "x"), ErrorCode::kStorageInvalidArgument));
  must(storage.set(std::string(kKeyBytesMax, 'k'), "x"));
  EXPECT_TRUE(fails_with(storage.set(std::string(kKeyBytesMax + 1, 'k'), "x"),
                         ErrorCode::kStorageTooLarge));
  must(storage.set("key", std::string(1 << 20, 'v')));
  EXPECT_TRUE(fails_with(storage.set("key", std::string((1 << 20) + 1, 'v')),
                         ErrorCode::kStorageTooLarge));
  must(storage.set("empty", ""));
  EXPECT_EQ(value_of(storage.get("empty")), "");
  const Transaction transaction = storage.begin();
  Space space = transaction.space();
  Result<void> written;
  for (int i = 0; i < 5 && written; ++i) {
    written = space.set("key" + std::to_string(i), std::string(1 << 20, 'v'));
  }
  EXPECT_TRUE(fails_with(written, ErrorCode::kStorageTooLarge));
}

TEST_P(TransactionTest, AQuotaRefusesTheWriteThatIsTooMuch) {
  StorageOptions options;
  options.quotas.spaces[kNotes] = {.keys_max = 2, .bytes_max = 100};
  Storage storage = open(std::move(options));
  Transaction transaction = storage.begin();
  Space space = transaction.space(kNotes);
  must(space.set("a", "1"));
  must(space.set("b", "1"));
  EXPECT_TRUE(fails_with(space.set("c", "1"), ErrorCode::kStorageQuota));
  must(space.remove("a"));
  must(space.set("c", "1"));
  EXPECT_TRUE(fails_with(space.set("c", std::string(100, 'x')), ErrorCode::kStorageQuota));
  must(transaction.commit());
  EXPECT_EQ(must(storage.usage(kNotes)), (Usage{.keys = 2, .bytes = 6}));
  must(storage.set("d", "1"));  // of another space
}

TEST_P(TransactionTest, AQuotaHoldsForWhatSeveralWriteAtOnce) {
  StorageOptions options;
  options.quotas.tenants["alice"] = {.keys_max = 1};
  Storage storage = open(std::move(options));
  Transaction first = storage.begin();
  Transaction second = storage.begin();
  must(first.space(kNotes).set("a", "1"));
  must(second.space({.tenant = "alice", .module = "other"}).set("b", "1"));
  must(first.commit());
  EXPECT_TRUE(fails_with(second.commit(), ErrorCode::kStorageQuota));
}

TEST_P(TransactionTest, ABatchIsWrittenTogether) {
  Storage storage = open();
  Batch batch;
  must(batch.set("a", "1"));
  must(batch.set("b", "1"));
  must(batch.remove("a"));
  must(batch.add("n", 7));
  EXPECT_TRUE(fails_with(batch.set("", "1"), ErrorCode::kStorageInvalidArgument));
  must(storage.write(batch));
  EXPECT_EQ(value_of(storage.get("a")), "-");
  EXPECT_EQ(value_of(storage.get("b")), "1");
  EXPECT_EQ(must(storage.version()), 1u);
}

TEST_P(TransactionTest, SubscribersAreToldOfEachCommit) {
  Storage storage = open();
  must(storage.set("note/0", "before", kNotes));
  std::mutex mutex;
  std::condition_variable told;
  std::vector<std::string> seen;
  const auto callback = [&](Result<std::vector<Change>> changes) {
    const std::unique_lock lock(mutex);
    for (const auto& change : must(std::move(changes))) {
      seen.push_back(std::to_string(change.version) + (change.is_removed ? " -" : " +") +
                     text_of(change.key));
    }
    told.notify_all();
  };
  {
    const auto subscription = must(storage.subscribe(
        {.space = kNotes, .prefix = bytes_of("note/"), .after = std::nullopt}, callback));
    must(storage.set("note/1", "1", kNotes));
    must(storage.set("other", "1", kNotes));
    must(storage.set("note/1", "1"));
    must(storage.remove("note/1", kNotes));
    std::unique_lock lock(mutex);
    EXPECT_TRUE(told.wait_for(lock, std::chrono::seconds(10), [&] { return seen.size() == 2; }));
    EXPECT_THAT(seen, ElementsAre("2 +note/1", "5 -note/1"));
    seen.clear();
  }
  must(storage.set("note/2", "1", kNotes));
  const auto later = must(storage.subscribe({.space = kNotes, .prefix = {}, .after = 4}, callback));
  std::unique_lock lock(mutex);
  EXPECT_TRUE(told.wait_for(lock, std::chrono::seconds(10), [&] { return seen.size() == 2; }));
  EXPECT_THAT(seen, ElementsAre("5 -note/1", "6 +note/2"));
}

TEST_P(TransactionTest, ASubscriberThatWasAwayTooLongIsTold) {
  Storage storage = open({.history_commits_max = 2});
  for (int i = 0; i < 5; ++i) must(storage.set("key", "1"));
  std::promise<ErrorCode> error;
  const auto subscription =
      must(storage.subscribe({.space = {}, .prefix = {}, .after = 1}, [&](auto changes) {
        error.set_value(changes ? ErrorCode::kIo : changes.error().code());
      }));
  EXPECT_EQ(error.get_future().get(), ErrorCode::kStorageConflict);
}

TEST_P(TransactionTest, AsynchronousOnesAreAnswered) {
  Storage storage = open();
  std::promise<Result<void>> written;
  storage.set_async("key", "value", [&](auto result) { written.set_value(std::move(result)); });
  must(written.get_future().get());
  std::promise<Result<std::optional<Bytes>>> read;
  storage.get_async("key", [&](auto result) { read.set_value(std::move(result)); });
  EXPECT_EQ(value_of(read.get_future().get()), "value");
}

TEST_P(TransactionTest, IncrementsFromManyThreadsAddUp) {
  Storage storage = open({.retries_max = 100'000});
  constexpr int kThreads = 4;
  constexpr int kEach = 100;
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&] {
      for (int j = 0; j < kEach; ++j) {
        must(storage.transact([](Transaction& transaction) -> Result<void> {
          const auto sum = transaction.space().increment("count", 1);
          return sum ? Result<void>() : std::unexpected(sum.error());
        }));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  const Transaction transaction = storage.begin();
  EXPECT_EQ(must(transaction.space().increment("count", 0)), kThreads * kEach);
}

INSTANTIATE_TEST_SUITE_P(Storage, TransactionTest, every_kind(), param_name);

}  // namespace
}  // namespace synapsed::storage::test
