// Modules that serve from a directory while they are written.

#include <synapsed/module_watcher.hpp>

#include <condition_variable>
#include <filesystem>
#include <mutex>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "base/bytes.hpp"
#include "base/files.hpp"
#include "tests/support/results.hpp"
#include "tests/support/temporary_directory.hpp"

namespace synapsed {
namespace {

using test::must;

class Watched : public testing::Test {
 protected:
  void write(const std::string& path, std::string_view text) const {
    std::filesystem::create_directories(std::filesystem::path(directory_ + "/" + path).parent_path());
    must(write_file_atomically(directory_ + "/" + path, as_bytes(text)));
  }
  static std::string answer(int value) {
    return fmt::format("(module (func (export \"f\") (result i32) (i32.const {})))", value);
  }
  ModuleWatcher watch() {
    return ModuleWatcher(
        system_, registry_, directory_,
        [this](const ModuleWatcher::Change& change) {
          const std::lock_guard lock(mutex_);
          changes_.push_back(change);
          changed_.notify_all();
        },
        std::chrono::milliseconds(20));
  }
  ModuleWatcher::Change next() {
    std::unique_lock lock(mutex_);
    EXPECT_TRUE(changed_.wait_for(lock, std::chrono::seconds(30), [&] { return changes_.size() > seen_; }));
    return changes_.at(seen_++);
  }
  std::int32_t ask(std::string_view name) {
    return *must(system_.call(name, "f", {})).values.at(0).get_if<std::int32_t>();
  }

  WasmRuntime runtime_ = must(WasmRuntime::create(test::small_config()));
  ModuleRegistry registry_ = ModuleRegistry::in_memory();
  ModuleSystem system_{runtime_, registry_};
  const test::TemporaryDirectory temporary_;
  const std::string directory_ = temporary_.path().string();
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<ModuleWatcher::Change> changes_;
  std::size_t seen_ = 0;
};

TEST_F(Watched, WhatIsWrittenServes) {
  write("one.wat", answer(1));
  const ModuleWatcher watcher = watch();
  EXPECT_EQ(next().error, std::nullopt);
  EXPECT_EQ(ask("one"), 1);
  write("one.wat", answer(20));
  const auto change = next();
  EXPECT_EQ(change.module->version.to_string(), "0.0.0-dev.2");
  EXPECT_EQ(ask("one"), 20);

  write("cart/module.toml", "name = \"shop/cart\"\nversion = \"1.2.0\"");
  write("cart/cart.wat", answer(3));
  EXPECT_EQ(next().module->version.to_string(), "1.2.0-dev.3");
  EXPECT_EQ(ask("shop/cart"), 3);
}

TEST_F(Watched, WhatFailsLeavesWhatServes) {
  write("one.wat", answer(1));
  const ModuleWatcher watcher = watch();
  EXPECT_EQ(next().error, std::nullopt);
  write("one.wat", "(module (func");
  const auto bad_text = next();
  ASSERT_TRUE(bad_text.error);
  EXPECT_EQ(bad_text.error->code(), ErrorCode::kLoadInvalidText);
  write("one.wat", "(module (import \"nobody\" \"f\" (func)))");
  const auto refused = next();
  ASSERT_TRUE(refused.error);
  EXPECT_EQ(refused.error->code(), ErrorCode::kImportDenied);
  EXPECT_TRUE(refused.module);
  EXPECT_EQ(ask("one"), 1);
  write("one.wat", answer(2));
  EXPECT_EQ(next().error, std::nullopt);
  EXPECT_EQ(ask("one"), 2);
}

}  // namespace
}  // namespace synapsed
