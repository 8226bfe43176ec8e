#pragma once

/// \file
/// Keys that have names, owners and rules, and rest sealed under a master key. Owned by the room
/// `crypto`.
///
///     auto keys = crypto::KeyStore::create("service.keys", crypto::MasterKey::passphrase(text));
///     keys->generate({.tenant = "alice", .name = "signing"}, crypto::KeyAlgorithm::kMlDsa65,
///                    {.uses = crypto::KeyUse::kSign | crypto::KeyUse::kVerify, .modules =
///                    {"notary"}});
///
/// A key belongs to a tenant. Guests get handles, for executions of that tenant and of the modules
/// that the key names; without `KeyUse::kExport` its bytes never leave the host.
///
/// The file (docs/formats/key-file.md) is replaced as a whole by a rename: after a crash it holds
/// what it held before or after a change, never half of it. Several processes may use one file.
///
/// A secret is opened when its key is first used, not with the file.
///
/// Errors: `crypto.key_not_found`, `crypto.key_exists`, `crypto.key_denied`; `crypto.key_file` for
/// a file that is truncated, changed, older than one already seen, or none; `crypto.master_key` for
/// a wrong or unusable master key; `crypto.invalid_argument` for names and policies that are none;
/// `host.io`; `config.invalid_limit` beyond the limits below.
///
/// Thread rule: `KeyStore` is safe from any thread; the rest are values, `MasterKey` a resource.

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <synapsed/crypto_keys.hpp>

namespace synapsed::crypto {

/// What a key may be used for; bits, numbered as guests number them.
enum class KeyUse : std::uint32_t {
  kNone = 0,
  kSign = 1,     ///< sign, or authenticate
  kVerify = 2,   ///< check what it signed or authenticated
  kDecrypt = 4,  ///< decapsulate, open envelopes, unseal
  kEncrypt = 8,  ///< seal
  kWrap = 16,    ///< encrypt and decrypt other keys
  kExport = 32,  ///< give its bytes away
};
[[nodiscard]] constexpr KeyUse operator|(KeyUse a, KeyUse b) {
  return static_cast<KeyUse>(static_cast<std::uint32_t>(a) | static_cast<std::uint32_t>(b));
}
[[nodiscard]] constexpr bool allows(KeyUse uses, KeyUse wanted) {
  return (static_cast<std::uint32_t>(uses) & static_cast<std::uint32_t>(wanted)) ==
         static_cast<std::uint32_t>(wanted);
}
/// `sign`, `verify`, `decrypt`, `encrypt`, `wrap`, `export`.
[[nodiscard]] std::vector<std::string_view> names_of(KeyUse uses);
[[nodiscard]] std::optional<KeyUse> find_key_use(std::string_view name);

inline constexpr std::size_t kKeyNameBytesMax = 128;
inline constexpr std::size_t kKeyModulesMax = 64;

/// UTF-8 without control characters; a name has 1 to 128 bytes, a tenant 0 to 128.
struct KeyName {
  std::string tenant;  ///< empty: of executions without a tenant
  std::string name;
  auto operator<=>(const KeyName&) const = default;
};

struct KeyPolicy {
  KeyUse uses = KeyUse::kNone;
  /// Names of the modules whose guests may use it, at most 64, as a key's name; none: no guest's;
  /// `*`: any module's.
  std::vector<std::string> modules;
  bool operator==(const KeyPolicy&) const = default;
};

struct KeyInfo {
  KeyName name;
  KeyAlgorithm algorithm{};
  KeyPolicy policy;
  std::uint32_t version = 1;            ///< goes up with each rotation
  std::chrono::sys_seconds created_at;  ///< this version
  std::optional<PublicKey> public_key;  ///< none of symmetric keys
};

/// A key and what is known of it. Shared, immutable.
struct StoredKey {
  KeyInfo info;
  SecretKey key;
};

/// What key files are sealed under.
class MasterKey {
 public:
  /// Argon2id makes the key of it; the cost counts when a file is created or its master key
  /// changed, and is at most 1 GiB, 64 passes and 16 lanes. 1 to 1024 bytes.
  [[nodiscard]] static MasterKey passphrase(std::string_view text, const Argon2Cost& cost = {});
  /// A file of 32 bytes, or of 64 hexadecimal digits; private to its owner.
  [[nodiscard]] static Result<MasterKey> from_file(const std::string& path);
  /// What the operating system keeps for a service: the systemd credential `name`
  /// ($CREDENTIALS_DIRECTORY), or else the key of type `user` with that description in the kernel's
  /// keyrings. As the content of a file above.
  [[nodiscard]] static Result<MasterKey> from_os(const std::string& name);
  /// Error: `crypto.master_key` unless there are 32 bytes.
  [[nodiscard]] static Result<MasterKey> from_bytes(std::span<const std::byte> bytes);
  MasterKey(MasterKey&&) noexcept;
  MasterKey& operator=(MasterKey&&) noexcept;
  ~MasterKey();

