#include <synapsed/manifest.hpp>

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/json.hpp"
#include "base/try.hpp"

namespace synapsed {
namespace {

constexpr std::size_t kNameBytesMax = 256;

bool is_name_character(char character) {
  return (character >= 'a' && character <= 'z') || (character >= 'A' && character <= 'Z') ||
         (character >= '0' && character <= '9') || character == '-' || character == '_' ||
         character == '.';
}

std::string quoted(std::string_view text) { return quoted_json(text); }

void put_list(std::string& out, std::string_view key, const std::vector<std::string>& texts) {
  if (texts.empty()) return;
  std::vector<std::string> items;
  for (const std::string& text : texts) items.push_back(quoted(text));
  out += fmt::format("{} = [{}]\n", key, fmt::join(items, ", "));
}

}  // namespace

bool is_module_name(std::string_view name) {
  if (name.empty() || name.size() > kNameBytesMax) return false;
  std::size_t part = 0;  // characters in it
  bool is_dots = true;
  for (const char character : name) {
    if (character == '/') {
      if (part == 0 || is_dots) return false;
      part = 0;
      is_dots = true;
      continue;
    }
    if (!is_name_character(character)) return false;
    ++part;
    is_dots = is_dots && character == '.';
  }
  return part != 0 && !is_dots;
}

std::string ModuleManifest::to_toml() const {
  std::string out = fmt::format("name = {}\nversion = {}\n", quoted(name), quoted(version.to_string()));
  if (!description.empty()) out += fmt::format("description = {}\n", quoted(description));
  put_list(out, "authors", authors);
  put_list(out, "tags", tags);
  put_list(out, "entry_points", entry_points);
  out += fmt::format("instance_policy = {}\n", quoted(to_string(instance_policy)));
  if (!interface.empty()) out += fmt::format("interface = {}\n", quoted(interface));
  if (!capabilities.empty()) out += "\n[capabilities]\n";
  for (const auto& [capability, reason] : capabilities) {
    out += fmt::format("{} = {}\n", quoted(capability), quoted(reason));
  }
  if (limits != RequestedLimits{}) out += "\n[limits]\n";
  if (limits.memory_bytes) out += fmt::format("memory_bytes = {}\n", *limits.memory_bytes);
  if (limits.gas) out += fmt::format("gas = {}\n", *limits.gas);
  if (limits.timeout) out += fmt::format("timeout_ms = {}\n", limits.timeout->count());
  if (!dependencies.empty()) out += "\n[dependencies]\n";
  for (const auto& [dependency, range, linking] : dependencies) {
    const std::string wanted = quoted(range.to_string());
    if (linking == ModuleLinking::kLinked) {
      out += fmt::format("{} = {{ version = {}, linking = \"linked\" }}\n", quoted(dependency), wanted);
    } else {
      out += fmt::format("{} = {}\n", quoted(dependency), wanted);
    }
  }
  return out;
}

Result<void> ModuleManifest::validate() const {
  const ModuleManifest again = TRY(parse(to_toml(), name));
  if (again == *this) return {};
  return std::unexpected(Error(ErrorCode::kManifestInvalid,
                               "the manifest is not what is read of it: capabilities and dependencies "
                               "are sorted by name, each once, and text is UTF-8")
                             .at(name));
}

ModuleMetadata ModuleManifest::metadata() const {
  ModuleMetadata metadata(version.to_string());
  metadata.description = description;
  metadata.authors = authors;
  metadata.tags = tags;
  metadata.instance_policy = instance_policy;
  return metadata;
}

std::vector<ModuleDependency> ModuleManifest::called() const {
  std::vector<ModuleDependency> called;
  std::ranges::remove_copy_if(dependencies, std::back_inserter(called),
                              &ModuleDependency::is_linked);
  return called;
}

}  // namespace synapsed
