#include <synapsed/oci_layout.hpp>

#include <algorithm>
#include <filesystem>
#include <system_error>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/bytes.hpp"
#include "base/files.hpp"
#include "base/hex.hpp"
#include "base/sha256.hpp"
#include "base/try.hpp"

namespace synapsed {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view kLayoutFile = R"({"imageLayoutVersion":"1.0.0"})";
constexpr std::string_view kIndexType = "application/vnd.oci.image.index.v1+json";
constexpr std::string_view kManifestType = "application/vnd.oci.image.manifest.v1+json";
constexpr std::string_view kConfigType = "application/vnd.wasm.config.v0+json";
constexpr std::string_view kWasmType = "application/wasm";
constexpr std::string_view kOldWasmType = "application/vnd.wasm.content.layer.v1+wasm";
constexpr std::string_view kTitle = "org.opencontainers.image.title";
constexpr std::string_view kVersion = "org.opencontainers.image.version";
constexpr std::string_view kDescription = "org.opencontainers.image.description";
constexpr std::string_view kRefName = "org.opencontainers.image.ref.name";
constexpr std::string_view kOurManifest = "dev.synapsed.manifest";
constexpr std::string_view kDigestPrefix = "sha256:";
constexpr std::uint64_t kJsonBytesMax = 4 << 20;
constexpr std::uint64_t kBlobBytesMax = std::uint64_t{1} << 30;
constexpr int kIndexDepthMax = 4;

Error unreadable(std::string what, const std::string& where) {
  return Error(ErrorCode::kLoadUnreadable, std::move(what)).at(where);
}

std::string digest_of(ByteSpan bytes) {
  return fmt::format("{}{}", kDigestPrefix, to_hex(sha256(bytes)));
}

/// Bytes that are not UTF-8 become U+FFFD.
std::string dumped(const Json& json, int indent = -1) {
  return json.dump(indent, ' ', false, Json::error_handler_t::replace);
}

/// The text at `key`, or nothing.
std::string text_at(const Json& json, std::string_view key) {
  if (!json.is_object()) return {};
  const auto found = json.find(key);
  return found != json.end() && found->is_string() ? found->get<std::string>() : std::string();
}

const Json& at_or_null(const Json& json, std::string_view key) {
  static const Json null;
  if (!json.is_object()) return null;
  const auto found = json.find(key);
  return found == json.end() ? null : *found;
}

/// The files of a layout.
class Layout {
 public:
  explicit Layout(std::string directory) : directory_(std::move(directory)) {}

  [[nodiscard]] std::string index_path() const { return directory_ + "/index.json"; }
  [[nodiscard]] std::string marker_path() const { return directory_ + "/oci-layout"; }

  [[nodiscard]] Result<Json> read_json(const std::string& path) const {
    const Bytes text = TRY(read_file(path, kJsonBytesMax));
    Json json = Json::parse(as_text(text), nullptr, false);
    if (json.is_object()) return json;
    return std::unexpected(unreadable("the file holds no JSON object", path));
  }

  [[nodiscard]] Result<Bytes> blob(const Json& descriptor) const {
    const std::string path = TRY(blob_path(text_at(descriptor, "digest")));
    Bytes bytes = TRY(read_file(path, kBlobBytesMax));
    if (digest_of(bytes) == text_at(descriptor, "digest")) return bytes;
    return std::unexpected(unreadable("the bytes are not those that the digest names", path));
  }

  /// The descriptor of the blob, without annotations.
  Result<Json> put(ByteSpan bytes, std::string_view media_type) const {
    const std::string digest = digest_of(bytes);
    const std::string path = TRY(blob_path(digest));
    std::error_code code;
    std::filesystem::create_directories(directory_ + "/blobs/sha256", code);
    TRY(write_file_atomically(path, bytes));
    return Json{{"mediaType", media_type}, {"digest", digest}, {"size", bytes.size()}};
  }

 private:
  /// Whatever a descriptor says, a file among the blobs.
  [[nodiscard]] Result<std::string> blob_path(std::string_view digest) const {
    const bool is_ours = digest.starts_with(kDigestPrefix);
    const std::string_view digits = digest.substr(is_ours ? kDigestPrefix.size() : 0);
    const bool is_hex = digits.find_first_not_of("0123456789abcdef") == std::string_view::npos;
    if (is_ours && is_hex && digits.size() == 2 * sizeof(Sha256Digest)) {
      return fmt::format("{}/blobs/sha256/{}", directory_, digits);
    }
    return std::unexpected(
        unreadable(fmt::format("\"{}\" is no sha256 digest", digest), directory_));
  }