  struct Impl;
  [[nodiscard]] const Impl& impl() const { return *impl_; }

 private:
  explicit MasterKey(std::unique_ptr<const Impl> impl);
  std::unique_ptr<const Impl> impl_;
};

/// Tells contents of a storage apart; zeros: there is nothing.
using KeyStorageStamp = std::array<std::uint64_t, 4>;

/// Where the sealed bytes of a store rest: a file, later also a database. Called under a lock of
/// the store's, by one thread at a time.
class KeyStorage {
 public:
  virtual ~KeyStorage() = default;
  /// None when there is nothing yet.
  [[nodiscard]] virtual Result<std::optional<Bytes>> read() = 0;
  /// All or nothing, and lasting once it returns.
  virtual Result<void> write(std::span<const std::byte> bytes) = 0;
  /// Another one when something was written since; cheap, as every `KeyStore::find` asks.
  [[nodiscard]] virtual Result<KeyStorageStamp> stamp() = 0;
  /// Keeps other processes out until `unlock`.
  virtual Result<void> lock() = 0;
  virtual void unlock() = 0;
  [[nodiscard]] virtual std::string where() const = 0;  ///< for errors
};
/// `path`, which only its owner may read and write, and beside it `path.lock`. A symbolic link
/// stays one. Error of `lock`: `host.io` when another process holds it for 10 seconds.
[[nodiscard]] std::unique_ptr<KeyStorage> key_file(std::string path);

class KeyStore {
 public:
  static constexpr std::size_t kKeysMax = 100'000;  ///< all versions counted
  static constexpr std::size_t kFileBytesMax = std::size_t{256} << 20;

  /// A new file. Error: `crypto.key_exists` when there is one.
  [[nodiscard]] static Result<KeyStore> create(std::string path, const MasterKey& master);
  [[nodiscard]] static Result<KeyStore> create(std::unique_ptr<KeyStorage> storage,
                                               const MasterKey& master);
  [[nodiscard]] static Result<KeyStore> open(std::string path, const MasterKey& master);
  [[nodiscard]] static Result<KeyStore> open(std::unique_ptr<KeyStorage> storage,
                                             const MasterKey& master);
  /// Keys that are gone with the store.
  [[nodiscard]] static KeyStore in_memory();
  KeyStore(KeyStore&&) noexcept;
  KeyStore& operator=(KeyStore&&) noexcept;
  ~KeyStore();

  Result<KeyInfo> add(KeyName name, SecretKey key, KeyPolicy policy);
  Result<KeyInfo> generate(KeyName name, KeyAlgorithm algorithm, KeyPolicy policy,
                           Entropy& entropy = system_entropy());
  /// The newest version. What another process changed is seen.
  [[nodiscard]] Result<std::shared_ptr<const StoredKey>> find(const KeyName& name) const;
  /// All versions, newest first.
  [[nodiscard]] Result<std::vector<std::shared_ptr<const StoredKey>>> find_versions(
      const KeyName& name) const;
  /// The newest version of each key, by tenant and name.
  [[nodiscard]] Result<std::vector<KeyInfo>> list() const;
  /// A new key of the same algorithm under the name. The versions before still verify and decrypt.
  Result<KeyInfo> rotate(const KeyName& name, Entropy& entropy = system_entropy());
  /// Of all its versions.
  Result<void> set_policy(const KeyName& name, KeyPolicy policy);
  /// With all its versions.
  Result<void> remove(const KeyName& name);
  /// Seals the same keys under another master key; all data keys are made anew.
  Result<void> change_master_key(const MasterKey& master);
  /// Reads the file again and checks every key in it; their number, versions counted.
  [[nodiscard]] Result<std::size_t> check() const;

  struct Impl;

 private:
  explicit KeyStore(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace synapsed::crypto
