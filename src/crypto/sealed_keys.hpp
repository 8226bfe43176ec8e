#pragma once

/// \file
/// The keys of a store, sealed, and the key that they are sealed under.
///
/// Thread rule: immutable, but that a sealed key remembers what it was opened to; safe from several
/// threads.

#include <cstddef>
#include <map>
#include <memory>
#include <mutex>
#include <vector>

#include <synapsed/crypto_keystore.hpp>

#include "crypto/key_file_format.hpp"

namespace synapsed::crypto {

/// What the records and the end of a file are sealed under.
class DataKey {
 public:
  [[nodiscard]] static Result<std::shared_ptr<const DataKey>> generate();
  [[nodiscard]] static Result<std::shared_ptr<const DataKey>> from_bytes(SecretBytes bytes);
  DataKey(SecretBytes bytes, Aead aead) : bytes_(std::move(bytes)), aead_(std::move(aead)) {}

  [[nodiscard]] const SecretBytes& bytes() const { return bytes_; }
  [[nodiscard]] Result<Bytes> seal_record(const SecretBytes& plaintext) const;
  /// Error: `crypto.key_file`.
  [[nodiscard]] Result<SecretBytes> open_record(ByteSpan sealed) const;
  [[nodiscard]] Result<Bytes> seal_end(ByteSpan digest) const;
  /// Error: `crypto.key_file`.
  Result<void> check_end(ByteSpan digest, ByteSpan seal) const;

 private:
  const SecretBytes bytes_;
  const Aead aead_;
};
using DataKeyPtr = std::shared_ptr<const DataKey>;

/// One version of a key.
class SealedKey {
 public:
  /// Seals what is about to be kept.
  [[nodiscard]] static Result<std::shared_ptr<const SealedKey>> seal(KeyInfo info, ByteSpan secret,
                                                                     DataKeyPtr data_key);
  /// Opens a record to see whose it is.
  [[nodiscard]] static Result<std::shared_ptr<const SealedKey>> read(ByteSpan sealed,
                                                                     DataKeyPtr data_key);
  SealedKey(KeyInfo info, Bytes sealed, DataKeyPtr data_key)
      : info_(std::move(info)), sealed_(std::move(sealed)), data_key_(std::move(data_key)) {}

  [[nodiscard]] const KeyInfo& info() const { return info_; }  ///< without the public key
  [[nodiscard]] const Bytes& sealed() const { return sealed_; }
  /// Opened the first time. Error: `crypto.key_file` for a record of something else than a key.
  [[nodiscard]] Result<std::shared_ptr<const StoredKey>> open() const;
  /// The same secret with another policy, under another data key.
  [[nodiscard]] Result<std::shared_ptr<const SealedKey>> seal_again(KeyPolicy policy,
                                                                    DataKeyPtr data_key) const;

 private:
  const KeyInfo info_;
  const Bytes sealed_;
  const DataKeyPtr data_key_;
  mutable std::mutex mutex_;
  mutable std::shared_ptr<const StoredKey> opened_;  ///< guarded by `mutex_`
};
using SealedKeyPtr = std::shared_ptr<const SealedKey>;

/// All versions of each key, oldest first; none is empty.
using KeyTable = std::map<KeyName, std::vector<SealedKeyPtr>>;

[[nodiscard]] std::size_t count_versions(const KeyTable& table);
/// Keys that `known` has opened stay open. Error: `crypto.key_file`.
[[nodiscard]] Result<KeyTable> read_table(const std::vector<ByteSpan>& records,
                                          const DataKeyPtr& data_key, const KeyTable& known);

/// The beginning of a file, and what it seals.
struct KeyFileHead {
  Bytes bytes;
  DataKeyPtr data_key;
};
/// With a new data key.
[[nodiscard]] Result<KeyFileHead> make_head(const MasterKey& master);
/// Error: `crypto.master_key`.
[[nodiscard]] Result<KeyFileHead> open_head(const MasterKey& master, const KeyFileParts& parts);

[[nodiscard]] Result<Bytes> write_key_file(const KeyFileHead& head, std::uint64_t generation,
                                           const KeyTable& table);
/// Whether the file is as it was written: by its digest, which anybody can make.
Result<void> check_digest(const KeyFileParts& parts);

}  // namespace synapsed::crypto
