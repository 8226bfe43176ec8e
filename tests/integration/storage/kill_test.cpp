// Programs that commit are killed at random times, and so is a server: what was acknowledged is there,
// whole, and nothing else. SYNAPSED_KILLS and SYNAPSED_SERVER_KILLS say how often.

#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <charconv>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <map>
#include <random>
#include <set>
#include <thread>
#include <vector>

#include <fmt/format.h>

#include "base/try.hpp"
#include "tests/integration/storage/entries.hpp"
#include "tests/integration/storage/places.hpp"

namespace synapsed::storage::test {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;

constexpr std::uint32_t kWriters = 3;  // threads that commit, so that commits are made in groups
constexpr int kKillsPerPlace = 20;
constexpr std::array<std::size_t, 3> kSizes{8, 700, 6000};  // of a commit's values
constexpr std::uint64_t kKeysBesides = 2;                   // that commits share

int number_from(const char* variable, int otherwise) {
  const char* text = std::getenv(variable);
  int number = otherwise;
  if (text != nullptr) std::from_chars(text, text + std::strlen(text), number);
  return number;
}

// --- Numbered commits ---

SpaceName space_of(std::uint32_t writer) { return {"kill", fmt::format("writer {}", writer)}; }
std::string key_of(std::uint32_t number, std::size_t part) {
  return fmt::format("commit {:08} {}", number, part);
}
std::string value_of(std::uint32_t number, std::size_t part) {
  const std::size_t letter = (number + part) % 26;
  return std::string(kSizes[part], static_cast<char>('a' + letter));
}

/// Several entries, and two that count the commits.
Result<void> commit_numbered(Storage& storage, std::uint32_t writer, std::uint32_t number) {
  auto transaction = storage.begin();
  auto space = transaction.space(space_of(writer));
  for (std::size_t part = 0; part < kSizes.size(); ++part) {
    TRY(space.set(key_of(number, part), value_of(number, part)));
  }
  TRY(space.add("added", 1));
  TRY(space.increment("incremented", 1));
  return transaction.commit();
}

/// The numbers from `first` on; a failure for those that are not whole.
std::set<std::uint32_t> numbers_in(Storage& storage, std::uint32_t writer, std::uint32_t first) {
  auto transaction = storage.begin({.read_only = true});
  auto space = transaction.space(space_of(writer));
  KeyRange range{.begin = bytes_of(key_of(first, 0)), .end = bytes_of("d")};
  const auto cursor = must(space.scan({.range = range}));
  std::map<std::uint32_t, std::size_t> parts;
  constexpr std::size_t kNumberAt = 7;
  while (must(cursor->next())) {
    const auto key = as_text(cursor->key());
    std::uint32_t number = 0;
    std::from_chars(key.data() + kNumberAt, key.data() + key.size(), number);
    const std::size_t part = parts[number]++;
    EXPECT_EQ(key, key_of(number, part));
    EXPECT_TRUE(as_text(cursor->value()) == value_of(number, part)) << key;
  }
  std::set<std::uint32_t> numbers;
  for (const auto& [number, count] : parts) {
    EXPECT_EQ(count, kSizes.size()) << "half of commit " << number;
    numbers.insert(number);
  }
  return numbers;
}

std::int64_t counter(Storage& storage, std::uint32_t writer, const char* key) {
  auto transaction = storage.begin();
  return must(transaction.space(space_of(writer)).increment(key, 0));
}

/// Nothing was counted twice, or not at all.
void expect_count(Storage& storage, std::uint32_t writer, std::size_t commits) {
  EXPECT_EQ(counter(storage, writer, "added"), static_cast<std::int64_t>(commits));
  EXPECT_EQ(counter(storage, writer, "incremented"), static_cast<std::int64_t>(commits));
  const auto keys = commits == 0 ? 0 : commits * kSizes.size() + kKeysBesides;
  EXPECT_EQ(must(storage.usage(space_of(writer))).keys, keys);
}

// --- Clients that are killed ---

struct Acknowledgement {
  std::uint32_t writer = 0;
  std::uint32_t number = 0;
};
using Numbers = std::array<std::uint32_t, kWriters>;  // of each writer's last commit

[[noreturn]] void commit_until_killed(const StorageOptions& options, const Numbers& last,
                                      int pipe) {
  auto storage = Storage::open(options);
  constexpr Acknowledgement kOpened{.writer = kWriters};
  if (!storage || ::write(pipe, &kOpened, sizeof(kOpened)) != sizeof(kOpened)) ::_exit(1);
  std::vector<std::thread> threads;
  for (std::uint32_t writer = 0; writer < kWriters; ++writer) {
    threads.emplace_back([&storage, &last, writer, pipe] {
      for (Acknowledgement told{writer, last[writer] + 1};; ++told.number) {
        if (!commit_numbered(*storage, writer, told.number)) ::_exit(2);
        if (::write(pipe, &told, sizeof(told)) != sizeof(told)) ::_exit(3);
      }
    });
  }
  for (auto& thread : threads) thread.join();
  ::_exit(4);
}

/// When a program is killed: some time after it began, or after it opened the storage.
struct Moment {
  bool is_after_opening = true;
  microseconds after;
};

/// Starts a program and kills it; what it acknowledged last.
void run_and_kill(const StorageOptions& options, const Moment& moment, Numbers& acknowledged) {
  std::array<int, 2> pipe{};
  ASSERT_EQ(::pipe(pipe.data()), 0);
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) commit_until_killed(options, acknowledged, pipe[1]);
  ::close(pipe[1]);
  pollfd opened{.fd = pipe[0], .events = POLLIN, .revents = 0};
  if (moment.is_after_opening) ::poll(&opened, 1, -1);
  std::this_thread::sleep_for(moment.after);
  ::kill(child, SIGKILL);
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFSIGNALED(status)) << "it ended with " << WEXITSTATUS(status);
  Acknowledgement told;
  while (::read(pipe[0], &told, sizeof(told)) == sizeof(told)) {
    if (told.writer == kWriters) continue;
    EXPECT_EQ(told.number, acknowledged[told.writer] + 1);
    acknowledged[told.writer] = told.number;
  }
  ::close(pipe[0]);
}

