#include <algorithm>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/hex.hpp"
#include "base/try.hpp"
#include "modules/registry_impl.hpp"
#include "runtime/suggest.hpp"

namespace synapsed {
namespace modules {
namespace {

constexpr std::string_view kDigestPrefix = "sha256:";
constexpr std::size_t kDigitsMin = 8;
constexpr std::size_t kShownMax = 8;

std::unexpected<Error> no_reference(std::string_view text) {
  return std::unexpected(
      Error(ErrorCode::kManifestInvalid, fmt::format("\"{}\" names no module", text))
          .help("write NAME, NAME@^1.2 or sha256: and at least 8 digits"));
}

std::string versions_of(const NameEntry& entry) {
  std::vector<std::string> shown;
  for (std::size_t i = entry.versions.size(); i > 0 && shown.size() < kShownMax; --i) {
    shown.push_back(entry.versions[i - 1].version.to_string());
  }
  const std::size_t more = entry.versions.size() - shown.size();
  return fmt::format("{}{}", fmt::join(shown, ", "), more == 0 ? "" : fmt::format(" and {} more", more));
}

}  // namespace

Result<Reference> parse_reference(std::string_view text) {
  Reference reference;
  if (text.starts_with(kDigestPrefix)) {
    reference.digest = text.substr(kDigestPrefix.size());
    std::ranges::transform(reference.digest, reference.digest.begin(),
                           [](char c) { return c >= 'A' && c <= 'F' ? static_cast<char>(c + 32) : c; });
    const bool is_hex = reference.digest.find_first_not_of("0123456789abcdef") == std::string::npos;
    if (!is_hex || reference.digest.size() < kDigitsMin || reference.digest.size() > 64) {
      return no_reference(text);
    }
    return reference;
  }
  const std::size_t at = text.find('@');
  reference.name = text.substr(0, at);
  if (!is_module_name(reference.name)) return no_reference(text);
  if (at == std::string_view::npos) return reference;
  const std::string_view version = text.substr(at + 1);
  const bool is_exact = SemanticVersion::parse(version).has_value();
  reference.range = TRY(VersionRange::parse(is_exact ? fmt::format("={}", version) : version));
  return reference;
}

Error unknown_name(const Index& index, const std::string& name) {
  std::vector<std::string_view> names;
  for (const auto& [known, entry] : index.names) names.push_back(known);
  return Error(ErrorCode::kRegistryNotFound, fmt::format("no module \"{}\" is in the registry", name))
      .help(names.empty() ? "it is empty: add modules first" : suggest(name, names));
}

Result<const VersionEntry*> choose(const Index& index, const std::string& name,
                                   const std::vector<VersionRange>& ranges) {
  const auto found = index.names.find(name);
  if (found == index.names.end()) return std::unexpected(unknown_name(index, name));
  const NameEntry& entry = found->second;
  if (ranges.empty() && !entry.served.empty()) return &entry.versions[entry.served.back()];
  for (std::size_t i = entry.versions.size(); i > 0; --i) {
    const VersionEntry& version = entry.versions[i - 1];
    const auto contains = [&](const VersionRange& range) { return range.contains(version.version); };
    const bool will_do = ranges.empty() ? version.version.prerelease.empty()
                                        : std::ranges::all_of(ranges, contains);
    if (will_do) return &version;
  }
  // Nothing but prereleases, and nobody said which versions will do.
  if (ranges.empty() && !entry.versions.empty()) return &entry.versions.back();
  std::vector<std::string> wanted;
  for (const VersionRange& range : ranges) wanted.push_back(range.to_string());
  return std::unexpected(
      Error(ErrorCode::kRegistryNotFound,
            fmt::format("no version of \"{}\" is in {}", name, fmt::join(wanted, " and in ")))
          .help(fmt::format("there is {}", versions_of(entry))));
}

RegisteredModule module_of(const std::string& name, const NameEntry& entry,
                           const VersionEntry& version) {
  const bool is_active =
      !entry.served.empty() && &entry.versions[entry.served.back()] == &version;
  return {.name = name,
          .version = version.version,
          .sha256 = to_hex(version.module),
          .bytes = version.bytes,
          .manifest_sha256 = to_hex(version.manifest),
          .added_at = std::chrono::sys_time<std::chrono::milliseconds>(
              std::chrono::milliseconds(version.added_at_ms)),
          .tags = version.tags,
          .capabilities = version.capabilities,
          .is_active = is_active};
}

}  // namespace modules

namespace {

using modules::Index;
using modules::NameEntry;
using modules::VersionEntry;

bool contains(const std::vector<std::string>& list, const std::string& text) {
  return text.empty() || std::ranges::find(list, text) != list.end();
}

bool passes(const RegistryFilter& filter, const VersionEntry& entry) {
  SemanticVersion version = entry.version;
  if (filter.with_prereleases) version.prerelease.clear();
  const bool is_in_range = filter.range.contains(version) || filter.range.contains(entry.version);
  return is_in_range && contains(entry.tags, filter.tag) &&
         contains(entry.capabilities, filter.capability);
}

/// Whether the digest's digits begin with these.
bool starts_with(const Sha256Digest& digest, std::string_view digits) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  for (std::size_t i = 0; i < digits.size(); ++i) {
    const auto byte = std::to_integer<unsigned>(digest[i / 2]);
    if (kDigits[i % 2 == 0 ? byte >> 4 : byte & 15] != digits[i]) return false;
  }
  return true;
}

Result<RegisteredModule> find_by_digest(const Index& index, const std::string& digits) {
  const std::pair<const std::string, NameEntry>* found = nullptr;
  const VersionEntry* found_version = nullptr;
  for (const auto& named : index.names) {
    for (const VersionEntry& version : named.second.versions) {
      if (!starts_with(version.module, digits)) continue;
      if (found_version != nullptr && found_version->module != version.module) {
        return std::unexpected(Error(ErrorCode::kRegistryNotFound,
                                     fmt::format("several modules have a digest of {}…", digits))
                                   .help("write more of its digits"));
      }
      found = &named;
      found_version = &version;
    }
  }
  if (found != nullptr) return modules::module_of(found->first, found->second, *found_version);
  return std::unexpected(Error(ErrorCode::kRegistryNotFound,
                               fmt::format("no module has the digest sha256:{}", digits)));
}

}  // namespace