  const std::string directory_;
};

// --- From a layout. ---

/// One artifact: what the index says of it, and its manifest.
struct Artifact {
  Json descriptor;
  Json manifest;
};

/// Those of an index, and of indices in it.
Result<void> collect(const Layout& layout, const Json& index, int depth,
                     std::vector<Artifact>& artifacts) {
  if (depth > kIndexDepthMax) {
    return std::unexpected(unreadable("indices are nested too deep", layout.index_path()));
  }
  for (const Json& descriptor : at_or_null(index, "manifests")) {
    const Bytes bytes = TRY(layout.blob(descriptor));
    const Json json = Json::parse(as_text(bytes), nullptr, false);
    if (text_at(descriptor, "mediaType") == kIndexType) {
      TRY(collect(layout, json, depth + 1, artifacts));
    } else {
      artifacts.push_back({.descriptor = descriptor, .manifest = json});
    }
  }
  return {};
}

/// Null when it is no module.
const Json& wasm_layer(const Json& manifest) {
  for (const Json& layer : at_or_null(manifest, "layers")) {
    const std::string type = text_at(layer, "mediaType");
    if (type == kWasmType || type == kOldWasmType) return layer;
  }
  return at_or_null(manifest, "none");
}

Result<ModuleManifest> manifest_of(const Artifact& artifact, const OciImportOptions& options) {
  const Json& annotations = at_or_null(artifact.manifest, "annotations");
  if (const std::string ours = text_at(annotations, kOurManifest); !ours.empty()) {
    return ModuleManifest::parse(ours, kOurManifest);
  }
  const std::string tag = text_at(at_or_null(artifact.descriptor, "annotations"), kRefName);
  std::string version = text_at(annotations, kVersion);
  if (version.empty()) version = tag.substr(tag.rfind(':') + 1);
  ModuleManifest manifest;
  manifest.name = text_at(annotations, kTitle);
  if (manifest.name.empty()) manifest.name = options.name;
  manifest.description = text_at(annotations, kDescription);
  if (manifest.name.ends_with(".wasm")) manifest.name.resize(manifest.name.size() - 5);
  const std::string where = text_at(artifact.descriptor, "digest");
  if (!is_module_name(manifest.name)) {
    return std::unexpected(Error(ErrorCode::kManifestInvalid, "the artifact does not say a module's name")
                               .at(where)
                               .help(fmt::format("name it, or annotate it with {}", kTitle)));
  }
  auto parsed = SemanticVersion::parse(version);
  if (!parsed) {
    return std::unexpected(
        Error(ErrorCode::kManifestInvalid,
              fmt::format("the artifact's version is \"{}\", which is no semantic version", version))
            .at(where)
            .help(fmt::format("tag it as 1.0.0, or annotate it with {}", kVersion)));
  }
  manifest.version = std::move(*parsed);
  return manifest;
}

// --- To a layout. ---

Json annotations_of(const ModuleManifest& manifest) {
  Json annotations{{kTitle, manifest.name}, {kVersion, manifest.version.to_string()}};
  if (!manifest.description.empty()) annotations[std::string(kDescription)] = manifest.description;
  annotations[std::string(kOurManifest)] = manifest.to_toml();
  return annotations;
}

Result<Json> put_artifact(const Layout& layout, const ModuleManifest& manifest, ByteSpan wasm) {
  const Json layer = TRY(layout.put(wasm, kWasmType));
  const std::string config_text =
      dumped({{"architecture", "wasm"}, {"os", "wasip1"}, {"layerDigests", Json::array({layer["digest"]})}});
  const Json config = TRY(layout.put(as_bytes(config_text), kConfigType));
  const std::string text = dumped({{"schemaVersion", 2},
                                   {"mediaType", kManifestType},
                                   {"config", config},
                                   {"layers", Json::array({layer})},
                                   {"annotations", annotations_of(manifest)}});
  Json descriptor = TRY(layout.put(as_bytes(text), kManifestType));
  // A reference to an artifact in a layout is one word for all that it holds.
  descriptor["annotations"] = {
      {kRefName, fmt::format("{}:{}", manifest.name, manifest.version.to_string())}};
  return descriptor;
}

/// The index that is there, or an empty one.
Result<Json> index_of(const Layout& layout) {
  if (std::filesystem::exists(layout.index_path())) {
    TRY(layout.read_json(layout.marker_path()));
    Json index = TRY(layout.read_json(layout.index_path()));
    if (at_or_null(index, "manifests").is_array()) return index;
    return std::unexpected(unreadable("the index has no manifests", layout.index_path()));
  }
  return Json{{"schemaVersion", 2}, {"mediaType", kIndexType}, {"manifests", Json::array()}};
}

}  // namespace

Result<std::vector<RegisteredModule>> import_oci_layout(ModuleRegistry& registry,
                                                        const std::string& directory,
                                                        const OciImportOptions& options) {
  const Layout layout(directory);
  TRY(layout.read_json(layout.marker_path()));
  std::vector<Artifact> artifacts;
  const Json index = TRY(layout.read_json(layout.index_path()));
  TRY(collect(layout, index, 0, artifacts));
  std::vector<RegisteredModule> added;
  for (const Artifact& artifact : artifacts) {
    const Json& layer = wasm_layer(artifact.manifest);
    if (layer.is_null()) continue;
    const ModuleManifest manifest = TRY(manifest_of(artifact, options));
    const Bytes wasm = TRY(layout.blob(layer));
    added.push_back(TRY(registry.add(wasm, manifest)));
  }
  return added;
}

Result<void> export_oci_layout(const ModuleRegistry& registry,
                               std::span<const RegisteredModule> modules,
                               const std::string& directory) {
  std::error_code code;
  std::filesystem::create_directories(directory, code);
  if (code) return std::unexpected(Error(ErrorCode::kIo, code.message()).at(directory));
  const Layout layout(directory);
  Json index = TRY(index_of(layout));
  Json& manifests = index["manifests"];
  for (const RegisteredModule& module : modules) {
    const ModuleManifest manifest = TRY(registry.manifest(module));
    const Bytes wasm = TRY(registry.read(module));
    const Json descriptor = TRY(put_artifact(layout, manifest, wasm));
    const auto is_same = [&](const Json& other) {
      return text_at(at_or_null(other, "annotations"), kRefName) ==
             text_at(at_or_null(descriptor, "annotations"), kRefName);
    };
    manifests.erase(std::remove_if(manifests.begin(), manifests.end(), is_same), manifests.end());
    manifests.push_back(descriptor);
  }
  TRY(write_file_atomically(layout.marker_path(), as_bytes(kLayoutFile)));
  return write_file_atomically(layout.index_path(), as_bytes(dumped(index, 2)));
}

}  // namespace synapsed
