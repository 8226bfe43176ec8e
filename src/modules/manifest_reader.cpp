#include <algorithm>
#include <array>
#include <vector>

#include <fmt/format.h>
#include <synapsed/manifest.hpp>

#include "runtime/suggest.hpp"
#include "runtime/toml_problems.hpp"

namespace synapsed {
namespace {

constexpr std::array<std::string_view, 11> kKeys{
    "name",         "version",         "description",  "authors",   "tags",        "entry_points",
    "interface",    "instance_policy", "capabilities", "limits",    "dependencies"};
constexpr std::array<std::string_view, 3> kLimits{"memory_bytes", "gas", "timeout_ms"};
constexpr std::array<std::string_view, 2> kDependencyKeys{"version", "linking"};

constexpr std::size_t kTextBytesMax = 4096;
constexpr std::size_t kInterfaceBytesMax = 1 << 20;
constexpr std::size_t kItemsMax = 1000;
constexpr std::size_t kManifestBytesMax = 4 << 20;

/// Reads one manifest, and notes everything that is wrong with it.
class ManifestReader {
 public:
  explicit ManifestReader(std::string_view source) : source_(source) {}

  Result<ModuleManifest> read(std::string_view text) {
    if (text.size() > kManifestBytesMax) {
      note({}, fmt::format("it has more than {} bytes", kManifestBytesMax));
      return std::unexpected(error());
    }
    const toml::parse_result parsed = toml::parse(text, source_);
    if (!parsed) {
      note(parsed.error().source().begin, std::string(parsed.error().description()));
    } else {
      read_root(parsed.table());
    }
    if (problems_.empty()) return std::move(manifest_);
    return std::unexpected(error());
  }

 private:
  void read_root(const toml::table& root) {
    check_keys(root, kKeys, "a manifest");
    manifest_.name = text(root, "name", kTextBytesMax, true);
    if (!manifest_.name.empty() && !is_module_name(manifest_.name)) {
      note(place_of(root, "name"),
           "name has 1 to 256 letters, digits and -_., in parts between slashes");
    }
    const std::string version = text(root, "version", kTextBytesMax, true);
    if (!version.empty()) {
      take(manifest_.version, SemanticVersion::parse(version), place_of(root, "version"));
    }
    manifest_.description = text(root, "description", kTextBytesMax);
    manifest_.interface = text(root, "interface", kInterfaceBytesMax);
    manifest_.authors = texts(root, "authors");
    manifest_.tags = texts(root, "tags");
    manifest_.entry_points = texts(root, "entry_points");
    read_policy(root);
    if (const toml::table* table = table_of(root, "capabilities")) read_capabilities(*table);
    if (const toml::table* table = table_of(root, "limits")) read_limits(*table);
    if (const toml::table* table = table_of(root, "dependencies")) read_dependencies(*table);
  }

  void read_policy(const toml::table& root) {
    const std::string policy = text(root, "instance_policy", kTextBytesMax);
    if (policy == to_string(InstancePolicy::kPersistent)) {
      manifest_.instance_policy = InstancePolicy::kPersistent;
    } else if (!policy.empty() && policy != to_string(InstancePolicy::kPerCall)) {
      note(place_of(root, "instance_policy"),
           fmt::format("instance_policy is \"{}\" or \"{}\"", to_string(InstancePolicy::kPerCall),
                       to_string(InstancePolicy::kPersistent)));
    }
  }

  void read_capabilities(const toml::table& table) {
    if (table.size() > kItemsMax) note(table.source().begin, "there are too many capabilities");
    for (const auto& [key, value] : table) {
      const auto reason = value.value_exact<std::string>();
      if (!reason || reason->empty() || reason->size() > kTextBytesMax) {
        note(value.source().begin,
             fmt::format("capabilities.{} needs a text that says why", key.str()));
        continue;
      }
      manifest_.capabilities.emplace(key.str(), *reason);
    }
  }

  void read_limits(const toml::table& table) {
    check_keys(table, kLimits, "[limits]");
    RequestedLimits& limits = manifest_.limits;
    limits.memory_bytes = number(table, "memory_bytes");
    limits.gas = number(table, "gas");
    if (const auto timeout = number(table, "timeout_ms")) {
      limits.timeout = std::chrono::milliseconds(*timeout);
    }
  }

