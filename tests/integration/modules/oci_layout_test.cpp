// Modules in OCI image layouts, ours and those that other tools write.

#include <synapsed/oci_layout.hpp>

#include <filesystem>
#include <string>

#include <fmt/format.h>

#include "base/bytes.hpp"
#include "base/files.hpp"
#include "base/hex.hpp"
#include "base/sha256.hpp"
#include "tests/support/results.hpp"
#include "tests/support/temporary_directory.hpp"

namespace synapsed {
namespace {

using test::fails_with;
using test::must;

class OciLayouts : public testing::Test {
 protected:
  void write(const std::string& path, std::string_view text) const {
    must(write_file_atomically(directory_ + "/" + path, as_bytes(text)));
  }
  /// Returns its descriptor.
  std::string put(std::string_view bytes, std::string_view type, std::string_view more = "") const {
    const std::string digest = to_hex(sha256(as_bytes(bytes)));
    std::filesystem::create_directories(directory_ + "/blobs/sha256");
    write("blobs/sha256/" + digest, bytes);
    return fmt::format(R"({{"mediaType":"{}","digest":"sha256:{}","size":{}{}}})", type, digest,
                       bytes.size(), more);
  }
  /// An artifact as `oras push --oci-layout` writes it.
  void write_artifact(std::string_view annotations, std::string_view tag,
                      std::string_view type = "application/wasm") const {
    const std::string layer = put(as_text(wasm_), type);
    const std::string config = put("{}", "application/vnd.oci.empty.v1+json");
    const std::string manifest =
        put(fmt::format(R"({{"schemaVersion":2,"config":{},"layers":[{}],"annotations":{}}})", config,
                        layer, annotations),
            "application/vnd.oci.image.manifest.v1+json",
            fmt::format(R"(,"annotations":{{"org.opencontainers.image.ref.name":"{}"}})", tag));
    write("oci-layout", R"({"imageLayoutVersion":"1.0.0"})");
    write("index.json", fmt::format(R"({{"schemaVersion":2,"manifests":[{}]}})", manifest));
  }
  Result<std::vector<RegisteredModule>> import(const OciImportOptions& options = {}) {
    return import_oci_layout(registry_, directory_, options);
  }

  const Bytes wasm_ = must(wat_to_wasm("(module (func (export \"f\")))"));
  ModuleRegistry registry_ = ModuleRegistry::in_memory();
  const test::TemporaryDirectory temporary_;
  const std::string directory_ = temporary_.path().string();
};

TEST_F(OciLayouts, WhatIsExportedIsImportedWhole) {
  ModuleManifest manifest;
  manifest.name = "shop/cart";
  manifest.version = must(SemanticVersion::parse("1.2.0-rc.1"));
  manifest.capabilities = {{"clock", "prices \"change\"\n"}};
  manifest.dependencies = {{.name = "b", .range = must(VersionRange::parse("^1"))}};
  const RegisteredModule added = must(registry_.add(wasm_, manifest));
  for (int round = 0; round < 2; ++round) must(export_oci_layout(registry_, {&added, 1}, directory_));

  ModuleRegistry other = ModuleRegistry::in_memory();
  const auto imported = must(import_oci_layout(other, directory_));
  ASSERT_EQ(imported.size(), 1U) << "the second time it was replaced";
  EXPECT_EQ(must(other.manifest(imported[0])), manifest);
  EXPECT_EQ(must(other.read(imported[0])), wasm_);
  EXPECT_EQ(must(import_oci_layout(other, directory_)).size(), 1U) << "again: nothing new";
  EXPECT_EQ(must(other.list()).size(), 1U);
}

TEST_F(OciLayouts, ThoseOfOtherToolsAreRead) {
  write_artifact(R"({"org.opencontainers.image.title":"cart.wasm"})", "1.0.0");
  const auto modules = must(import());
  ASSERT_EQ(modules.size(), 1U);
  EXPECT_EQ(modules[0].name, "cart");
  EXPECT_EQ(modules[0].version.to_string(), "1.0.0");
  write_artifact(R"({"org.opencontainers.image.version":"2.0.0"})", "latest",
                 "application/vnd.wasm.content.layer.v1+wasm");
  EXPECT_TRUE(fails_with(import(), ErrorCode::kManifestInvalid)) << "it has no name";
  EXPECT_EQ(must(import({.name = "cart"}))[0].version.to_string(), "2.0.0");
  write_artifact("{}", "latest");
  EXPECT_TRUE(fails_with(import({.name = "cart"}), ErrorCode::kManifestInvalid)) << "no version";
  write_artifact("{}", "1.0.0", "text/plain");
  EXPECT_EQ(must(import()).size(), 0U) << "no module";
}

TEST_F(OciLayouts, WhatIsNoLayoutIsRefused) {
  EXPECT_TRUE(fails_with(import(), ErrorCode::kLoadUnreadable));
  write_artifact(R"({"org.opencontainers.image.title":"cart"})", "1.0.0");
  const std::string blob = directory_ + "/blobs/sha256/" + to_hex(sha256(wasm_));
  must(write_file_atomically(blob, as_bytes("other bytes")));
  const auto damaged = import();
  ASSERT_TRUE(fails_with(damaged, ErrorCode::kLoadUnreadable));
  EXPECT_NE(damaged.error().where().find(blob), std::string::npos);
  write("index.json", R"({"manifests":[{"digest":"sha256:../../../etc/passwd"}]})");
  EXPECT_TRUE(fails_with(import(), ErrorCode::kLoadUnreadable));
  write("index.json", R"({"manifests":[{"digest":7},3,null]})");
  EXPECT_TRUE(fails_with(import(), ErrorCode::kLoadUnreadable));
  write("index.json", "[");
  EXPECT_TRUE(fails_with(import(), ErrorCode::kLoadUnreadable));
}

}  // namespace
}  // namespace synapsed
