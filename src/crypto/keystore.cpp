#include <synapsed/crypto_keystore.hpp>

#include <algorithm>
#include <limits>
#include <mutex>
#include <utility>

#include <fmt/format.h>

#include "base/try.hpp"
#include "crypto/key_file_format.hpp"
#include "crypto/sealed_keys.hpp"

namespace synapsed::crypto {
namespace {

struct UseName {
  KeyUse use;
  std::string_view name;
};
constexpr std::array kUseNames{
    UseName{KeyUse::kSign, "sign"},       UseName{KeyUse::kVerify, "verify"},
    UseName{KeyUse::kDecrypt, "decrypt"}, UseName{KeyUse::kEncrypt, "encrypt"},
    UseName{KeyUse::kWrap, "wrap"},       UseName{KeyUse::kExport, "export"},
};

std::string shown(const KeyName& name) {
  return name.tenant.empty() ? fmt::format("\"{}\"", name.name)
                             : fmt::format("\"{}\" of the tenant \"{}\"", name.name, name.tenant);
}

Error key_file_error(std::string message) {
  return Error(ErrorCode::kCryptoKeyFile, std::move(message));
}
Error not_found(const KeyName& name) {
  return Error(ErrorCode::kCryptoKeyNotFound, fmt::format("there is no key {}", shown(name)));
}
Error exists(const KeyName& name) {
  return Error(ErrorCode::kCryptoKeyExists, fmt::format("there is a key {}", shown(name)));
}
Error too_many(std::string_view what, std::size_t most) {
  return Error(ErrorCode::kInvalidLimit,
               fmt::format("a key store holds at most {} {}", most, what));
}

std::chrono::sys_seconds now() {
  return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
}

template <typename T>
Result<T> located(Result<T> result, const std::string& where) {
  if (result || !result.error().where().empty() || where.empty()) return result;
  return std::unexpected(std::move(result).error().at(where));
}

/// Keeps other processes out while it lives.
class StorageLock {
 public:
  /// `storage` may be null.
  static Result<StorageLock> take(KeyStorage* storage) {
    if (storage != nullptr) TRY(storage->lock());
    return StorageLock(storage);
  }
  StorageLock(StorageLock&& other) noexcept : storage_(std::exchange(other.storage_, nullptr)) {}
  StorageLock& operator=(StorageLock&&) = delete;
  ~StorageLock() {
    if (storage_ != nullptr) storage_->unlock();
  }

 private:
  explicit StorageLock(KeyStorage* storage) : storage_(storage) {}
  KeyStorage* storage_;
};

/// What the file said when it was last read or written.
struct State {
  KeyFileHead head;  ///< of a store in memory: nothing, and a data key once there is a key
  std::uint64_t generation = 0;
  Bytes digest;
  KeyTable table;
  KeyStorageStamp stamp{};
};

Result<std::vector<SealedKeyPtr>*> find_in(KeyTable& table, const KeyName& name) {
  const auto found = table.find(name);
  if (found == table.end()) return std::unexpected(not_found(name));
  return &found->second;
}

/// What a file whose head is open says.
Result<State> read_state(const KeyFileParts& parts, KeyFileHead head, const KeyTable& known) {
  TRY(head.data_key->check_end(parts.digest, parts.end_seal));
  State state{.head = std::move(head),
              .generation = parts.generation,
              .digest = Bytes(parts.digest.begin(), parts.digest.end())};
  state.table = TRY(read_table(parts.records, state.head.data_key, known));
  return state;
}

Result<KeyFileParts> read_parts(ByteSpan file) {
  KeyFileParts parts = TRY(parse_key_file(file));
  TRY(check_digest(parts));
  return parts;
}

/// A file may only go on from the one that was seen before.
Result<void> check_succession(const State& seen, const KeyFileParts& parts) {
  if (parts.generation < seen.generation) {
    return std::unexpected(key_file_error("the key file is older than it was before")
                               .help("somebody put a copy back; open the store anew to accept it"));
  }
  if (parts.generation == seen.generation && !std::ranges::equal(parts.digest, seen.digest)) {
    return std::unexpected(key_file_error("the key file is another than it was before")
                               .help("somebody replaced it; open the store anew to accept it"));
  }
  if (std::ranges::equal(parts.head, seen.head.bytes)) return {};
  return std::unexpected(
      Error(ErrorCode::kCryptoMasterKey, "the master key of the key file was changed")
          .help("open the store anew, with the new one"));
}

}  // namespace

std::vector<std::string_view> names_of(KeyUse uses) {
  std::vector<std::string_view> names;
  for (const UseName& row : kUseNames) {
    if (allows(uses, row.use)) names.push_back(row.name);
  }
  return names;
}

std::optional<KeyUse> find_key_use(std::string_view name) {
  const auto row = std::ranges::find(kUseNames, name, &UseName::name);
  return row == kUseNames.end() ? std::nullopt : std::optional(row->use);
}

struct KeyStore::Impl {
  explicit Impl(std::unique_ptr<KeyStorage> where) : storage(std::move(where)) {}

