#pragma once

/// \file
/// A process that commits until it is killed, with several threads so that commits are made in
/// groups. What was acknowledged it tells through a pipe. Thread rule: one thread at a time; the
/// process that starts it has no other threads, and no storage open.

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <thread>
#include <vector>

#include "tests/integration/storage/numbered_commits.hpp"

namespace synapsed::storage::test {

inline constexpr std::uint32_t kWriters = 3;  // of a program
/// Of each writer's last commit.
using Numbers = std::array<std::uint32_t, kWriters>;

class CommittingProgram {
 public:
  /// Its writers are those from `first_writer` on; they continue after `last`.
  CommittingProgram(const StorageOptions& options, std::uint32_t first_writer, const Numbers& last)
      : acknowledged_(last) {
    std::array<int, 2> pipe{};
    if (::pipe2(pipe.data(), O_CLOEXEC) != 0) std::abort();
    process_ = ::fork();
    if (process_ == 0) {
      ::close(pipe[0]);  // without a reader, writing ends it
      run(options, first_writer, last, pipe[1]);
    }
    ::close(pipe[1]);
    pipe_ = pipe[0];
    ::fcntl(pipe_, F_SETFL, O_NONBLOCK);
  }
  ~CommittingProgram() {
    kill_now();
    ::close(pipe_);
  }
  CommittingProgram(const CommittingProgram&) = delete;
  CommittingProgram& operator=(const CommittingProgram&) = delete;

  /// Until it says something new: that it opened the storage, or of a commit. False: it does not.
  bool wait_for_news() {
    acknowledged();
    constexpr int kPatienceMs = 30'000;
    pollfd news{.fd = pipe_, .events = POLLIN, .revents = 0};
    return ::poll(&news, 1, kPatienceMs) == 1 && (news.revents & POLLIN) != 0;
  }

  void kill_now() {
    if (process_ <= 0) return;
    ::kill(process_, SIGKILL);
    int status = 0;
    ::waitpid(process_, &status, 0);
    EXPECT_TRUE(WIFSIGNALED(status)) << "it ended with " << WEXITSTATUS(status);
    process_ = -1;
  }

  /// What it has told so far.
  const Numbers& acknowledged() {
    for (Message told; ::read(pipe_, &told, sizeof(told)) == sizeof(told);) {
      if (told.writer == kOpened) continue;
      EXPECT_EQ(told.number, acknowledged_[told.writer] + 1);
      acknowledged_[told.writer] = told.number;
    }
    return acknowledged_;
  }

 private:
  static constexpr std::uint32_t kOpened = kWriters;
  struct Message {
    std::uint32_t writer = 0;
    std::uint32_t number = 0;
  };

  [[noreturn]] static void run(const StorageOptions& options, std::uint32_t first_writer,
                               const Numbers& last, int pipe) {
    const auto tell = [pipe](const Message& message) {
      if (::write(pipe, &message, sizeof(message)) != sizeof(message)) ::_exit(3);
    };
    auto storage = Storage::open(options);
    if (!storage) ::_exit(1);
    tell({.writer = kOpened});
    std::vector<std::thread> threads;
    for (std::uint32_t writer = 0; writer < kWriters; ++writer) {
      threads.emplace_back([&, writer] {
        for (std::uint32_t number = last[writer] + 1;; ++number) {
          if (!commit_numbered(*storage, first_writer + writer, number)) ::_exit(2);
          tell({writer, number});
        }
      });
    }
    for (auto& thread : threads) thread.join();
    ::_exit(4);
  }

  Numbers acknowledged_;
  pid_t process_ = -1;
  int pipe_ = -1;
};

}  // namespace synapsed::storage::test
