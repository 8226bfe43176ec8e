#pragma once

/// \file
/// Where a registry keeps its index and its blobs, which are named by their SHA-256.
///
/// Thread rule: safe from any thread. What changes something is called with the lock held.

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <synapsed/error.hpp>
#include <synapsed/value.hpp>

#include "base/bytes.hpp"
#include "base/sha256.hpp"
#include "modules/index.hpp"

namespace synapsed::modules {

class RegistryStore {
 public:
  /// Nobody else changes the registry while it lives.
  class Lock {
   public:
    virtual ~Lock() = default;
  };
  /// A file among the blobs; none of them: what a process left that ended in the middle.
  struct Stored {
    std::optional<Sha256Digest> digest;
    std::string name;
    std::uint64_t bytes = 0;
  };

  virtual ~RegistryStore() = default;
  /// Error: `host.io`, also when others hold it for a minute.
  [[nodiscard]] virtual Result<std::unique_ptr<Lock>> lock() = 0;
  /// Errors: `host.io`, those of `decode_index`.
  [[nodiscard]] virtual Result<std::shared_ptr<const Index>> index() const = 0;
  virtual Result<void> replace_index(const Index& index) = 0;
  /// Nothing happens when it is there.
  virtual Result<void> put(const Sha256Digest& digest, ByteSpan bytes) = 0;
  /// Errors: `registry.not_found`; `registry.corrupt` when the bytes are others.
  [[nodiscard]] virtual Result<Bytes> get(const Sha256Digest& digest) const = 0;
  [[nodiscard]] virtual Result<std::vector<Stored>> stored() const = 0;
  virtual Result<void> remove(const Stored& stored) = 0;
  /// What messages call a blob.
  [[nodiscard]] virtual std::string where(const Sha256Digest& digest) const = 0;
};

[[nodiscard]] std::unique_ptr<RegistryStore> memory_store();

/// What changes files: all or nothing, and lasting once it returned. Tests have some that fail.
struct FileOperations {
  std::function<Result<void>(const std::string& path, ByteSpan bytes)> write;
  std::function<Result<void>(const std::string& path)> remove;
  [[nodiscard]] static FileOperations real();
};
[[nodiscard]] Result<std::unique_ptr<RegistryStore>> directory_store(
    const std::string& directory, FileOperations operations = FileOperations::real());

/// Whether the bytes are those of that name. Error: `registry.corrupt`.
[[nodiscard]] Result<void> check_digest(const Sha256Digest& digest, ByteSpan bytes,
                                        const std::string& where);

}  // namespace synapsed::modules
