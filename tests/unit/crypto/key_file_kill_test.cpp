// A process that changes a key file is killed at random times.

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <map>
#include <random>
#include <thread>

#include <fmt/format.h>

#include "tests/unit/crypto/key_file_fixture.hpp"

namespace synapsed::crypto {
namespace {

using namespace test;  // the fixture's

constexpr int kRounds = 200;
constexpr int kRoundsPerFile = 20;
constexpr std::size_t kSecretBytes = 32;

/// What the child tells once a key is kept.
struct Acknowledgement {
  std::uint32_t number = 0;
  std::array<std::byte, kSecretBytes> secret{};
};

std::string name_of(std::uint32_t number) { return fmt::format("key {}", number); }

/// Adds keys until it is killed.
[[noreturn]] void add_keys(const std::string& path, std::uint32_t first, int pipe) {
  auto store = KeyStore::open(path, raw_master());
  if (!store) ::_exit(1);
  for (Acknowledgement told{.number = first};; ++told.number) {
    auto key = SecretKey::generate(KeyAlgorithm::kAes256Gcm);
    std::ranges::copy(key->to_raw().view(), told.secret.begin());
    if (!store->add({"", name_of(told.number)}, std::move(*key), {kSeal, {"*"}})) ::_exit(2);
    if (::write(pipe, &told, sizeof(told)) != sizeof(told)) ::_exit(3);
  }
}

using Secrets = std::map<std::uint32_t, std::array<std::byte, kSecretBytes>>;

/// Starts a child and kills it after `time`; keeps what it acknowledged.
void run_and_kill(const std::string& path, std::uint32_t first, std::chrono::microseconds time,
                  Secrets& secrets) {
  std::array<int, 2> pipe{};
  ASSERT_EQ(::pipe(pipe.data()), 0);
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) add_keys(path, first, pipe[1]);
  ::close(pipe[1]);
  std::this_thread::sleep_for(time);
  ::kill(child, SIGKILL);
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFSIGNALED(status)) << "it ended with " << WEXITSTATUS(status);
  Acknowledgement told;
  while (::read(pipe[0], &told, sizeof(told)) == sizeof(told)) secrets[told.number] = told.secret;
  ::close(pipe[0]);
}

class KeyFileKill : public InFolder {};

TEST_F(KeyFileKill, EveryAcknowledgedKeyIsThereAndNoneIsHalf) {
  std::minstd_rand random(1);
  Secrets secrets;
  std::uint32_t next = 0;
  std::size_t kept = 0;
  for (int round = 0; round < kRounds; ++round) {
    const std::string file = path(fmt::format("{}.keys", round / kRoundsPerFile).c_str());
    if (round % kRoundsPerFile == 0) {
      must(KeyStore::create(file, raw_master()));
      secrets.clear();
    }
    const std::chrono::microseconds time(random() % 40'000);
    ASSERT_NO_FATAL_FAILURE(run_and_kill(file, next, time, secrets));
    auto store = must(KeyStore::open(file, raw_master()));
    const std::size_t count = must(store.check());
    for (const auto& [number, secret] : secrets) {
      const auto key = must(store.find({"", name_of(number)}));
      EXPECT_TRUE(equal_in_constant_time(key->key.to_raw().view(), secret));
    }
    // Kept, and killed before it could say so: at most one a round.
    EXPECT_LE(count, secrets.size() + static_cast<std::size_t>(round % kRoundsPerFile) + 1);
    next += 10'000;  // beyond what a child adds
    kept += count;
  }
  EXPECT_GT(kept, 0U);
  RecordProperty("kept", static_cast<int>(kept));
}

}  // namespace
}  // namespace synapsed::crypto