  const std::unique_ptr<KeyStorage> storage;  ///< null: in memory
  std::mutex mutex;
  State state;  ///< guarded by `mutex`

  [[nodiscard]] std::string where() const { return storage ? storage->where() : std::string(); }

  // --- The caller holds `mutex`. ---

  Result<Bytes> read_bytes() {
    auto bytes = TRY(storage->read());
    if (bytes) return std::move(*bytes);
    return std::unexpected(key_file_error("there is no key file")
                               .help("check the path; synapsed keys init makes a new one"));
  }

  Result<void> open(const MasterKey& master) {
    const KeyStorageStamp stamp = TRY(storage->stamp());
    const Bytes bytes = TRY(read_bytes());
    const KeyFileParts parts = TRY(read_parts(bytes));
    KeyFileHead head = TRY(open_head(master, parts));
    state = TRY(read_state(parts, std::move(head), {}));
    state.stamp = stamp;
    return {};
  }

  Result<State> read_again() {
    const KeyStorageStamp stamp = TRY(storage->stamp());
    const Bytes bytes = TRY(read_bytes());
    const KeyFileParts parts = TRY(read_parts(bytes));
    TRY(check_succession(state, parts));
    State again = TRY(read_state(parts, state.head, state.table));
    again.stamp = stamp;
    return again;
  }

  /// Sees what other processes changed.
  Result<void> refresh() {
    if (!storage || TRY(storage->stamp()) == state.stamp) return {};
    state = TRY(read_again());
    return {};
  }

  Result<void> commit(State next) {
    if (count_versions(next.table) > kKeysMax) {
      return std::unexpected(too_many("keys, all versions counted", kKeysMax));
    }
    if (storage) TRY(write(next));
    state = std::move(next);
    return {};
  }

  Result<void> write(State& next) {
    if (next.generation == std::numeric_limits<std::uint64_t>::max()) {
      return std::unexpected(key_file_error("the key file was changed as often as it can be"));
    }
    ++next.generation;
    const Bytes bytes = TRY(write_key_file(next.head, next.generation, next.table));
    if (bytes.size() > kFileBytesMax) return std::unexpected(too_many("bytes", kFileBytesMax));
    TRY(storage->write(bytes));
    const ByteSpan digest = TRY(parse_key_file(bytes)).digest;
    next.digest.assign(digest.begin(), digest.end());
    next.stamp = storage->stamp().value_or(KeyStorageStamp{});
    return {};
  }

  // --- The caller does not. ---

  /// `edit` changes a copy of the state, which then becomes the file's. All or nothing.
  template <typename Edit>
  Result<void> change(const Edit& edit) {
    const std::lock_guard guard(mutex);
    const auto apply = [&]() -> Result<void> {
      const StorageLock lock = TRY(StorageLock::take(storage.get()));
      TRY(refresh());
      State next = state;
      if (!next.head.data_key) next.head.data_key = TRY(DataKey::generate());
      TRY(edit(next));
      return commit(std::move(next));
    };
    return located(apply(), where());
  }

