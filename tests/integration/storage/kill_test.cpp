// Programs that commit are killed at random times, and so is a server: what was acknowledged is
// there, whole, and nothing else. SYNAPSED_KILLS and SYNAPSED_SERVER_KILLS say how often.

#include <atomic>
#include <charconv>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <random>
#include <set>
#include <thread>
#include <tuple>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "tests/integration/storage/committing_program.hpp"
#include "tests/integration/storage/numbered_commits.hpp"
#include "tests/integration/storage/places.hpp"

namespace synapsed::storage::test {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;

constexpr int kKillsPerPlace = 20;

int number_from(const char* variable, int otherwise) {
  const char* text = std::getenv(variable);
  int number = otherwise;
  if (text != nullptr) std::from_chars(text, text + std::strlen(text), number);
  return number;
}

// --- Programs that are killed ---

class KillTest : public OnPlace {
 protected:
  static constexpr std::uint32_t kOthers = kWriters;  // the first writer of another program

  [[nodiscard]] StorageOptions patient() const {
    auto patient = options();
    patient.busy_timeout = milliseconds(30'000);
    return patient;
  }

  /// Kills it after some time, most often while it commits.
  void kill_at_random(CommittingProgram& program) {
    const bool may_be_opening = random_() % 5 == 0;
    EXPECT_TRUE(may_be_opening || program.wait_for_news());
    std::this_thread::sleep_for(microseconds(random_() % 60'000));
    program.kill_now();
  }

  /// What is there: all after `before` to what was acknowledged, and at most one more. The last
  /// ones.
  Numbers look(std::uint32_t first_writer, const Numbers& before, const Numbers& acknowledged) {
    auto storage = must(Storage::open(patient()));
    must(storage.set("turn", "ours"));  // a server may still be at work for who was killed
    Numbers last = before;
    for (std::uint32_t i = 0; i < kWriters; ++i) {
      const std::uint32_t writer = first_writer + i;
      for (const std::uint32_t number : numbers_in(storage, writer, before[i] + 1)) {
        EXPECT_EQ(number, ++last[i]) << "commits are missing";
      }
      EXPECT_GE(last[i], acknowledged[i]) << "an acknowledged commit is missing";
      EXPECT_LE(last[i], acknowledged[i] + 1) << "more than was begun";
      expect_count(storage, writer, last[i]);
      commits_ += last[i] - before[i];
      unacknowledged_ += last[i] - acknowledged[i];
    }
    return last;
  }

  /// Everything once more, from the first commit on.
  void look_at_all(std::uint32_t first_writer, const Numbers& last) {
    const auto counted = std::pair(commits_, unacknowledged_);
    look(first_writer, {}, last);
    std::tie(commits_, unacknowledged_) = counted;
    auto storage = must(Storage::open(patient()));
    must(storage.verify());
  }

  void report(int kills) const {
    EXPECT_GT(commits_, 0U);
    fmt::print("{} kills, {} commits, {} of them not acknowledged\n", kills, commits_,
               unacknowledged_);
  }

  std::minstd_rand random_{7};
  std::uint64_t commits_ = 0;
  std::uint64_t unacknowledged_ = 0;
};

INSTANTIATE_TEST_SUITE_P(Storage, KillTest, durable_kinds(), param_name);

TEST_P(KillTest, EveryAcknowledgedCommitIsThereWholeAndNoOther) {
  const int kills = number_from("SYNAPSED_KILLS", 25);
  Numbers last{};
  for (int kill = 0; kill < kills && !HasFailure(); ++kill) {
    if (kill % kKillsPerPlace == 0) {
      if (kill > 0) look_at_all(0, last);
      place_.emplace(GetParam());
      last = {};
    }
    CommittingProgram program(patient(), 0, last);
    kill_at_random(program);
    last = look(0, last, program.acknowledged());
  }
  look_at_all(0, last);
  report(kills);
}

TEST_P(KillTest, WhenOneIsKilledOthersGoOn) {
  const int kills = number_from("SYNAPSED_KILLS", 25) / 5;
  CommittingProgram other(patient(), kOthers, {});
  EXPECT_TRUE(other.wait_for_news());
  Numbers last{};
  for (int kill = 0; kill < kills && !HasFailure(); ++kill) {
    CommittingProgram program(patient(), 0, last);
    kill_at_random(program);
    last = look(0, last, program.acknowledged());
    EXPECT_TRUE(other.wait_for_news()) << "the other program waits for who is gone";
  }
  other.kill_now();
  look_at_all(0, last);
  look_at_all(kOthers, look(kOthers, {}, other.acknowledged()));
  report(kills);
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
