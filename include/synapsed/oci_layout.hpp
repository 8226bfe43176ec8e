#pragma once

/// \file
/// Modules in an OCI image layout on disk, as `oras` and `wkg` write and read them: from there into a registry, and
/// back. Owned by the room `modules`.
///
/// A module is an artifact with a layer of the media type `application/wasm`
/// (https://tag-runtime.cncf.io/wgs/wasm/deliverables/wasm-oci-artifact/). Its name and version are the annotations
/// `org.opencontainers.image.title` and `.version`, or `.ref.name`. The manifest travels as the annotation
/// `dev.synapsed.manifest`.
///
/// Thread rule: functions that may run at once for different directories.

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <synapsed/error.hpp>
#include <synapsed/registry.hpp>

namespace synapsed {

struct OciImportOptions {
  /// For artifacts that do not say their name; empty: these are errors.
  std::string name;
};

/// Adds every module of the layout; those that are there already change nothing. Blobs are compared with their
/// digests. Errors: `load.unreadable` for what is no layout, with the file; `manifest.invalid` for artifacts without
/// a name or version; those of `ModuleRegistry::add`. What was added before an error stays.
Result<std::vector<RegisteredModule>> import_oci_layout(ModuleRegistry& registry,
                                                        const std::string& directory,
                                                        const OciImportOptions& options = {});

/// Adds the modules to the layout, which is made if there is none; an artifact of the same name and version is
/// replaced. Errors: `host.io`, `load.unreadable` for a directory with something else, those of
/// `ModuleRegistry::read`.
Result<void> export_oci_layout(const ModuleRegistry& registry,
                               std::span<const RegisteredModule> modules,
                               const std::string& directory);

}  // namespace synapsed
