// What is PostgreSQL's alone: its servers come and go, connections are few, tables have versions.

#include <atomic>
#include <chrono>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include <fmt/format.h>

#include "storage/postgresql/connection.hpp"
#include "storage/postgresql/errors.hpp"
#include "tests/integration/storage/entries.hpp"
#include "tests/integration/storage/places.hpp"

namespace synapsed::storage::test {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;
using synapsed::test::PostgresServer;

constexpr milliseconds kShort{100};

class PostgresqlTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (server_ == nullptr) GTEST_SKIP() << PostgresServer::why_missing();
    options_.url = server_->new_url();
  }
  void execute(const std::string& sql) { server_->execute(options_.url, sql); }
  [[nodiscard]] StorageOptions impatient() const {
    auto options = options_;
    options.busy_timeout = kShort;
    return options;
  }

  PostgresServer* const server_ = PostgresServer::shared();
  StorageOptions options_;
};

TEST_F(PostgresqlTest, ANewerSchemaIsRefusedAndLeftAlone) {
  change(*must(open_backend(options_)), {{"a", "1"}});
  execute("UPDATE synapsed_schema SET version = version + 1");
  auto reading = options_;
  reading.read_only = true;
  EXPECT_TRUE(fails_with(open_backend(options_), ErrorCode::kStorageSchema));
  EXPECT_TRUE(fails_with(open_backend(reading), ErrorCode::kStorageSchema));
  execute("UPDATE synapsed_schema SET version = version - 1");
  EXPECT_EQ(all_of(*must(open_backend(options_))), (Entries{{"a", "1"}}));
}

TEST_F(PostgresqlTest, TablesThatAreNotOursAreCorrupt) {
  const auto backend = must(open_backend(options_));
  execute("DELETE FROM synapsed_schema");
  EXPECT_TRUE(fails_with(open_backend(options_), ErrorCode::kStorageCorrupt));
  execute("DROP TABLE synapsed_entries");
  EXPECT_TRUE(fails_with(must(backend->snapshot())->get(as_bytes("a")),
                         ErrorCode::kStorageCorrupt));
}

TEST_F(PostgresqlTest, DamageIsFoundByTheCheck) {
  const auto backend = must(open_backend(options_));
  change(*backend, many_entries(2000));
  const std::string file =
      server_->execute(options_.url, "SELECT current_setting('data_directory') || '/' || "
                                     "pg_relation_filepath('synapsed_entries')");
  execute("CHECKPOINT");
  server_->kill_now();
  {
    std::fstream table(file, std::ios::in | std::ios::out | std::ios::binary);
    table.seekp(4096);
    table.write("damage", 6);
  }
  server_->start_again();
  EXPECT_TRUE(fails_with(backend->check(), ErrorCode::kStorageCorrupt));
  execute("DROP TABLE synapsed_entries");
}

TEST_F(PostgresqlTest, TheCheckUsesAmcheckWhereItIs) {
  const auto backend = must(open_backend(options_));
  change(*backend, many_entries(2000));
  execute("CREATE EXTENSION amcheck");
  must(backend->check());
  execute("DROP EXTENSION amcheck");
}

TEST_F(PostgresqlTest, SnapshotsWaitForConnectionsButWritersDoNot) {
  auto options = impatient();
  options.connections_max = 3;
  const auto backend = must(open_backend(options));
  std::vector<std::unique_ptr<BackendSnapshot>> snapshots;
  for (int i = 0; i < 3; ++i) snapshots.push_back(must(backend->snapshot()));
  EXPECT_TRUE(fails_with(backend->snapshot(), ErrorCode::kStorageBusy));
  change(*backend, {{"a", "1"}});
  snapshots.pop_back();
  EXPECT_EQ(all_of(*backend), (Entries{{"a", "1"}}));
}

