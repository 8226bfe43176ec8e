#include <algorithm>
#include <map>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/hex.hpp"
#include "base/try.hpp"
#include "modules/registry_impl.hpp"

namespace synapsed {
namespace {

using modules::Index;
using modules::VersionEntry;

/// Rounds after which the choice is given up; each but the last changes at least one module's version.
constexpr int kRoundsMax = 100;

class Resolver {
 public:
  Resolver(const Index& index, const modules::RegistryStore& store) : index_(index), store_(store) {}

  Result<std::vector<RegisteredModule>> run(const std::string& name,
                                            const std::vector<VersionRange>& ranges) {
    for (int round = 0; round < kRoundsMax; ++round) {
      Wanted wanted;
      for (const VersionRange& range : ranges) wanted[name].push_back({.by = "you", .range = range});
      const bool is_stable = TRY(walk(name, wanted));
      if (is_stable) return TRY(in_order(name));
    }
    return std::unexpected(Error(ErrorCode::kRegistryNotFound,
                                 fmt::format("no choice of versions for \"{}\" settles", name)));
  }

 private:
  struct Want {
    std::string by;
    VersionRange range;
  };
  using Wanted = std::map<std::string, std::vector<Want>>;

  /// Chooses again, with everything that is wanted of each module so far; whether nothing changed.
  Result<bool> walk(const std::string& root, Wanted& wanted) {
    bool is_stable = true;
    std::vector<std::string> open{root};
    std::set<std::string> seen{root};
    // What was wanted in the round before holds on, so that later wishes reach earlier choices.
    for (auto& [name, wants] : before_) wanted[name].insert(wanted[name].end(), wants.begin(), wants.end());
    Wanted found;
    while (!open.empty()) {
      const std::string name = open.back();
      open.pop_back();
      const VersionEntry* version = TRY(choose(name, wanted[name]));
      is_stable = is_stable && chosen_.contains(name) && chosen_[name] == version;
      chosen_[name] = version;
      for (const ModuleDependency& dependency : TRY(dependencies(*version))) {
        const std::string by = fmt::format("{}@{}", name, version->version.to_string());
        wanted[dependency.name].push_back({.by = by, .range = dependency.range});
        found[dependency.name].push_back({.by = by, .range = dependency.range});
        if (seen.insert(dependency.name).second) open.push_back(dependency.name);
      }
    }
    before_ = std::move(found);
    return is_stable;
  }

  Result<const VersionEntry*> choose(const std::string& name, const std::vector<Want>& wants) {
    std::vector<VersionRange> ranges;
    for (const Want& want : wants) ranges.push_back(want.range);
    auto chosen = modules::choose(index_, name, ranges);
    if (chosen || wants.empty()) return chosen;
    std::set<std::string> who;
    for (const auto& [by, range] : wants) who.insert(fmt::format("{} wants {}", by, range.to_string()));
    Error error = std::move(chosen).error();
    const std::string hint = fmt::format("{}; {}", fmt::join(who, ", "), error.hint());
    return std::unexpected(std::move(error).help(hint));
  }

  Result<const std::vector<ModuleDependency>> dependencies(const VersionEntry& version) {
    const auto found = manifests_.find(&version);
    if (found != manifests_.end()) return found->second;
    const Bytes text = TRY(store_.get(version.manifest));
    const ModuleManifest manifest =
        TRY(ModuleManifest::parse(as_text(text), store_.where(version.manifest)));
    return manifests_.emplace(&version, manifest.dependencies).first->second;
  }

  Result<std::vector<RegisteredModule>> in_order(const std::string& root) {
    std::vector<RegisteredModule> order;
    std::vector<std::string> way;
    std::set<std::string> done;
    TRY(visit(root, way, done, order));
    return order;
  }

  Result<void> visit(const std::string& name, std::vector<std::string>& way,
                     std::set<std::string>& done, std::vector<RegisteredModule>& order) {
    const VersionEntry* version = chosen_.at(name);
    const std::string shown = fmt::format("{}@{}", name, version->version.to_string());
    if (const auto again = std::ranges::find(way, shown); again != way.end()) {
      std::vector<std::string> cycle(again, way.end());
      cycle.push_back(shown);
      return std::unexpected(Error(ErrorCode::kRegistryCycle,
                                   fmt::format("modules depend on themselves: {}",
                                               fmt::join(cycle, " -> ")))
                                 .help("take one of these dependencies out of its manifest"));
    }
    if (done.contains(name)) return {};
    way.push_back(shown);
    for (const ModuleDependency& dependency : TRY(dependencies(*version))) {
      TRY(visit(dependency.name, way, done, order));
    }
    way.pop_back();
    done.insert(name);
    order.push_back(modules::module_of(name, index_.names.find(name)->second, *version));
    return {};
  }

  const Index& index_;
  const modules::RegistryStore& store_;
  std::map<std::string, const VersionEntry*> chosen_;
  std::map<const VersionEntry*, std::vector<ModuleDependency>> manifests_;
  Wanted before_;
};

}  // namespace

Result<std::vector<RegisteredModule>> ModuleRegistry::resolve(std::string_view text) const {
  const RegisteredModule root = TRY(find(text));
  const auto index = TRY(impl_->store->index());
  const VersionRange exactly = TRY(VersionRange::parse(fmt::format("={}", root.version.to_string())));
  return Resolver(*index, *impl_->store).run(root.name, {exactly});
}

}  // namespace synapsed
