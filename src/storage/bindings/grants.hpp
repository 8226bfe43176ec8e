#pragma once

/// \file
/// Which keys a module may use. Thread rule: pure functions.

#include <synapsed/storage_host.hpp>

#include "base/bytes.hpp"

namespace synapsed::storage {

/// Of the module: its own, or that of all that are not named.
[[nodiscard]] const StorageGrant& grant_of(const StorageHostOptions& options,
                                           std::string_view module);

[[nodiscard]] bool is_granted(const StorageGrant& grant, ByteSpan key);
/// Whether one prefix has all keys that the range could have.
[[nodiscard]] bool is_granted(const StorageGrant& grant, const KeyRange& range);

}  // namespace synapsed::storage
