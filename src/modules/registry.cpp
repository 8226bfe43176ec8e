#include <synapsed/registry.hpp>

#include <algorithm>

#include <fmt/format.h>
#include <synapsed/inspect.hpp>

#include "base/hex.hpp"
#include "base/try.hpp"
#include "modules/registry_impl.hpp"

namespace synapsed {
namespace {

using modules::Index;
using modules::NameEntry;
using modules::SnapshotEntry;
using modules::VersionEntry;

Sha256Digest digest_of(const std::string& hex) {
  Sha256Digest digest{};
  const auto bytes = from_hex(hex);
  if (bytes && bytes->size() == digest.size()) std::ranges::copy(*bytes, digest.begin());
  return digest;
}

std::int64_t now_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

Error unknown_version(const std::string& name, const SemanticVersion& version) {
  return Error(ErrorCode::kRegistryNotFound,
               fmt::format("no version {} of \"{}\" is in the registry", version.to_string(), name));
}

/// Puts a version in its place; what served keeps serving.
void insert(NameEntry& entry, VersionEntry version) {
  const auto place = std::ranges::lower_bound(entry.versions, version.version, {},
                                              [](const VersionEntry& each) { return each.version; });
  const auto at = static_cast<std::uint32_t>(place - entry.versions.begin());
  entry.versions.insert(place, std::move(version));
  for (std::uint32_t& served : entry.served) served += served >= at ? 1 : 0;
}

void erase(NameEntry& entry, std::uint32_t at) {
  entry.versions.erase(entry.versions.begin() + at);
  std::erase(entry.served, at);
  for (std::uint32_t& served : entry.served) served -= served > at ? 1 : 0;
}

RegisteredSnapshot snapshot_of(const std::string& name, const SnapshotEntry& entry) {
  return {.name = name,
          .module_sha256 = to_hex(entry.module),
          .sha256 = to_hex(entry.contents),
          .bytes = entry.bytes,
          .added_at = std::chrono::sys_time<std::chrono::milliseconds>(
              std::chrono::milliseconds(entry.added_at_ms))};
}

Result<void> check_name(std::string_view name) {
  if (is_module_name(name)) return {};
  return std::unexpected(Error(ErrorCode::kManifestInvalid, fmt::format("\"{}\" is no name", name))
                             .help("use letters, digits and -_., in parts between slashes"));
}

Error unknown_snapshot(std::string_view name) {
  return Error(ErrorCode::kRegistryNotFound, fmt::format("no snapshot \"{}\" is in the registry", name));
}

}  // namespace

ModuleRegistry::ModuleRegistry(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
ModuleRegistry::ModuleRegistry(ModuleRegistry&&) noexcept = default;
ModuleRegistry& ModuleRegistry::operator=(ModuleRegistry&&) noexcept = default;
ModuleRegistry::~ModuleRegistry() = default;

ModuleRegistry ModuleRegistry::in_memory() {
  return ModuleRegistry(std::make_unique<Impl>(modules::memory_store()));
}

Result<ModuleRegistry> ModuleRegistry::open(const std::string& directory) {
  return ModuleRegistry(std::make_unique<Impl>(TRY(modules::directory_store(directory))));
}

Result<RegisteredModule> ModuleRegistry::add(std::span<const std::byte> wasm,
                                             const ModuleManifest& manifest) {
  TRY(manifest.validate());
  TRY(validate_module(wasm));
  const std::string text = manifest.to_toml();
  VersionEntry made{.version = manifest.version,
                    .module = sha256(wasm),
                    .manifest = sha256(as_bytes(text)),
                    .bytes = wasm.size(),
                    .added_at_ms = now_ms(),
                    .tags = manifest.tags,
                    .capabilities = {}};
  for (const auto& [capability, reason] : manifest.capabilities) made.capabilities.push_back(capability);
  return impl_->change([&](Index& index) -> Result<RegisteredModule> {
    NameEntry& entry = index.names[manifest.name];
    const auto keep = [&]() -> Result<void> {
      TRY(impl_->store->put(made.module, wasm));
      return impl_->store->put(made.manifest, as_bytes(text));
    };
    if (const VersionEntry* there = modules::find(entry, manifest.version)) {
      if (there->module == made.module && there->manifest == made.manifest) {
        TRY(keep());  // they may have been damaged
        return modules::module_of(manifest.name, entry, *there);
      }
      return std::unexpected(
          Error(ErrorCode::kRegistryExists,
                fmt::format("version {} of \"{}\" is in the registry, with {}",
                            manifest.version.to_string(), manifest.name,
                            there->module == made.module ? "another manifest" : "other bytes"))
              .help("give it another version, or remove the one there is"));
    }
    TRY(keep());
    insert(entry, made);
    ++index.generation;
    return modules::module_of(manifest.name, entry, *modules::find(entry, manifest.version));
  });
}

Result<Bytes> ModuleRegistry::read(const RegisteredModule& module) const {
  return impl_->store->get(digest_of(module.sha256));
}

Result<ModuleManifest> ModuleRegistry::manifest(const RegisteredModule& module) const {
  const Sha256Digest digest = digest_of(module.manifest_sha256);
  const Bytes text = TRY(impl_->store->get(digest));
  return ModuleManifest::parse(as_text(text), impl_->store->where(digest));
}

Result<void> ModuleRegistry::remove(std::string_view name, const SemanticVersion& version) {
  return impl_->change([&](Index& index) -> Result<void> {
    const auto found = index.names.find(name);
    if (found == index.names.end()) {
      return std::unexpected(modules::unknown_name(index, std::string(name)));
    }
    NameEntry& entry = found->second;
    const VersionEntry* there = modules::find(entry, version);
    if (there == nullptr) return std::unexpected(unknown_version(found->first, version));
    const auto at = static_cast<std::uint32_t>(there - entry.versions.data());
    if (!entry.served.empty() && entry.served.back() == at) {
      return std::unexpected(Error(ErrorCode::kRegistryInUse,
                                   fmt::format("version {} serves \"{}\"", version.to_string(), name))
                                 .help("activate another version first"));
    }
    erase(entry, at);
    if (entry.versions.empty()) index.names.erase(found);
    ++index.generation;
    return {};
  });
}

Result<RegisteredModule> ModuleRegistry::activate(std::string_view text) {
  const RegisteredModule wanted = TRY(find(text));
  return impl_->change([&](Index& index) -> Result<RegisteredModule> {
    const auto found = index.names.find(wanted.name);
    const VersionEntry* there =
        found == index.names.end() ? nullptr : modules::find(found->second, wanted.version);
    if (there == nullptr) return std::unexpected(unknown_version(wanted.name, wanted.version));
    NameEntry& entry = found->second;
    const auto at = static_cast<std::uint32_t>(there - entry.versions.data());
    if (entry.served.empty() || entry.served.back() != at) {
      if (entry.served.size() == modules::kServedMax) entry.served.erase(entry.served.begin());
      entry.served.push_back(at);
      ++index.generation;
    }
    return modules::module_of(wanted.name, entry, *there);
  });
}

Result<RegisteredModule> ModuleRegistry::rollback(std::string_view name) {
  return impl_->change([&](Index& index) -> Result<RegisteredModule> {
    const auto found = index.names.find(name);
    if (found == index.names.end()) {
      return std::unexpected(modules::unknown_name(index, std::string(name)));
    }
    NameEntry& entry = found->second;
    if (entry.served.size() < 2) {
      return std::unexpected(Error(ErrorCode::kRegistryNotFound,
                                   fmt::format("no version of \"{}\" served before", name))
                                 .help("activate the one you want"));
    }
    entry.served.pop_back();
    ++index.generation;
    return modules::module_of(found->first, entry, entry.versions[entry.served.back()]);
  });
}

Result<RegisteredSnapshot> ModuleRegistry::save_snapshot(std::string_view name,
                                                         const Snapshot& snapshot) {
  TRY(check_name(name));
  const Bytes bytes = TRY(snapshot.to_bytes());
  const SnapshotEntry made{.module = digest_of(snapshot.info().module_sha256),
                           .contents = sha256(bytes),
                           .bytes = bytes.size(),
                           .added_at_ms = now_ms()};
  return impl_->change([&](Index& index) -> Result<RegisteredSnapshot> {
    TRY(impl_->store->put(made.contents, bytes));
    index.snapshots.insert_or_assign(std::string(name), made);
    ++index.generation;
    return snapshot_of(std::string(name), made);
  });
}

Result<Snapshot> ModuleRegistry::load_snapshot(std::string_view name,
                                               const SnapshotLimits& limits) const {
  const auto index = TRY(impl_->store->index());
  const auto found = index->snapshots.find(name);
  if (found == index->snapshots.end()) return std::unexpected(unknown_snapshot(name));
  const Bytes bytes = TRY(impl_->store->get(found->second.contents));
  return Snapshot::from_bytes(bytes, limits);
}

Result<std::vector<RegisteredSnapshot>> ModuleRegistry::list_snapshots() const {
  const auto index = TRY(impl_->store->index());
  std::vector<RegisteredSnapshot> all;
  for (const auto& [name, entry] : index->snapshots) all.push_back(snapshot_of(name, entry));
  return all;
}

Result<void> ModuleRegistry::remove_snapshot(std::string_view name) {
  return impl_->change([&](Index& index) -> Result<void> {
    const auto found = index.snapshots.find(name);
    if (found == index.snapshots.end()) return std::unexpected(unknown_snapshot(name));
    index.snapshots.erase(found);
    ++index.generation;
    return {};
  });
}

}  // namespace synapsed
