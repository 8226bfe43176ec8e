// A registry, in memory and in a directory.

#include <filesystem>
#include <fstream>

#include <fmt/format.h>
#include <synapsed/registry.hpp>
#include <unistd.h>

#include "base/bytes.hpp"
#include "modules/registry_impl.hpp"
#include "tests/support/results.hpp"

namespace synapsed {
namespace {

namespace fs = std::filesystem;
using test::fails_with;
using test::must;

enum class Place { kMemory, kDirectory };

class RegistryTest : public ::testing::TestWithParam<Place> {
 protected:
  ~RegistryTest() override { fs::remove_all(folder_); }

  ModuleRegistry open() const {
    if (GetParam() == Place::kMemory) return ModuleRegistry::in_memory();
    return must(ModuleRegistry::open(folder_.string()));
  }
  bool is_directory() const { return GetParam() == Place::kDirectory; }

  static Bytes wasm(int number) {
    return must(wat_to_wasm("(module (func (export \"f\") (result i32) (i32.const " +
                            std::to_string(number) + ")))"));
  }
  static ModuleManifest manifest(std::string name, std::string_view version) {
    ModuleManifest made;
    made.name = std::move(name);
    made.version = must(SemanticVersion::parse(version));
    return made;
  }
  RegisteredModule add(std::string name, std::string_view version, int number = 0) {
    return must(registry_.add(wasm(number), manifest(std::move(name), version)));
  }
  /// With what it needs.
  void add_needing(std::string name, std::string_view version,
                   std::vector<std::pair<std::string, std::string>> needs) {
    ModuleManifest made = manifest(std::move(name), version);
    for (const auto& [needed, range] : needs) {
      made.dependencies.push_back({.name = needed, .range = must(VersionRange::parse(range))});
    }
    must(registry_.add(wasm(1), made));
  }
  std::string found(std::string_view reference) {
    return must(registry_.find(reference)).version.to_string();
  }

  static fs::path new_folder() {
    const fs::path folder = fs::temp_directory_path() / fmt::format("synapsed-registry-{}", getpid());
    fs::remove_all(folder);
    return folder;
  }

