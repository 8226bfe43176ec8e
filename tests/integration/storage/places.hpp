#pragma once

/// \file
/// Places where a storage can be, one of each backend, so that one test is run on all of them.

#include <chrono>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include <gtest/gtest.h>

#include "storage/backend.hpp"
#include "tests/support/results.hpp"
#ifdef SYNAPSED_WITH_POSTGRESQL
#include "tests/support/postgres_server.hpp"
#endif

namespace synapsed::storage::test {

using synapsed::test::fails_with;
using synapsed::test::must;

enum class Kind : std::uint8_t { kMemory, kSqlite, kPostgresql };

inline std::string name_of(Kind kind) {
  return kind == Kind::kMemory ? "Memory" : kind == Kind::kSqlite ? "Sqlite" : "Postgresql";
}
/// For INSTANTIATE_TEST_SUITE_P.
inline std::string param_name(const ::testing::TestParamInfo<Kind>& info) {
  return name_of(info.param);
}
inline auto every_kind() {
  return ::testing::Values(Kind::kMemory, Kind::kSqlite, Kind::kPostgresql);
}
inline auto durable_kinds() { return ::testing::Values(Kind::kSqlite, Kind::kPostgresql); }

/// A folder that goes with its owner.
class Folder {
 public:
  Folder() {
    std::string pattern = ::testing::TempDir() + "synapsed_storage_XXXXXX";
    path_ = ::mkdtemp(pattern.data());
  }
  ~Folder() {
    std::error_code error;
    std::filesystem::remove_all(path_, error);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  [[nodiscard]] std::string file(const char* name) const { return (path_ / name).string(); }
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

/// An empty place of a kind; a storage in memory is another each time it is opened.
class StoragePlace {
 public:
  explicit StoragePlace(Kind kind) : kind_(kind) {
    if (kind == Kind::kSqlite) url_ = "sqlite:" + folder_.file("test.db");
#ifdef SYNAPSED_WITH_POSTGRESQL
    if (kind == Kind::kPostgresql) {
      auto* server = synapsed::test::PostgresServer::shared();
      if (server != nullptr) url_ = server->new_url();
      else why_missing_ = synapsed::test::PostgresServer::why_missing();
    }
#else
    if (kind == Kind::kPostgresql) why_missing_ = "this build is without the capability postgresql";
#endif
  }

  /// Why there is none; empty when there is.
  [[nodiscard]] const std::string& why_missing() const { return why_missing_; }
  [[nodiscard]] Kind kind() const { return kind_; }
  [[nodiscard]] const Folder& folder() const { return folder_; }
  [[nodiscard]] StorageOptions options() const {
    StorageOptions options;
    options.url = url_;
    return options;
  }

 private:
  const Kind kind_;
  Folder folder_;
  std::string url_ = "memory:";
  std::string why_missing_;
};

/// A test of a place of each kind.
class OnPlace : public ::testing::TestWithParam<Kind> {
 protected:
  void SetUp() override {
    place_.emplace(GetParam());
    if (!place_->why_missing().empty()) GTEST_SKIP() << place_->why_missing();
  }
  [[nodiscard]] StorageOptions options() const { return place_->options(); }
  [[nodiscard]] bool is_memory() const { return GetParam() == Kind::kMemory; }

  std::optional<StoragePlace> place_;
};

}  // namespace synapsed::storage::test
