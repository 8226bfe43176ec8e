#include <synapsed/manifest.hpp>

#include "tests/support/results.hpp"

namespace synapsed {
namespace {

using test::fails_with;
using test::must;

constexpr std::string_view kWhole = R"(name = "shop/cart"
version = "1.2.0-rc.1"
description = "Counts \"what\" is in a cart\n"
authors = ["Ann <ann@example.org>", "Bob"]
tags = ["shop", "été"]
entry_points = ["add", "total"]
instance_policy = "persistent"
interface = "add: func(n: s32) -> s32;"

[capabilities]
"storage.write" = "keeps the cart"
clock = "prices change"

[limits]
memory_bytes = 1_048_576
gas = 1000
timeout_ms = 200

[dependencies]
"shop/prices" = "^2.1"
"shop/tax" = { version = "~1.4", linking = "linked" }
)";

TEST(Manifests, AreReadWhole) {
  const ModuleManifest manifest = must(ModuleManifest::parse(kWhole, "module.toml"));
  EXPECT_EQ(manifest.name, "shop/cart");
  EXPECT_EQ(manifest.version.to_string(), "1.2.0-rc.1");
  EXPECT_EQ(manifest.description, "Counts \"what\" is in a cart\n");
  EXPECT_EQ(manifest.authors.size(), 2U);
  EXPECT_EQ(manifest.instance_policy, InstancePolicy::kPersistent);
  EXPECT_EQ(manifest.capabilities.at("clock"), "prices change");
  EXPECT_EQ(manifest.limits.memory_bytes, 1U << 20);
  EXPECT_EQ(manifest.limits.timeout, std::chrono::milliseconds(200));
  ASSERT_EQ(manifest.dependencies.size(), 2U);
  EXPECT_EQ(manifest.dependencies[0].name, "shop/prices");
  EXPECT_EQ(manifest.dependencies[1].linking, ModuleLinking::kLinked);
  const ModuleMetadata metadata = manifest.metadata();
  EXPECT_EQ(metadata.version, "1.2.0-rc.1");
  EXPECT_EQ(metadata.instance_policy, InstancePolicy::kPersistent);
  EXPECT_TRUE(metadata.capabilities.empty()) << "what is asked for is not granted";
}

TEST(Manifests, ReadBackAsTheyWereWritten) {
  const ModuleManifest manifest = must(ModuleManifest::parse(kWhole, "module.toml"));
  EXPECT_EQ(must(ModuleManifest::parse(manifest.to_toml(), "again")), manifest);
  must(manifest.validate());
  const auto least = must(ModuleManifest::parse("name = \"a\"\nversion = \"0.1.0\"", "module.toml"));
  EXPECT_EQ(must(ModuleManifest::parse(least.to_toml(), "again")), least);
}

TEST(Manifests, SayEverythingThatIsWrongAndWhere) {
  const auto wrong = ModuleManifest::parse(R"(name = "a//b"
version = "1.2"
tagz = ["x"]
instance_policy = "sometimes"
[capabilities]
clock = 5
[limits]
gas = -1
[dependencies]
b = "about 2"
)", "module.toml");
  ASSERT_TRUE(fails_with(wrong, ErrorCode::kManifestInvalid));
  const std::string message = wrong.error().message();
  for (const char* part : {"wrong in 7 places", "module.toml:1:8: name has", "module.toml:2:11: \"1.2\"",
                           "module.toml:3:1: a manifest has no \"tagz\": did you mean \"tags\"?",
                           "module.toml:4:19: instance_policy", "module.toml:6:9: capabilities.clock",
                           "module.toml:8:7: gas", "module.toml:10:5: \"about 2\""}) {
    EXPECT_NE(message.find(part), std::string::npos) << part << "\n" << message;
  }
  const auto broken = ModuleManifest::parse("name = \"a\nversion", "module.toml");
  EXPECT_NE(broken.error().message().find("module.toml:1:"), std::string::npos);
  EXPECT_NE(ModuleManifest::parse("", "m").error().message().find("there is no name: add it"),
            std::string::npos);
}

TEST(ModuleNames, HavePartsOfPlainCharacters) {
  for (const char* name : {"a", "shop/cart", "A-b_c.d", "a/b/c", "1"}) EXPECT_TRUE(is_module_name(name)) << name;
  for (const char* name : {"", "/a", "a/", "a//b", "..", "a/../b", ".", "a b", "ä", "a@b", "a:b"}) {
    EXPECT_FALSE(is_module_name(name)) << name;
  }
  EXPECT_FALSE(is_module_name(std::string(257, 'a')));
}

}  // namespace
}  // namespace synapsed