std::string RegisteredModule::reference() const {
  return fmt::format("{}@{}", name, version.to_string());
}

Result<RegisteredModule> ModuleRegistry::find(std::string_view text) const {
  const modules::Reference reference = TRY(modules::parse_reference(text));
  const auto index = TRY(impl_->store->index());
  if (!reference.digest.empty()) return find_by_digest(*index, reference.digest);
  std::vector<VersionRange> ranges;
  if (reference.range) ranges.push_back(*reference.range);
  const VersionEntry* version = TRY(modules::choose(*index, reference.name, ranges));
  return modules::module_of(reference.name, index->names.find(reference.name)->second, *version);
}

Result<std::vector<RegisteredModule>> ModuleRegistry::list(const RegistryFilter& filter) const {
  const auto index = TRY(impl_->store->index());
  std::vector<RegisteredModule> found;
  std::size_t versions = 0;
  for (const auto& [name, entry] : index->names) versions += entry.versions.size();
  found.reserve(versions);
  for (const auto& [name, entry] : index->names) {
    if (!filter.name.empty() && filter.name != name) continue;
    for (std::size_t i = entry.versions.size(); i > 0; --i) {
      const VersionEntry& version = entry.versions[i - 1];
      if (passes(filter, version)) found.push_back(modules::module_of(name, entry, version));
    }
  }
  return found;
}

}  // namespace synapsed
