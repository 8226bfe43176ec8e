#include "code_cache/cache.hpp"

#include <chrono>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "base/files.hpp"
#include "base/hex.hpp"
#include "tests/support/results.hpp"

namespace synapsed::code_cache {
namespace {

using test::fails_with;
using test::must;

Bytes bytes_of(std::string_view text) { return Bytes(as_bytes(text).begin(), as_bytes(text).end()); }

class CodeCache : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = testing::TempDir() + "synapsed-code-cache-XXXXXX";
    folder_ = ::mkdtemp(pattern.data());
    directory_ = folder_ + "/cache";
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::shared_ptr<Cache> open(std::uint64_t bytes_max = 1 << 20) {
    return must(Cache::open(directory_, bytes_max));
  }
  [[nodiscard]] std::string path_of(const Sha256Digest& key) const {
    return directory_ + "/" + to_hex(key);
  }

  const Sha256Digest key_ = sha256(as_bytes("module"));
  const Bytes code_ = bytes_of("the code");
  const Bytes extra_ = bytes_of("and more");
  std::string folder_;
  std::string directory_;
};

TEST_F(CodeCache, FindsWhatAnotherPut) {
  open()->put(key_, code_, extra_);
  const auto cache = open();
  const auto found = cache->find(key_);
  ASSERT_NE(found, nullptr);
  EXPECT_EQ(found->extra, extra_);
  const Bytes file = must(read_file(found->path(), 1 << 20));
  EXPECT_EQ(as_text(ByteSpan(file).first(code_.size())), "the code");
  EXPECT_EQ(cache->find(sha256(as_bytes("other"))), nullptr);
  EXPECT_EQ(cache->counts().hits, 1U);
  EXPECT_EQ(cache->counts().misses, 1U);
  EXPECT_EQ(cache->counts().refused, 0U);
}

TEST_F(CodeCache, EveryByteOfAnEntryCounts) {
  const auto cache = open();
  cache->put(key_, code_, extra_);
  const Bytes entry = must(read_file(path_of(key_), 1 << 20));
  for (std::size_t i = 0; i < entry.size(); ++i) {
    Bytes other = entry;
    other[i] ^= std::byte{1};
    must(write_file_atomically(path_of(key_), other, FileAccess::kOwnerOnly));
    EXPECT_EQ(cache->find(key_), nullptr) << i;
    other = Bytes(entry.begin(), entry.begin() + static_cast<std::ptrdiff_t>(i));
    must(write_file_atomically(path_of(key_), other, FileAccess::kOwnerOnly));
    EXPECT_EQ(cache->find(key_), nullptr) << i;
  }
  must(write_file_atomically(path_of(key_), entry, FileAccess::kOwnerOnly));
  EXPECT_NE(cache->find(key_), nullptr);
}

TEST_F(CodeCache, AnEntryIsThatOfItsKeyAndItsInstallation) {
  const auto cache = open();
  cache->put(key_, code_, extra_);
  const Sha256Digest other = sha256(as_bytes("other"));
  std::filesystem::copy(path_of(key_), path_of(other));
  EXPECT_EQ(cache->find(other), nullptr) << "moved to another name";

  const Bytes entry = must(read_file(path_of(key_), 1 << 20));
  std::filesystem::remove_all(directory_);
  const auto elsewhere = open();
  must(write_file_atomically(path_of(key_), entry, FileAccess::kOwnerOnly));
  EXPECT_EQ(elsewhere->find(key_), nullptr) << "of another installation";
  EXPECT_EQ(elsewhere->counts().refused, 1U);
}

TEST_F(CodeCache, WhatOthersMayWriteToIsNotExecuted) {
  const auto cache = open();
  cache->put(key_, code_, extra_);
  ASSERT_EQ(::chmod(path_of(key_).c_str(), 0666), 0);
  EXPECT_EQ(cache->find(key_), nullptr);
  ASSERT_EQ(::chmod(directory_.c_str(), 0777), 0);
  EXPECT_TRUE(fails_with(Cache::open(directory_, 1 << 20), ErrorCode::kInvalidConfig));
}

TEST_F(CodeCache, KeepsItsSecretToItself) {
  open();
  struct stat status{};
  ASSERT_EQ(::stat((directory_ + "/key").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600U);
  EXPECT_EQ(status.st_size, 32);
  ASSERT_EQ(::stat(directory_.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0700U);
}

TEST_F(CodeCache, ForgetsWhatWasNotUsedForLongest) {
  const auto cache = open(1000);
  const Bytes code(200);
  std::vector<Sha256Digest> keys;
  for (int i = 0; i < 3; ++i) {
    keys.push_back(sha256(as_bytes(std::to_string(i))));
    cache->put(keys.back(), code, {});
    std::this_thread::sleep_for(std::chrono::milliseconds(20));  // the grain of a file's times
  }
  EXPECT_NE(cache->find(keys[0]), nullptr);
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  cache->put(key_, code, {});
  EXPECT_NE(cache->find(keys[0]), nullptr);
  EXPECT_EQ(cache->find(keys[1]), nullptr) << "used least recently";
  EXPECT_EQ(cache->counts().evicted, 1U);
  EXPECT_EQ(must(cache->contents()).entries, 3U);
  cache->put(keys[1], Bytes(2000), {});
  EXPECT_EQ(cache->counts().not_written, 1U) << "larger than all may be";
}

TEST_F(CodeCache, IsEmptiedWithWhatWasLeftInTheMiddle) {
  const auto cache = open();
  cache->put(key_, code_, extra_);
  must(write_file_atomically(path_of(key_) + ".left", code_));
  EXPECT_EQ(must(cache->clear()).entries, 1U);
  EXPECT_EQ(must(cache->contents()).bytes, 0U);
  EXPECT_EQ(cache->find(key_), nullptr);
  cache->put(key_, code_, extra_);
  EXPECT_NE(open()->find(key_), nullptr) << "the key stays";
}

TEST_F(CodeCache, ADirectoryThatTakesNothingIsCounted) {
  const auto cache = open();
  std::filesystem::remove_all(directory_);
  cache->put(key_, code_, extra_);
  EXPECT_EQ(cache->counts().not_written, 1U);
  must(write_file_atomically(directory_, code_));
  EXPECT_TRUE(fails_with(Cache::open(directory_, 1 << 20), ErrorCode::kIo));
}

TEST_F(CodeCache, ManyUseItAtOnce) {
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      const auto cache = open();
      for (int round = 0; round < 20; ++round) {
        cache->put(key_, code_, extra_);
        EXPECT_NE(cache->find(key_), nullptr);
      }
      EXPECT_EQ(cache->counts().refused, 0U);
    });
  }
  for (std::thread& thread : threads) thread.join();
}

}  // namespace
}  // namespace synapsed::code_cache