  const fs::path folder_ = new_folder();
  ModuleRegistry registry_ = open();
};

TEST_P(RegistryTest, KeepsBytesAndManifests) {
  ModuleManifest made = manifest("shop/cart", "1.0.0");
  made.tags = {"shop"};
  made.capabilities = {{"clock", "prices change"}};
  const RegisteredModule added = must(registry_.add(wasm(5), made));
  EXPECT_EQ(must(registry_.read(added)), wasm(5));
  EXPECT_EQ(must(registry_.manifest(added)), made);
  EXPECT_EQ(added.capabilities, std::vector<std::string>{"clock"});
  if (is_directory()) {
    const ModuleRegistry other = open();
    EXPECT_EQ(must(other.read(must(other.find("shop/cart")))), wasm(5));
  }
}

TEST_P(RegistryTest, FindsTheNewestThatWillDo) {
  for (const char* version : {"1.0.0", "1.4.0", "1.2.0", "2.0.0-rc.1"}) add("cart", version);
  EXPECT_EQ(found("cart"), "1.4.0");
  EXPECT_EQ(found("cart@^1.0"), "1.4.0");
  EXPECT_EQ(found("cart@~1.2"), "1.2.0");
  EXPECT_EQ(found("cart@=2.0.0-rc.1"), "2.0.0-rc.1");
  const auto missing = registry_.find("cart@^3");
  ASSERT_TRUE(fails_with(missing, ErrorCode::kRegistryNotFound));
  EXPECT_EQ(missing.error().message(), "no version of \"cart\" is in ^3");
  EXPECT_EQ(missing.error().hint(), "there is 2.0.0-rc.1, 1.4.0, 1.2.0, 1.0.0");
  EXPECT_EQ(registry_.find("carts").error().hint(), "did you mean \"cart\"?");
  EXPECT_TRUE(fails_with(registry_.find("cart@x"), ErrorCode::kManifestInvalid));
  EXPECT_TRUE(fails_with(registry_.find("../cart"), ErrorCode::kManifestInvalid));
}

TEST_P(RegistryTest, FindsByDigestTagAndCapability) {
  ModuleManifest tagged = manifest("a", "1.0.0");
  tagged.tags = {"shop"};
  tagged.capabilities = {{"clock", "why not"}};
  const RegisteredModule added = must(registry_.add(wasm(1), tagged));
  add("b", "1.0.0", 2);
  EXPECT_EQ(must(registry_.find("sha256:" + added.sha256)).name, "a");
  EXPECT_EQ(must(registry_.find("sha256:" + added.sha256.substr(0, 8))).name, "a");
  EXPECT_TRUE(fails_with(registry_.find("sha256:12"), ErrorCode::kManifestInvalid));
  EXPECT_EQ(must(registry_.list({.tag = "shop"})).size(), 1U);
  EXPECT_EQ(must(registry_.list({.capability = "clock"})).size(), 1U);
  EXPECT_EQ(must(registry_.list({.name = "b"})).size(), 1U);
  EXPECT_EQ(must(registry_.list()).size(), 2U);
}

TEST_P(RegistryTest, AVersionIsOneThing) {
  add("cart", "1.0.0", 1);
  add("cart", "1.0.0", 1);
  EXPECT_EQ(must(registry_.list()).size(), 1U);
  EXPECT_TRUE(fails_with(registry_.add(wasm(2), manifest("cart", "1.0.0")), ErrorCode::kRegistryExists));
  ModuleManifest other = manifest("cart", "1.0.0");
  other.tags = {"x"};
  EXPECT_TRUE(fails_with(registry_.add(wasm(1), other), ErrorCode::kRegistryExists));
  EXPECT_TRUE(fails_with(registry_.add(as_bytes("no module"), manifest("b", "1.0.0")),
                         ErrorCode::kLoadNotWasm));
  EXPECT_TRUE(fails_with(registry_.add(wasm(1), manifest("..", "1.0.0")), ErrorCode::kManifestInvalid));
}

TEST_P(RegistryTest, WhatServesStaysUntilItIsRolledBack) {
  for (const char* version : {"1.0.0", "2.0.0", "3.0.0"}) add("cart", version);
  EXPECT_TRUE(fails_with(registry_.rollback("cart"), ErrorCode::kRegistryNotFound));
  must(registry_.activate("cart@^1"));
  EXPECT_EQ(found("cart"), "1.0.0");
  must(registry_.activate("cart@^3"));
  add("cart", "0.5.0");
  EXPECT_EQ(found("cart"), "3.0.0");
  EXPECT_TRUE(must(registry_.find("cart")).is_active);
  EXPECT_TRUE(fails_with(registry_.remove("cart", must(SemanticVersion::parse("3.0.0"))),
                         ErrorCode::kRegistryInUse));
  EXPECT_EQ(must(registry_.rollback("cart")).version.to_string(), "1.0.0");
  must(registry_.remove("cart", must(SemanticVersion::parse("3.0.0"))));
  EXPECT_EQ(found("cart"), "1.0.0");
  EXPECT_TRUE(fails_with(registry_.rollback("cart"), ErrorCode::kRegistryNotFound));
}

TEST_P(RegistryTest, DependenciesComeBeforeWhoNeedsThem) {
  add_needing("app", "1.0.0", {{"left", "^1"}, {"right", "^1"}});
  add_needing("left", "1.0.0", {{"base", ">=1.0"}});
  add_needing("right", "1.1.0", {{"base", "~1.2"}});
  for (const char* version : {"1.0.0", "1.2.5", "1.3.0"}) add("base", version);
  std::vector<std::string> order;
  for (const auto& module : must(registry_.resolve("app"))) {
    order.push_back(module.name + "@" + module.version.to_string());
  }
  EXPECT_EQ(order, (std::vector<std::string>{"base@1.2.5", "left@1.0.0", "right@1.1.0", "app@1.0.0"}));
}

TEST_P(RegistryTest, CyclesAndLacksSayTheWay) {
  add_needing("a", "1.0.0", {{"b", "^1"}});
  add_needing("b", "1.0.0", {{"c", "^1"}});
  add_needing("c", "1.0.0", {{"b", "^1"}});
  const auto cycle = registry_.resolve("a");
  ASSERT_TRUE(fails_with(cycle, ErrorCode::kRegistryCycle));
  EXPECT_EQ(cycle.error().message(),
            "modules depend on themselves: b@1.0.0 -> c@1.0.0 -> b@1.0.0");
  add_needing("d", "1.0.0", {{"e", "^1"}, {"f", "^1"}});
  add_needing("e", "1.0.0", {{"g", "^1"}});
  add_needing("f", "1.0.0", {{"g", "^2"}});
  add("g", "1.0.0");
  add("g", "2.0.0");
  const auto conflict = registry_.resolve("d");
  ASSERT_TRUE(fails_with(conflict, ErrorCode::kRegistryNotFound));
  EXPECT_NE(conflict.error().hint().find("e@1.0.0 wants ^1, f@1.0.0 wants ^2"), std::string::npos)
      << conflict.error().to_string();
}

TEST_P(RegistryTest, KeepsStates) {
  RuntimeConfig config = test::small_config();
  config.snapshots.enable = true;
  auto runtime = must(WasmRuntime::create(config));
  Session session = must(runtime.open_session(must(runtime.load_module("m", wasm(1)))));
  const Snapshot snapshot = must(session.snapshot());
  must(registry_.save_snapshot("warm", snapshot));
  EXPECT_EQ(must(must(registry_.load_snapshot("warm")).digest()), must(snapshot.digest()));
  EXPECT_EQ(must(registry_.list_snapshots()).at(0).module_sha256, snapshot.info().module_sha256);
  must(registry_.remove_snapshot("warm"));
  EXPECT_TRUE(fails_with(registry_.load_snapshot("warm"), ErrorCode::kRegistryNotFound));
}

TEST_P(RegistryTest, CollectsWhatNothingNames) {
  const RegisteredModule first = add("cart", "1.0.0", 1);
  add("cart", "2.0.0", 2);
  must(registry_.remove("cart", first.version));
  EXPECT_EQ(must(registry_.verify()).unreferenced, 2U);
  EXPECT_EQ(must(registry_.collect()).files, 2U);
  const RegistryReport report = must(registry_.verify());
  EXPECT_EQ(report.unreferenced, 0U);
  EXPECT_EQ(report.modules, 1U);
  EXPECT_TRUE(report.problems.empty());
  EXPECT_TRUE(fails_with(registry_.read(first), ErrorCode::kRegistryNotFound));
}

TEST_P(RegistryTest, DamageIsFoundAndNamed) {
  if (!is_directory()) GTEST_SKIP() << "memory is not damaged";
  const RegisteredModule added = add("cart", "1.0.0", 1);
  std::ofstream(folder_ / "blobs/sha256" / added.sha256) << "something else";
  EXPECT_TRUE(fails_with(registry_.read(added), ErrorCode::kRegistryCorrupt));
  const RegistryReport report = must(registry_.verify());
  ASSERT_EQ(report.problems.size(), 1U);
  EXPECT_EQ(report.problems[0].where, "cart@1.0.0");
  // Adding it again mends it.
  must(registry_.remove("cart", added.version));
  add("cart", "1.0.0", 1);
  EXPECT_TRUE(must(registry_.verify()).problems.empty());
  std::ofstream(folder_ / "index") << "SYNREG";
  EXPECT_TRUE(fails_with(ModuleRegistry::open(folder_.string()), ErrorCode::kRegistryCorrupt));
}

TEST_P(RegistryTest, OthersSeeEachChange) {
  if (!is_directory()) GTEST_SKIP() << "memory is of one process";
  const ModuleRegistry other = open();
  for (int i = 0; i < 50; ++i) {
    add("cart", "1.0." + std::to_string(i), i);
    EXPECT_EQ(must(other.find("cart")).version.patch, static_cast<std::uint64_t>(i));
  }
}

/// Files whose changes fail from the nth on.
modules::FileOperations failing_from(int nth, int& count) {
  const modules::FileOperations real = modules::FileOperations::real();
  const auto fails = [nth, &count] { return ++count >= nth; };
  const auto full = [](const std::string& path) {
    return std::unexpected(Error(ErrorCode::kIo, "no space left on device").at(path));
  };
  return {.write = [=](const std::string& path, ByteSpan bytes) -> Result<void> {
            if (fails()) return full(path);
            return real.write(path, bytes);
          },
          .remove = [=](const std::string& path) -> Result<void> {
            if (fails()) return full(path);
            return real.remove(path);
          }};
}

TEST_P(RegistryTest, AChangeThatFailsAnywhereDidNotHappen) {
  if (!is_directory()) GTEST_SKIP() << "memory does not fail";
  add("cart", "1.0.0", 1);
  add("cart", "2.0.0", 2);
  must(registry_.activate("cart@^1"));
  for (int nth = 1; nth <= 8; ++nth) {
    int count = 0;
    ModuleRegistry broken(std::make_unique<ModuleRegistry::Impl>(
        must(modules::directory_store(folder_.string(), failing_from(nth, count)))));
    const auto added = broken.add(wasm(nth + 10), manifest("new", "1.0." + std::to_string(nth)));
    const auto activated = broken.activate("cart@^2");
    const auto removed = broken.remove("cart", must(SemanticVersion::parse("2.0.0")));
    const RegistryReport report = must(open().verify());
    EXPECT_TRUE(report.problems.empty()) << nth;
    const bool is_there = open().find("new@=1.0." + std::to_string(nth)).has_value();
    EXPECT_EQ(is_there, added.has_value()) << nth;
    EXPECT_EQ(must(open().find("cart")).version.major, activated ? 2U : 1U) << nth;
    if (activated) must(registry_.activate("cart@^1"));
    if (removed) add("cart", "2.0.0", 2);
  }
}

TEST_P(RegistryTest, ADirectoryThatCannotBeMadeIsAnError) {
  if (!is_directory()) GTEST_SKIP() << "memory needs none";
  std::ofstream(folder_.string() + "-file") << "a file";
  const auto opened = ModuleRegistry::open(folder_.string() + "-file/registry");
  ASSERT_TRUE(fails_with(opened, ErrorCode::kIo));
  fs::remove(folder_.string() + "-file");
}

INSTANTIATE_TEST_SUITE_P(Each, RegistryTest, ::testing::Values(Place::kMemory, Place::kDirectory),
                         [](const auto& each) {
                           return each.param == Place::kMemory ? "Memory" : "Directory";
                         });

}  // namespace
}  // namespace synapsed
