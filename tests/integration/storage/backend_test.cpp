// What backend.hpp promises, of every backend.

#include <algorithm>
#include <atomic>
#include <chrono>
#include <random>
#include <ranges>
#include <thread>

#include <fmt/format.h>

#include "tests/integration/storage/entries.hpp"
#include "tests/integration/storage/places.hpp"

namespace synapsed::storage::test {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr milliseconds kShort{50};

class BackendTest : public OnPlace {
 protected:
  void SetUp() override {
    OnPlace::SetUp();
    if (!IsSkipped()) backend_ = must(open_backend(options()));
  }
  [[nodiscard]] std::unique_ptr<Backend> open_impatient() const {
    auto impatient = options();
    impatient.busy_timeout = kShort;
    return must(open_backend(impatient));
  }
  std::unique_ptr<Backend> backend_;
};

INSTANTIATE_TEST_SUITE_P(Storage, BackendTest, every_kind(), param_name);

TEST_P(BackendTest, BeginsEmpty) {
  EXPECT_EQ(all_of(*backend_), Entries{});
  EXPECT_EQ(get(*must(backend_->snapshot()), "key"), std::nullopt);
  EXPECT_EQ(backend_->is_durable(), !is_memory());
  EXPECT_FALSE(backend_->where().empty());
}

TEST_P(BackendTest, KeepsKeysAndValuesOfAnyBytes) {
  std::string every_byte;
  for (int byte = 0; byte < 256; ++byte) every_byte.push_back(static_cast<char>(byte));
  const Changes changes{{"\0"s, "zero"},
                        {"\0\0"s, "two zeros"},
                        {"a\0b"s, "zero between"},
                        {"\xff"s, "last"},
                        {"\xff\xff\xff"s, "more"},
                        {every_byte, every_byte},
                        {"empty", ""},
                        {"invalid UTF-8 \xc3\x28", "\xf0\x28\x8c\x28"}};
  change(*backend_, changes);
  EXPECT_EQ(all_of(*backend_), entries_in(changes));
  const auto snapshot = must(backend_->snapshot());
  for (const auto& [key, value] : changes) EXPECT_EQ(get(*snapshot, key), value);
}

TEST_P(BackendTest, KeepsLongKeysAndLargeValues) {
  std::minstd_rand random(1);
  const auto noise = [&](std::size_t length) {
    std::string text(length, '\0');
    for (char& c : text) c = static_cast<char>(random() >> 8U & 0xffU);
    return text;
  };
  Changes changes;
  for (const std::size_t length : {1U, 1600U, 2048U}) changes[noise(length)] = noise(length);
  for (const std::size_t length : {1U << 16U, 1U << 20U, (1U << 20U) + 1000U}) {
    changes[noise(100)] = noise(length);
  }
  change(*backend_, changes);
  EXPECT_EQ(all_of(*backend_), entries_in(changes));
}

TEST_P(BackendTest, OrdersKeysAsUnsignedBytes) {
  const Changes changes{{"", ""}, {"\0"s, ""}, {"a", ""}, {"a\0"s, ""}, {"aa", ""}, {"b", ""},
                        {"\x7f", ""}, {"\x80", ""}, {"\xff", ""}};
  change(*backend_, changes);
  auto expected = entries_in(changes);
  EXPECT_EQ(all_of(*backend_), expected);
  std::ranges::reverse(expected);
  EXPECT_EQ(entries_of(*must(backend_->snapshot()), {}, Direction::kBackward), expected);
}

TEST_P(BackendTest, ScansRangesBothWays) {
  const Changes changes = many_entries(3000);
  change(*backend_, changes);
  const auto snapshot = must(backend_->snapshot());
  const auto check = [&](std::string_view begin, std::optional<std::string_view> end) {
    auto expected = entries_in(changes);
    std::erase_if(expected, [&](const auto& entry) {
      return entry.first < begin || (end && entry.first >= *end);
    });
    EXPECT_EQ(entries_of(*snapshot, range_of(begin, end)), expected);
    std::ranges::reverse(expected);
    EXPECT_EQ(entries_of(*snapshot, range_of(begin, end), Direction::kBackward), expected);
  };
  const std::string present = std::next(changes.begin(), 1000)->first;
  const std::string later = std::next(changes.begin(), 2000)->first;
  check("", {});
  check(present, {});
  check(present + '\0', {});
  check("", present);
  check("", present + '\0');
  check(present, later);
  check(present, present);
  check(present, present + '\0');
  check(later, present);
  check("z", {});
  check("", "");
  check("key 5", "key 6");
}

TEST_P(BackendTest, ScansLargeValuesBothWays) {
  Changes changes;
  for (int i = 0; i < 40; ++i) changes[fmt::format("{:03}", i)] = std::string(1 << 20, 'x');
  for (int i = 0; i < 300; ++i) changes[fmt::format("small {:03}", i)] = "y"s;
  change(*backend_, changes);
  auto expected = entries_in(changes);
  const auto snapshot = must(backend_->snapshot());
  EXPECT_TRUE(entries_of(*snapshot) == expected);
  std::ranges::reverse(expected);
  EXPECT_TRUE(entries_of(*snapshot, {}, Direction::kBackward) == expected);
}

TEST_P(BackendTest, ASnapshotIsOfTheMomentItWasMade) {
  change(*backend_, {{"kept", "1"}, {"removed", "1"}, {"set", "1"}});
  const auto unread = must(backend_->snapshot());
  const auto read = must(backend_->snapshot());
  const Entries before = entries_of(*read);
  change(*backend_, {{"added", "2"}, {"removed", {}}, {"set", "2"}});
  EXPECT_EQ(entries_of(*unread), before);
  EXPECT_EQ(entries_of(*read), before);
  EXPECT_EQ(get(*read, "set"), "1");
  EXPECT_EQ(get(*read, "added"), std::nullopt);
  EXPECT_EQ(all_of(*backend_), (Entries{{"added", "2"}, {"kept", "1"}, {"set", "2"}}));
}

TEST_P(BackendTest, ASnapshotOutlivesManyCommits) {
  const Changes changes = many_entries(3000);
  change(*backend_, changes);
  const auto snapshot = must(backend_->snapshot());
  const auto cursor = must(snapshot->scan({}, Direction::kForward));
  ASSERT_TRUE(must(cursor->next()));
  Changes removals;
  for (const auto& [key, value] : changes) removals[key] = {};
  change(*backend_, removals);
  for (int i = 0; i < 20; ++i) change(*backend_, {{"key 000000 new", std::to_string(i)}});
  Entries seen{entry_at(*cursor)};
  while (must(cursor->next())) seen.push_back(entry_at(*cursor));
  EXPECT_EQ(seen, entries_in(changes));
}

TEST_P(BackendTest, CursorsAndGetsDoNotDisturbEachOther) {
  const Changes changes = many_entries(1500);
  change(*backend_, changes);
  const Entries expected = entries_in(changes);
  const auto snapshot = must(backend_->snapshot());
  const auto forward = must(snapshot->scan({}, Direction::kForward));
  const auto backward = must(snapshot->scan({}, Direction::kBackward));
  for (std::size_t i = 0; i < expected.size(); ++i) {
    ASSERT_TRUE(must(forward->next()));
    ASSERT_TRUE(must(backward->next()));
    const auto& other = expected[(i * 31) % expected.size()];
    EXPECT_EQ(get(*snapshot, other.first), other.second);
    EXPECT_EQ(entry_at(*forward), expected[i]);
    EXPECT_EQ(entry_at(*backward), expected[expected.size() - 1 - i]);
  }
  EXPECT_FALSE(must(forward->next()));
  EXPECT_FALSE(must(backward->next()));
}

TEST_P(BackendTest, ACursorStaysAtItsEnd) {
  change(*backend_, {{"a", "1"}});
  const auto snapshot = must(backend_->snapshot());
  for (const Direction direction : {Direction::kForward, Direction::kBackward}) {
    const auto cursor = must(snapshot->scan({}, direction));
    EXPECT_TRUE(must(cursor->next()));
    for (int i = 0; i < 3; ++i) EXPECT_FALSE(must(cursor->next()));
  }
}

TEST_P(BackendTest, ACursorMayBeLeftAnywhere) {
  change(*backend_, many_entries(500));
  for (int i = 0; i < 20; ++i) {
    const auto snapshot = must(backend_->snapshot());
    const auto cursor = must(snapshot->scan({}, Direction::kBackward));
    for (int step = 0; step < i; ++step) EXPECT_TRUE(must(cursor->next()));
  }
  change(*backend_, {{"after", "1"}});
}

TEST_P(BackendTest, AWriterReadsWhatItBeganWith) {
  change(*backend_, {{"a", "1"}, {"b", ""}, {"c", "333"}});
  const auto writer = must(backend_->write());
  EXPECT_EQ(get(*writer, "a"), "1");
  EXPECT_EQ(get(*writer, "x"), std::nullopt);
  EXPECT_EQ(entries_of(*writer, range_of("b")), (Entries{{"b", ""}, {"c", "333"}}));
  EXPECT_EQ(entries_of(*writer, range_of("", "b"), Direction::kBackward), (Entries{{"a", "1"}}));
}

TEST_P(BackendTest, AWriterLooksUpManyKeysInTheirOrder) {
  change(*backend_, {{"a", "1"}, {"b", ""}, {"c", "333"}, {"\0\xff"s, std::string(1 << 20, 'x')}});
  const auto writer = must(backend_->write());
  const std::vector<std::string> texts{"c", "missing", "\0\xff"s, "b", "", "a"};
  std::vector<ByteSpan> keys;
  for (const auto& text : texts) keys.push_back(as_bytes(text));
  const std::vector<std::optional<std::uint64_t>> lengths{3, {}, 1 << 20, 0, {}, 1};
  EXPECT_EQ(must(writer->lengths(keys)), lengths);
  const auto values = must(writer->get_all(keys));
  ASSERT_EQ(values.size(), keys.size());
  for (std::size_t i = 0; i < keys.size(); ++i) {
    const auto expected = get(*writer, texts[i]);
    EXPECT_EQ(values[i].has_value(), expected.has_value()) << i;
    EXPECT_TRUE(!expected || values[i] == bytes_of(*expected)) << i;
  }
  EXPECT_TRUE(must(writer->get_all({})).empty());
  EXPECT_TRUE(must(writer->lengths({})).empty());
}

TEST_P(BackendTest, AWriterLooksUpTenThousandKeys) {
  const Changes changes = many_entries(10'000);
  change(*backend_, changes);
  std::vector<ByteSpan> keys;
  for (const auto& entry : changes | std::views::reverse) keys.push_back(as_bytes(entry.first));
  const auto writer = must(backend_->write());
  const auto values = must(writer->get_all(keys));
  const auto lengths = must(writer->lengths(keys));
  for (std::size_t i = 0; i < keys.size(); ++i) {
    const std::string& expected = *changes.at(std::string(as_text(keys[i])));
    ASSERT_TRUE(values[i] && lengths[i]);
    EXPECT_EQ(as_text(*values[i]), expected);
    EXPECT_EQ(*lengths[i], expected.size());
  }
}

TEST_P(BackendTest, AWriterSetsAndRemovesInOneGo) {
  change(*backend_, {{"a", "1"}, {"b", "1"}, {"c", "1"}});
  change(*backend_, {{"a", {}}, {"b", "2"}, {"d", "2"}, {"missing", {}}});
  EXPECT_EQ(all_of(*backend_), (Entries{{"b", "2"}, {"c", "1"}, {"d", "2"}}));
  change(*backend_, {{"missing", {}}});
  change(*backend_, {});
  EXPECT_EQ(all_of(*backend_).size(), 3U);
}

TEST_P(BackendTest, AWriterMakesManyChanges) {
  Changes changes = many_entries(20'000);
  change(*backend_, changes);
  int number = 0;
  for (auto& [key, value] : changes) {
    if (++number % 2 == 0) value = {};
    else if (number % 3 == 0) value = std::string(2000, 'x');
  }
  change(*backend_, changes);
  EXPECT_TRUE(all_of(*backend_) == entries_in(changes));
}

TEST_P(BackendTest, AWriterThatIsDroppedHasChangedNothing) {
  change(*backend_, {{"a", "1"}, {"b", "1"}});
  const Entries before = all_of(*backend_);
  { const auto writer = must(backend_->write()); }
  {
    const auto writer = must(backend_->write());
    must(apply(*writer, {{"a", {}}, {"b", "2"}, {"c", "2"}}));
    EXPECT_EQ(all_of(*backend_), before) << "seen before it was committed";
  }
  EXPECT_EQ(all_of(*backend_), before);
  change(*backend_, {{"c", "3"}});
  EXPECT_EQ(all_of(*backend_).size(), 3U);
}

TEST_P(BackendTest, OneWriterIsAtWork) {
  const auto backend = is_memory() ? nullptr : open_impatient();
  if (backend == nullptr) {
    auto impatient = options();
    impatient.busy_timeout = kShort;
    backend_ = must(open_backend(impatient));
  }
  Backend& other = backend == nullptr ? *backend_ : *backend;
  {
    const auto writer = must(backend_->write());
    const auto start = steady_clock::now();
    EXPECT_TRUE(fails_with(other.write(), ErrorCode::kStorageBusy));
    EXPECT_GE(steady_clock::now() - start, kShort);
    EXPECT_LT(steady_clock::now() - start, milliseconds(2000));
    EXPECT_EQ(all_of(other), Entries{}) << "readers do not wait";
  }
  change(other, {{"a", "1"}});
}

TEST_P(BackendTest, AWriterWaitsForTheOneBefore) {
  auto writer = must(backend_->write());
  must(apply(*writer, {{"a", "1"}}));
  std::optional<std::string> seen;
  std::thread second([&] {
    const auto after = must(backend_->write());
    seen = get(*after, "a");
  });
  std::this_thread::sleep_for(kShort);
  must(writer->commit());
  writer.reset();
  second.join();
  EXPECT_EQ(seen, "1");
}

TEST_P(BackendTest, WritersOfManyThreadsLoseNothing) {
  constexpr int kThreads = 4;
  constexpr int kRounds = 25;
  std::vector<std::jthread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([this] {
      for (int round = 0; round < kRounds; ++round) {
        const auto writer = must(backend_->write());
        const int count = std::stoi(get(*writer, "count").value_or("0"));
        must(apply(*writer, {{"count", std::to_string(count + 1)}}));
        must(writer->commit());
      }
    });
  }
  threads.clear();
  EXPECT_EQ(get(*must(backend_->snapshot()), "count"), std::to_string(kThreads * kRounds));
}

TEST_P(BackendTest, ReadersSeeCommitsWhole) {
  Changes changes;
  const auto set_all = [&](int number) {
    for (int i = 0; i < 200; ++i) changes[fmt::format("{:03}", i)] = std::to_string(number);
    change(*backend_, changes);
  };
  set_all(0);
  std::atomic<bool> is_over = false;
  std::atomic<int> reads = 0;
  std::vector<std::jthread> readers;
  for (int i = 0; i < 2; ++i) {
    readers.emplace_back([&] {
      while (!is_over) {
        const Entries entries = all_of(*backend_);
        EXPECT_EQ(entries.size(), 200U);
        for (const auto& entry : entries) EXPECT_EQ(entry.second, entries.front().second);
        ++reads;
      }
    });
  }
  for (int number = 1; number < 30 || reads < 10; ++number) set_all(number);
  is_over = true;
}

TEST_P(BackendTest, ASnapshotMayGoFromThreadToThread) {
  change(*backend_, many_entries(500));
  auto snapshot = must(backend_->snapshot());
  auto cursor = must(snapshot->scan({}, Direction::kForward));
  for (int i = 0; i < 4; ++i) {
    std::thread([&] {
      for (int step = 0; step < 100; ++step) EXPECT_TRUE(must(cursor->next()));
      if (i < 3) return;
      cursor.reset();
      snapshot.reset();
    }).join();
  }
}

TEST_P(BackendTest, WhatWasCommittedIsThereWhenItIsOpenedAgain) {
  if (is_memory()) GTEST_SKIP() << "memory is gone with its storage";
  change(*backend_, many_entries(100));
  const Entries before = all_of(*backend_);
  backend_.reset();
  backend_ = must(open_backend(options()));
  EXPECT_EQ(all_of(*backend_), before);
}

TEST_P(BackendTest, TwoThatAreOpenAtOnceSeeEachOther) {
  if (is_memory()) GTEST_SKIP() << "memory is of one storage";
  const auto other = must(open_backend(options()));
  const auto before = must(other->snapshot());
  change(*backend_, {{"a", "1"}});
  EXPECT_EQ(all_of(*other), (Entries{{"a", "1"}}));
  EXPECT_EQ(get(*before, "a"), std::nullopt);
  change(*other, {{"a", "2"}});
  EXPECT_EQ(all_of(*backend_), (Entries{{"a", "2"}}));
}

TEST_P(BackendTest, OpenedForReadingItCannotBeWritten) {
  if (is_memory()) GTEST_SKIP() << "memory is of one storage";
  change(*backend_, {{"a", "1"}});
  auto reading = options();
  reading.read_only = true;
  const auto reader = must(open_backend(reading));
  EXPECT_EQ(all_of(*reader), (Entries{{"a", "1"}}));
  EXPECT_TRUE(fails_with(reader->write(), ErrorCode::kStorageReadOnly));
  change(*backend_, {{"a", "2"}});
  EXPECT_EQ(all_of(*reader), (Entries{{"a", "2"}}));
}

TEST_P(BackendTest, WhatIsNotThereIsMadeOnlyWhenAskedFor) {
  if (is_memory()) GTEST_SKIP() << "memory is always made";
  const StoragePlace other(GetParam());
  auto existing = other.options();
  existing.create = false;
  EXPECT_TRUE(fails_with(open_backend(existing), ErrorCode::kStorageUnavailable));
  auto reading = other.options();
  reading.read_only = true;
  EXPECT_TRUE(fails_with(open_backend(reading), ErrorCode::kStorageUnavailable));
  must(open_backend(other.options()));
  must(open_backend(existing));
  must(open_backend(reading));
}

TEST_P(BackendTest, SeveralMayOpenANewOneAtOnce) {
  if (is_memory()) GTEST_SKIP() << "memory is of one storage";
  const StoragePlace other(GetParam());
  std::vector<std::jthread> threads;
  for (int i = 0; i < 6; ++i) {
    threads.emplace_back([&other, i] {
      const auto backend = must(open_backend(other.options()));
      change(*backend, {{std::to_string(i), "here"}});
    });
  }
  threads.clear();
  EXPECT_EQ(all_of(*must(open_backend(other.options()))).size(), 6U);
}

TEST_P(BackendTest, WhatIsSoundPassesTheCheck) {
  must(backend_->check());
  change(*backend_, many_entries(2000));
  change(*backend_, {{"large", std::string(1 << 20, 'x')}});
  must(backend_->check());
}

}  // namespace
}  // namespace synapsed::storage::test
