#pragma once

/// \file
/// Storages to test on: one suite for each backend that this machine has.

#include <atomic>
#include <filesystem>
#include <string>

#include <gtest/gtest.h>

#include <synapsed/storage.hpp>

#include "tests/support/results.hpp"

namespace synapsed::test {

/// A directory that is gone with the object.
class TemporaryDirectory {
 public:
  TemporaryDirectory() {
    std::string pattern = (std::filesystem::temp_directory_path() / "synapsed-storage-XXXXXX").string();
    path_ = ::mkdtemp(pattern.data());
  }
  ~TemporaryDirectory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;

  [[nodiscard]] std::string file(const std::string& name) const {
    return (std::filesystem::path(path_) / name).string();
  }
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_;
};

inline Bytes bytes_of(std::string_view text) {
  const auto bytes = std::as_bytes(std::span(text));
  return {bytes.begin(), bytes.end()};
}
inline std::string text_of(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}
/// The value as text; `-` where there is none.
inline std::string value_of(Result<std::optional<Bytes>> value) {
  const auto found = must(std::move(value));
  return found ? text_of(*found) : "-";
}

/// Tests that get the name of a backend.
class OnEveryBackend : public ::testing::TestWithParam<std::string> {
 protected:
  /// One and the same storage of this test, with these options.
  [[nodiscard]] storage::StorageOptions with(storage::StorageOptions options = {}) const {
    options.url = GetParam() == "memory" ? "memory:" : "sqlite:" + directory_.file("storage.db");
    return options;
  }
  [[nodiscard]] storage::Storage open(storage::StorageOptions options = {}) const {
    return must(storage::Storage::open(with(std::move(options))));
  }

  TemporaryDirectory directory_;
};

}  // namespace synapsed::test