TEST_F(PostgresqlTest, AServerWithoutFreeConnectionsIsBusy) {
  auto options = impatient();
  options.connections_max = 200;
  const auto backend = must(open_backend(options));
  std::vector<std::unique_ptr<BackendSnapshot>> snapshots;
  for (int i = 0; i < 200; ++i) {
    auto snapshot = backend->snapshot();
    if (snapshot) {
      snapshots.push_back(std::move(*snapshot));
      continue;
    }
    EXPECT_TRUE(fails_with(snapshot, ErrorCode::kStorageBusy));
    break;
  }
  EXPECT_LT(snapshots.size(), 200U);
  snapshots.clear();
  must(backend->snapshot());
}

TEST_F(PostgresqlTest, AServerThatCameBackIsUsedAgain) {
  const auto backend = must(open_backend(options_));
  change(*backend, {{"a", "1"}});
  const auto snapshot = must(backend->snapshot());
  const auto cursor = must(snapshot->scan({}, Direction::kForward));
  auto writer = must(backend->write());
  must(apply(*writer, {{"a", "2"}}));
  server_->kill_now();
  server_->start_again();
  EXPECT_TRUE(fails_with(snapshot->get(as_bytes("a")), ErrorCode::kStorageUnavailable));
  EXPECT_TRUE(fails_with(cursor->next(), ErrorCode::kStorageUnavailable));
  EXPECT_TRUE(fails_with(writer->commit(), ErrorCode::kStorageUnavailable));
  writer.reset();
  EXPECT_EQ(all_of(*backend), (Entries{{"a", "1"}}));
  change(*backend, {{"a", "3"}});
  EXPECT_EQ(all_of(*backend), (Entries{{"a", "3"}}));
}

TEST_F(PostgresqlTest, AServerThatIsAwayIsWaitedFor) {
  const auto backend = must(open_backend(options_));
  change(*backend, {{"a", "1"}});
  server_->kill_now();
  std::atomic<int> done = 0;
  std::thread reader([&] {
    EXPECT_EQ(get(*must(backend->snapshot()), "a"), "1");
    ++done;
  });
  std::thread writer([&] {
    change(*backend, {{"b", "1"}});
    ++done;
  });
  std::this_thread::sleep_for(3 * kShort);
  EXPECT_EQ(done, 0);
  server_->start_again();
  reader.join();
  writer.join();
  EXPECT_EQ(all_of(*backend).size(), 2U);
}

TEST_F(PostgresqlTest, AServerThatStaysAwayIsUnavailable) {
  const auto backend = must(open_backend(impatient()));
  must(backend->snapshot());
  server_->kill_now();
  const auto start = steady_clock::now();
  EXPECT_TRUE(fails_with(backend->snapshot(), ErrorCode::kStorageUnavailable));
  EXPECT_TRUE(fails_with(backend->write(), ErrorCode::kStorageUnavailable));
  EXPECT_TRUE(fails_with(open_backend(impatient()), ErrorCode::kStorageUnavailable));
  EXPECT_LT(steady_clock::now() - start, milliseconds(3000));
  server_->start_again();
  must(backend->snapshot());
}

TEST_F(PostgresqlTest, AServerThatStandsStillIsUnavailable) {
  const auto backend = must(open_backend(impatient()));
  must(backend->snapshot());
  server_->pause();
  EXPECT_TRUE(fails_with(backend->snapshot(), ErrorCode::kStorageUnavailable));
  EXPECT_TRUE(fails_with(open_backend(impatient()), ErrorCode::kStorageUnavailable));
  server_->resume();
  must(backend->snapshot());
}

