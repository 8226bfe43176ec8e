#pragma once

#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include <synapsed/registry.hpp>

#include "modules/index.hpp"
#include "modules/store.hpp"

namespace synapsed {

struct ModuleRegistry::Impl {
  explicit Impl(std::unique_ptr<modules::RegistryStore> kept) : store(std::move(kept)) {}
  const std::unique_ptr<modules::RegistryStore> store;

  /// Changes the index while nobody else does: `change` gets a copy, and what it returns is returned. An
  /// index whose generation it leaves is not written.
  template <typename Change>
  auto change(const Change& change) -> decltype(change(std::declval<modules::Index&>())) {
    const auto held = store->lock();
    if (!held) return std::unexpected(held.error());
    const auto now = store->index();
    if (!now) return std::unexpected(now.error());
    modules::Index next = **now;
    auto result = change(next);
    if (!result || next.generation == (*now)->generation) return result;
    if (const auto replaced = store->replace_index(next); !replaced) {
      return std::unexpected(replaced.error());
    }
    return result;
  }
};

namespace modules {

/// `NAME`, `NAME@RANGE` or `sha256:DIGITS`.
struct Reference {
  std::string name;
  std::optional<VersionRange> range;
  std::string digest;  ///< hex digits, at least eight; the others are empty then
};
/// Error: `manifest.invalid`.
[[nodiscard]] Result<Reference> parse_reference(std::string_view text);

/// The newest version that will do; for no range the active one, if there is one. Error:
/// `registry.not_found`.
[[nodiscard]] Result<const VersionEntry*> choose(const Index& index, const std::string& name,
                                                 const std::vector<VersionRange>& ranges);

[[nodiscard]] RegisteredModule module_of(const std::string& name, const NameEntry& entry,
                                         const VersionEntry& version);
[[nodiscard]] Error unknown_name(const Index& index, const std::string& name);

}  // namespace modules
}  // namespace synapsed
