// Whether a registry is whole, and what in it nobody needs.

#include <set>

#include <fmt/format.h>

#include "base/hex.hpp"
#include "base/try.hpp"
#include "modules/registry_impl.hpp"

namespace synapsed {
namespace {

using modules::Index;
using modules::VersionEntry;

std::set<Sha256Digest> referenced_by(const Index& index) {
  std::set<Sha256Digest> all;
  for (const auto& [name, entry] : index.names) {
    for (const VersionEntry& version : entry.versions) {
      all.insert(version.module);
      all.insert(version.manifest);
    }
  }
  for (const auto& [name, snapshot] : index.snapshots) all.insert(snapshot.contents);
  return all;
}

class Verifier {
 public:
  explicit Verifier(const modules::RegistryStore& store) : store_(store) {}

  Result<RegistryReport> run() {
    const auto index = TRY(store_.index());
    for (const auto& [name, entry] : index->names) {
      for (const VersionEntry& version : entry.versions) check(name, version);
    }
    for (const auto& [name, snapshot] : index->snapshots) {
      ++report_.snapshots;
      const auto bytes = get(snapshot.contents, fmt::format("snapshot {}", name));
      if (bytes && bytes->size() != snapshot.bytes) note("has another size", name);
    }
    const std::set<Sha256Digest> referenced = referenced_by(*index);
    for (const auto& stored : TRY(store_.stored())) {
      ++report_.blobs;
      report_.bytes += stored.bytes;
      if (!stored.digest || !referenced.contains(*stored.digest)) ++report_.unreferenced;
    }
    return std::move(report_);
  }

 private:
  void check(const std::string& name, const VersionEntry& entry) {
    ++report_.modules;
    const std::string shown = fmt::format("{}@{}", name, entry.version.to_string());
    const auto bytes = get(entry.module, shown);
    if (bytes && bytes->size() != entry.bytes) note("the module has another size", shown);
    const auto text = get(entry.manifest, shown);
    if (!text) return;
    const auto manifest = ModuleManifest::parse(as_text(*text), shown);
    if (!manifest) {
      note(manifest.error().message(), shown);
    } else if (manifest->name != name || !(manifest->version == entry.version)) {
      note("the manifest is of another module", shown);
    }
  }
  std::optional<Bytes> get(const Sha256Digest& digest, const std::string& owner) {
    auto bytes = store_.get(digest);
    if (bytes) return std::move(*bytes);
    note(fmt::format("{}: {}", bytes.error().message(), bytes.error().where()), owner);
    return std::nullopt;
  }
  void note(std::string what, std::string where) {
    report_.problems.push_back({.what = std::move(what), .where = std::move(where)});
  }

  const modules::RegistryStore& store_;
  RegistryReport report_;
};

}  // namespace

Result<RegistryReport> ModuleRegistry::verify() const { return Verifier(*impl_->store).run(); }

Result<RegistryCollected> ModuleRegistry::collect() {
  const auto held = TRY(impl_->store->lock());
  const auto index = TRY(impl_->store->index());
  const std::set<Sha256Digest> referenced = referenced_by(*index);
  RegistryCollected collected;
  for (const auto& stored : TRY(impl_->store->stored())) {
    if (stored.digest && referenced.contains(*stored.digest)) continue;
    TRY(impl_->store->remove(stored));
    ++collected.files;
    collected.bytes += stored.bytes;
  }
  return collected;
}

}  // namespace synapsed