  /// What `look` finds in the table.
  template <typename Look>
  auto view(const Look& look) -> decltype(look(state.table)) {
    const std::lock_guard guard(mutex);
    if (auto fresh = located(refresh(), where()); !fresh) {
      return std::unexpected(std::move(fresh).error());
    }
    return located(look(state.table), where());
  }
};

KeyStore::KeyStore(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
KeyStore::KeyStore(KeyStore&&) noexcept = default;
KeyStore& KeyStore::operator=(KeyStore&&) noexcept = default;
KeyStore::~KeyStore() = default;

Result<KeyStore> KeyStore::create(std::string path, const MasterKey& master) {
  return create(key_file(std::move(path)), master);
}

Result<KeyStore> KeyStore::create(std::unique_ptr<KeyStorage> storage, const MasterKey& master) {
  auto impl = std::make_unique<Impl>(std::move(storage));
  const auto make = [&]() -> Result<void> {
    State first;
    first.head = TRY(make_head(master));
    const StorageLock lock = TRY(StorageLock::take(impl->storage.get()));
    if (TRY(impl->storage->read())) {
      return std::unexpected(
          Error(ErrorCode::kCryptoKeyExists, "there is a key file").help("choose another path"));
    }
    return impl->commit(std::move(first));
  };
  TRY(located(make(), impl->where()));
  return KeyStore(std::move(impl));
}

Result<KeyStore> KeyStore::open(std::string path, const MasterKey& master) {
  return open(key_file(std::move(path)), master);
}

Result<KeyStore> KeyStore::open(std::unique_ptr<KeyStorage> storage, const MasterKey& master) {
  auto impl = std::make_unique<Impl>(std::move(storage));
  TRY(located(impl->open(master), impl->where()));
  return KeyStore(std::move(impl));
}

KeyStore KeyStore::in_memory() { return KeyStore(std::make_unique<Impl>(nullptr)); }

// --- Looking. ---

Result<std::vector<std::shared_ptr<const StoredKey>>> KeyStore::find_versions(
    const KeyName& name) const {
  const auto look = [&](KeyTable& table) -> Result<std::vector<SealedKeyPtr>> {
    return *TRY(find_in(table, name));
  };
  const auto sealed = TRY(impl_->view(look));
  std::vector<std::shared_ptr<const StoredKey>> versions;
  for (auto key = sealed.rbegin(); key != sealed.rend(); ++key) {
    versions.push_back(TRY(located((*key)->open(), impl_->where())));
  }
  return versions;
}

Result<std::shared_ptr<const StoredKey>> KeyStore::find(const KeyName& name) const {
  const auto look = [&](KeyTable& table) -> Result<SealedKeyPtr> {
    return TRY(find_in(table, name))->back();
  };
  const SealedKeyPtr newest = TRY(impl_->view(look));
  return located(newest->open(), impl_->where());
}

Result<std::vector<KeyInfo>> KeyStore::list() const {
  const auto look = [](KeyTable& table) -> Result<std::vector<SealedKeyPtr>> {
    std::vector<SealedKeyPtr> keys;
    for (const auto& [name, versions] : table) keys.push_back(versions.back());
    return keys;
  };
  const auto newest = TRY(impl_->view(look));
  std::vector<KeyInfo> infos;
  for (const SealedKeyPtr& key : newest) {
    infos.push_back(TRY(located(key->open(), impl_->where()))->info);
  }
  return infos;
}

Result<std::size_t> KeyStore::check() const {
  const std::lock_guard guard(impl_->mutex);
  const auto check_all = [&]() -> Result<std::size_t> {
    if (impl_->storage) impl_->state = TRY(impl_->read_again());
    for (const auto& [name, versions] : impl_->state.table) {
      for (const SealedKeyPtr& key : versions) TRY(key->open());
    }
    return count_versions(impl_->state.table);
  };
  return located(check_all(), impl_->where());
}

// --- Changing. ---

Result<KeyInfo> KeyStore::add(KeyName name, SecretKey key, KeyPolicy policy) {
  TRY(check_name(name));
  TRY(check_policy(policy));
  const KeyInfo info{
      .name = name, .algorithm = key.algorithm(), .policy = std::move(policy), .created_at = now()};
  SealedKeyPtr added;
  const auto edit = [&](State& next) -> Result<void> {
    if (next.table.contains(name)) return std::unexpected(exists(name));
    added = TRY(SealedKey::seal(info, key.to_raw().view(), next.head.data_key));
    next.table[name].push_back(added);
    return {};
  };
  TRY(impl_->change(edit));
  return TRY(added->open())->info;
}

Result<KeyInfo> KeyStore::generate(KeyName name, KeyAlgorithm algorithm, KeyPolicy policy,
                                   Entropy& entropy) {
  return add(std::move(name), TRY(SecretKey::generate(algorithm, entropy)), std::move(policy));
}

Result<KeyInfo> KeyStore::rotate(const KeyName& name, Entropy& entropy) {
  // Some algorithms take seconds to make a key: not while others wait.
  const KeyAlgorithm algorithm = TRY(find(name))->info.algorithm;
  const SecretKey key = TRY(SecretKey::generate(algorithm, entropy));
  SealedKeyPtr added;
  const auto edit = [&](State& next) -> Result<void> {
    auto& versions = *TRY(find_in(next.table, name));
    KeyInfo info = versions.back()->info();
    if (info.algorithm != algorithm) return std::unexpected(not_found(name));  // by then another
    ++info.version;
    info.created_at = now();
    added = TRY(SealedKey::seal(std::move(info), key.to_raw().view(), next.head.data_key));
    versions.push_back(added);
    return {};
  };
  TRY(impl_->change(edit));
  return TRY(added->open())->info;
}

Result<void> KeyStore::set_policy(const KeyName& name, KeyPolicy policy) {
  TRY(check_policy(policy));
  return impl_->change([&](State& next) -> Result<void> {
    for (SealedKeyPtr& key : *TRY(find_in(next.table, name))) {
      key = TRY(key->seal_again(policy, next.head.data_key));
    }
    return {};
  });
}

Result<void> KeyStore::remove(const KeyName& name) {
  return impl_->change([&](State& next) -> Result<void> {
    TRY(find_in(next.table, name));
    next.table.erase(name);
    return {};
  });
}

Result<void> KeyStore::change_master_key(const MasterKey& master) {
  if (!impl_->storage) return {};
  KeyFileHead head = TRY(located(make_head(master), impl_->where()));
  return impl_->change([&](State& next) -> Result<void> {
    next.head = std::move(head);
    for (auto& [name, versions] : next.table) {
      for (SealedKeyPtr& key : versions) {
        key = TRY(key->seal_again(key->info().policy, next.head.data_key));
      }
    }
    return {};
  });
}

}  // namespace synapsed::crypto