TEST_F(PostgresqlTest, WhatWaitingDoesNotChangeIsToldAtOnce) {
  auto options = options_;
  options.busy_timeout = milliseconds(60'000);
  const std::string known = "/postgres?";
  options.url.replace(options.url.find(known), known.size(), "/no_such_database?");
  const auto start = steady_clock::now();
  const auto opened = open_backend(options);
  EXPECT_TRUE(fails_with(opened, ErrorCode::kStorageUnavailable));
  EXPECT_LT(steady_clock::now() - start, milliseconds(10'000));
  EXPECT_NE(opened.error().message().find("no_such_database"), std::string::npos);
}

TEST_F(PostgresqlTest, APasswordIsNotTold) {
  auto options = impatient();
  options.url += "&password=swordfish";
  const auto backend = must(open_backend(options));
  EXPECT_EQ(backend->where().find("swordfish"), std::string::npos);
  const auto text_of = [&](const std::string& url) {
    options.url = url;
    const auto opened = open_backend(options);
    return opened ? "opened" : opened.error().to_string();
  };
  for (const char* url :
       {"postgresql://user:swordfish@127.0.0.1:1/database", "postgresql://user:swordfish@[::1/",
        "postgresql://user:swordfish%zz@localhost/", "postgresql://localhost/?swordfish",
        "postgresql://localhost/?port=swordfish", "postgresql://user:swordfish/1@localhost/",
        "postgresql://user:1@swordfish@localhost/", "postgresql://user:1/swordfish@localhost/"}) {
    const std::string text = text_of(url);
    EXPECT_NE(text, "opened");
    EXPECT_EQ(text.find("swordfish"), std::string::npos) << text;
  }
  options.url = "postgresql://user:swordfish%zz@localhost/";
  EXPECT_TRUE(fails_with(open_backend(options), ErrorCode::kStorageInvalidArgument));
}

TEST_F(PostgresqlTest, CommitsLastThoughTheServerIsSetUpOtherwise) {
  const auto setting = [&](const std::string& more) {
    const auto address = must(postgresql::Address::parse(options_.url + more));
    const auto connection = must(postgresql::Connection::open(address, steady_clock::now()));
    const auto rows = must(connection->run("SHOW synchronous_commit"));
    return std::string(as_text(rows.bytes(0, 0)));
  };
  EXPECT_EQ(setting(""), "on");
  EXPECT_EQ(setting("%20-csynchronous_commit%3Doff"), "on");
  EXPECT_EQ(setting("%20-csynchronous_commit%3Dremote_apply"), "remote_apply");
}

TEST_F(PostgresqlTest, ARoleThatMayOnlyReadGetsReadOnly) {
  change(*must(open_backend(options_)), {{"a", "1"}});
  const std::string part = server_->execute(options_.url, "SELECT current_schema()");
  execute(fmt::format("CREATE ROLE reader LOGIN; GRANT USAGE ON SCHEMA {0} TO reader; "
                      "GRANT SELECT ON ALL TABLES IN SCHEMA {0} TO reader", part));
  auto options = options_;
  const std::string known = "user=synapsed";
  options.url.replace(options.url.find(known), known.size(), "user=reader");
  const auto backend = must(open_backend(options));
  EXPECT_EQ(all_of(*backend), (Entries{{"a", "1"}}));
  const auto writer = must(backend->write());
  EXPECT_TRUE(fails_with(apply(*writer, {{"a", "2"}}), ErrorCode::kStorageReadOnly));
}

TEST(PostgresqlErrors, HaveTheCodeOfTheirSqlState) {
  using postgresql::code_of;
  EXPECT_EQ(code_of(""), ErrorCode::kStorageUnavailable);
  EXPECT_EQ(code_of("08006"), ErrorCode::kStorageUnavailable);
  EXPECT_EQ(code_of("57P01"), ErrorCode::kStorageUnavailable);
  EXPECT_EQ(code_of("25006"), ErrorCode::kStorageReadOnly);
  EXPECT_EQ(code_of("42501"), ErrorCode::kStorageReadOnly);
  EXPECT_EQ(code_of("42P01"), ErrorCode::kStorageCorrupt);
  EXPECT_EQ(code_of("53100"), ErrorCode::kStorageFull);
  EXPECT_EQ(code_of("53300"), ErrorCode::kStorageBusy);
  EXPECT_EQ(code_of("55P03"), ErrorCode::kStorageBusy);
  EXPECT_EQ(code_of("57014"), ErrorCode::kStorageBusy);
  EXPECT_EQ(code_of("XX001"), ErrorCode::kStorageCorrupt);
}

}  // namespace
}  // namespace synapsed::storage::test
