#pragma once

/// \file
/// What tests of key files share: a storage in memory whose bytes a test may change, a folder,
/// master keys.

#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include <gtest/gtest.h>
#include <synapsed/crypto_keystore.hpp>

#include "tests/support/results.hpp"

namespace synapsed::crypto::test {

using synapsed::test::fails_with;
using synapsed::test::must;

/// What a `MemoryStorage` holds, when the store that owns it is gone, too.
struct Content {
  std::optional<Bytes> bytes;
  std::uint64_t writes = 0;

  void set(Bytes other) {
    bytes = std::move(other);
    ++writes;
  }
};

class MemoryStorage final : public KeyStorage {
 public:
  explicit MemoryStorage(std::shared_ptr<Content> content) : content_(std::move(content)) {}
  Result<std::optional<Bytes>> read() override { return content_->bytes; }
  Result<void> write(std::span<const std::byte> bytes) override {
    content_->set(Bytes(bytes.begin(), bytes.end()));
    return {};
  }
  Result<KeyStorageStamp> stamp() override { return KeyStorageStamp{content_->writes, 0, 0, 0}; }
  Result<void> lock() override { return {}; }
  void unlock() override {}
  [[nodiscard]] std::string where() const override { return "memory"; }

 private:
  std::shared_ptr<Content> content_;
};

inline std::unique_ptr<KeyStorage> storage_of(const std::shared_ptr<Content>& content) {
  return std::make_unique<MemoryStorage>(content);
}
inline std::shared_ptr<Content> content_of(Bytes bytes) {
  auto content = std::make_shared<Content>();
  content->set(std::move(bytes));
  return content;
}

inline MasterKey raw_master(int number = 1) {
  return must(MasterKey::from_bytes(Bytes(32, static_cast<std::byte>(number))));
}
/// Quick, as no passphrase should be.
inline constexpr Argon2Cost kQuick{.memory_kib = 32, .passes = 1, .lanes = 4};

inline SecretKey aes_key(int number = 7) {
  return must(
      SecretKey::from_raw(KeyAlgorithm::kAes256Gcm, Bytes(32, static_cast<std::byte>(number))));
}

inline constexpr KeyUse kSeal = KeyUse::kEncrypt | KeyUse::kDecrypt;

class InFolder : public ::testing::Test {
 protected:
  InFolder() {
    std::string pattern = ::testing::TempDir() + "synapsed_keys_XXXXXX";
    folder_ = ::mkdtemp(pattern.data());
  }
  ~InFolder() override { std::filesystem::remove_all(folder_); }
  [[nodiscard]] std::string path(const char* name) const { return (folder_ / name).string(); }
  static unsigned mode_of(const std::string& path) {
    struct stat status{};
    return ::stat(path.c_str(), &status) == 0 ? status.st_mode & 0777U : 0;
  }

  std::filesystem::path folder_;
};

}  // namespace synapsed::crypto::test