class KillTest : public OnPlace {
 protected:
  /// What is there: all from `first` to what was acknowledged, and at most one more. The last ones.
  static Numbers look(const StorageOptions& options, const Numbers& before,
                      const Numbers& acknowledged) {
    auto storage = must(Storage::open(options));
    must(storage.set("turn", "ours"));  // a server may still be at work for who was killed
    Numbers last = before;
    for (std::uint32_t writer = 0; writer < kWriters; ++writer) {
      for (const std::uint32_t number : numbers_in(storage, writer, before[writer] + 1)) {
        EXPECT_EQ(number, ++last[writer]) << "commits are missing";
      }
      EXPECT_GE(last[writer], acknowledged[writer]) << "an acknowledged commit is missing";
      EXPECT_LE(last[writer], acknowledged[writer] + 1) << "more than was begun";
      expect_count(storage, writer, last[writer]);
    }
    return last;
  }
};

INSTANTIATE_TEST_SUITE_P(Storage, KillTest, durable_kinds(), param_name);

TEST_P(KillTest, EveryAcknowledgedCommitIsThereWholeAndNoOther) {
  const int kills = number_from("SYNAPSED_KILLS", 25);
  std::minstd_rand random(static_cast<std::uint32_t>(kills));
  Numbers last{};
  int commits = 0;
  int unacknowledged = 0;
  for (int kill = 0; kill < kills && !HasFailure(); ++kill) {
    if (kill % kKillsPerPlace == 0) {
      place_.emplace(GetParam());
      last = {};
    }
    Numbers acknowledged = last;
    const Moment moment{.is_after_opening = kill % 5 != 0,
                        .after = microseconds(random() % 40'000)};
    ASSERT_NO_FATAL_FAILURE(run_and_kill(options(), moment, acknowledged));
    const Numbers found = look(options(), last, acknowledged);
    for (std::uint32_t writer = 0; writer < kWriters; ++writer) {
      commits += static_cast<int>(found[writer] - last[writer]);
      unacknowledged += static_cast<int>(found[writer] - acknowledged[writer]);
    }
    last = found;
    const bool is_last_here = (kill + 1) % kKillsPerPlace == 0 || kill + 1 == kills;
    if (!is_last_here) continue;
    look(options(), {}, last);
    auto storage = must(Storage::open(options()));
    must(storage.verify());
  }
  EXPECT_GT(commits, 0);
  fmt::print("{} kills, {} commits, {} of them not acknowledged\n", kills, commits,
             unacknowledged);
}

// --- A server that is killed ---

#ifdef SYNAPSED_WITH_POSTGRESQL

using synapsed::test::PostgresServer;

/// What a writer was told of its commits.
struct Told {
  std::set<std::uint32_t> made;
  std::set<std::uint32_t> not_made;
  std::set<std::uint32_t> not_known;
};

Told commit_until(Storage& storage, std::uint32_t writer, const std::atomic<bool>& is_over) {
  Told told;
  for (std::uint32_t number = 1; !is_over; ++number) {
    const auto committed = commit_numbered(storage, writer, number);
    if (committed) {
      told.made.insert(number);
      continue;
    }
    EXPECT_TRUE(fails_with(committed, ErrorCode::kStorageUnavailable));
    const bool is_known = committed.error().message().find("not known") == std::string::npos;
    (is_known ? told.not_made : told.not_known).insert(number);
  }
  return told;
}

TEST(ServerKillTest, CommitsAreMadeOrNotAsTheyWereTold) {
  auto* server = PostgresServer::shared();
  if (server == nullptr) GTEST_SKIP() << PostgresServer::why_missing();
  const int kills = number_from("SYNAPSED_SERVER_KILLS", 3);
  StorageOptions options;
  options.url = server->new_url();
  options.busy_timeout = milliseconds(60'000);
  auto storage = must(Storage::open(options));
  std::array<Told, kWriters> told;
  std::atomic<bool> is_over = false;
  std::vector<std::jthread> threads;
  for (std::uint32_t writer = 0; writer < kWriters; ++writer) {
    threads.emplace_back([&, writer] { told[writer] = commit_until(storage, writer, is_over); });
  }
  std::minstd_rand random(7);
  for (int kill = 0; kill < kills; ++kill) {
    std::this_thread::sleep_for(microseconds(50'000 + random() % 200'000));
    server->kill_now();
    server->start_again();
  }
  std::this_thread::sleep_for(milliseconds(100));
  is_over = true;
  threads.clear();

  std::array<std::size_t, 3> counts{};
  for (std::uint32_t writer = 0; writer < kWriters; ++writer) {
    const auto found = numbers_in(storage, writer, 0);
    for (const auto number : told[writer].made) EXPECT_TRUE(found.contains(number)) << number;
    for (const auto number : told[writer].not_made) EXPECT_FALSE(found.contains(number)) << number;
    expect_count(storage, writer, found.size());
    counts[0] += told[writer].made.size();
    counts[1] += told[writer].not_made.size();
    counts[2] += told[writer].not_known.size();
  }
  must(storage.verify());
  EXPECT_GT(counts[0], 0U);
  EXPECT_EQ(counts[2], 0U);
  fmt::print("{} kills of the server: {} commits made, {} not made, {} not known\n", kills,
             counts[0], counts[1], counts[2]);
}

#endif

}  // namespace
}  // namespace synapsed::storage::test
