#pragma once

/// \file
/// Storage for guests: the host functions of the import module `synapsed:storage@1`
/// (docs/reference/storage-host-functions.md). Owned by the room `storage`.
///
///     auto storage = std::make_shared<storage::Storage>();
///     for (auto& [name, function] : storage::create_storage_host_functions({.storage = storage})) {
///       runtime.register_host_function(name, std::move(function));
///     }
///
/// A module imports what reads when it was granted `storage`, and what writes when it was granted
/// `storage.write` too. Its keys are those of the space of the execution's tenant and the module.
///
/// An execution is a transaction: it reads one moment, and what it wrote is committed when it ends with
/// success, before its caller has the result. After a trap, at a limit, or when it was cancelled or
/// exited with a code that is not 0, nothing was written. An execution whose commit conflicts with
/// another's ends with `storage.conflict`, or is run again (`ExecutionContext::with_conflict_retries`).
/// One that a host function starts within another's (`ExecutionContext::with_parent`) is part of the
/// other's transaction, and rolled back alone when it fails. In a session each call is a transaction.
///
/// Thread rule: the functions may be called from several threads at once, each for another guest.

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <synapsed/host.hpp>
#include <synapsed/storage.hpp>

namespace synapsed::storage {

/// The capabilities a module needs.
inline constexpr std::string_view kReadCapability = "storage";
inline constexpr std::string_view kWriteCapability = "storage.write";

/// What a module may do with the keys of its space, besides its capabilities. Others are denied.
struct StorageGrant {
  bool may_write = true;
  /// Keys that begin with one of them; none: all keys.
  std::vector<Bytes> prefixes;
};

struct StorageHostOptions {
  std::shared_ptr<Storage> storage;
  StorageGrant grant;                          ///< of modules that are not named
  std::map<std::string, StorageGrant> grants;  ///< by the module's name
};

[[nodiscard]] NamedHostFunctions create_storage_host_functions(StorageHostOptions options);

}  // namespace synapsed::storage