  void read_dependencies(const toml::table& table) {
    if (table.size() > kItemsMax) note(table.source().begin, "there are too many dependencies");
    for (const auto& [key, value] : table) {
      ModuleDependency dependency{.name = std::string(key.str()), .range = {}};
      if (!is_module_name(dependency.name)) {
        note(key.source().begin, fmt::format("dependencies.{} is no module's name", key.str()));
      }
      if (const toml::table* details = value.as_table()) {
        check_keys(*details, kDependencyKeys, fmt::format("a dependency on {}", key.str()));
        read_range(*details, dependency);
      } else if (const auto range = value.value_exact<std::string>()) {
        take(dependency.range, VersionRange::parse(*range), value.source().begin);
      } else {
        note(value.source().begin,
             fmt::format("dependencies.{} is a range of versions, such as \"^1.2\"", key.str()));
      }
      manifest_.dependencies.push_back(std::move(dependency));
    }
    std::ranges::sort(manifest_.dependencies, {}, &ModuleDependency::name);
  }

  void read_range(const toml::table& details, ModuleDependency& dependency) {
    const std::string range = text(details, "version", kTextBytesMax, true);
    if (!range.empty()) {
      take(dependency.range, VersionRange::parse(range), place_of(details, "version"));
    }
    const std::string linking = text(details, "linking", kTextBytesMax);
    if (linking == "linked") {
      dependency.linking = ModuleLinking::kLinked;
    } else if (!linking.empty() && linking != "shared-nothing") {
      note(place_of(details, "linking"), "linking is \"shared-nothing\" or \"linked\"");
    }
  }

  // --- Values. ---

  template <std::size_t kCount>
  void check_keys(const toml::table& table, const std::array<std::string_view, kCount>& known,
                  std::string_view what) {
    for (const auto& [key, value] : table) {
      if (std::ranges::find(known, key.str()) != known.end()) continue;
      note(key.source().begin,
           fmt::format("{} has no \"{}\": {}", what, key.str(), suggest(key.str(), known)));
    }
  }

  std::string text(const toml::table& table, std::string_view key, std::size_t bytes_max,
                   bool is_needed = false) {
    const toml::node* node = table.get(key);
    if (node == nullptr) {
      if (is_needed) note(table.source().begin, fmt::format("there is no {}: add it", key));
      return {};
    }
    auto value = node->value_exact<std::string>();
    if (!value || value->size() > bytes_max || (is_needed && value->empty())) {
      note(node->source().begin, fmt::format("{} is a text of {} to {} bytes", key,
                                             is_needed ? 1 : 0, bytes_max));
      return {};
    }
    return std::move(*value);
  }

  std::vector<std::string> texts(const toml::table& table, std::string_view key) {
    const toml::node* node = table.get(key);
    if (node == nullptr) return {};
    std::vector<std::string> values;
    const toml::array* array = node->as_array();
    bool is_right = array != nullptr && array->size() <= kItemsMax;
    for (std::size_t i = 0; is_right && i < array->size(); ++i) {
      const auto value = array->get(i)->value_exact<std::string>();
      is_right = value && !value->empty() && value->size() <= kTextBytesMax;
      if (is_right) values.push_back(*value);
    }
    if (!is_right) {
      note(node->source().begin,
           fmt::format("{} is an array of at most {} texts", key, kItemsMax));
    }
    return values;
  }

  std::optional<std::uint64_t> number(const toml::table& table, std::string_view key) {
    const toml::node* node = table.get(key);
    if (node == nullptr) return std::nullopt;
    const auto value = node->value_exact<std::int64_t>();
    if (value && *value > 0) return static_cast<std::uint64_t>(*value);
    note(node->source().begin, fmt::format("{} is a whole number above 0", key));
    return std::nullopt;
  }

  const toml::table* table_of(const toml::table& root, std::string_view key) {
    const toml::node* node = root.get(key);
    if (node == nullptr) return nullptr;
    const toml::table* table = node->as_table();
    if (table == nullptr) note(node->source().begin, fmt::format("{} is a table: [{}]", key, key));
    return table;
  }

  template <typename T>
  void take(T& into, Result<T> value, toml::source_position place) {
    if (value) {
      into = std::move(*value);
    } else {
      note(place, value.error().message() + ": " + value.error().hint());
    }
  }

  static toml::source_position place_of(const toml::table& table, std::string_view key) {
    const toml::node* node = table.get(key);
    return node == nullptr ? table.source().begin : node->source().begin;
  }

  void note(toml::source_position place, std::string sentence) {
    problems_.note(place, std::move(sentence));
  }

  Error error() { return problems_.error(ErrorCode::kManifestInvalid, "the manifest is", source_); }

  std::string source_;
  ModuleManifest manifest_;
  TomlProblems problems_;
};

}  // namespace

Result<ModuleManifest> ModuleManifest::parse(std::string_view text, std::string_view source) {
  return ManifestReader(source).read(text);
}

}  // namespace synapsed
