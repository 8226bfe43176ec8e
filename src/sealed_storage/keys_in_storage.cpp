// The sealed bytes of a key store in a storage: the bytes as a blob, a stamp, and a lock that its owner
// writes, with the time until which it holds.

#include <algorithm>
#include <chrono>
#include <thread>
#include <utility>

#include <synapsed/sealed_storage.hpp>

#include "base/fields.hpp"
#include "base/try.hpp"

namespace synapsed::storage {
namespace {

using std::chrono::milliseconds;
using std::chrono::system_clock;

constexpr milliseconds kLockHolds{30'000};
constexpr milliseconds kLockWait{10'000};
constexpr milliseconds kLookAgain{20};
constexpr std::size_t kTokenBytes = 16;
constexpr std::size_t kLockBytes = kTokenBytes + 8;

Bytes number_bytes(std::uint64_t number) {
  FieldWriter out;
  out.number(number);
  return std::move(out.bytes());
}
std::uint64_t read_number(std::span<const std::byte> bytes) {
  return FieldReader(bytes).number<std::uint64_t>();
}
std::uint64_t milliseconds_now() {
  return static_cast<std::uint64_t>(
      std::chrono::duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count());
}

class KeysInStorage final : public crypto::KeyStorage {
 public:
  KeysInStorage(std::shared_ptr<Storage> storage, std::string key, SpaceName space)
      : storage_(std::move(storage)),
        space_(std::move(space)),
        key_(std::move(key)),
        stamp_key_(key_ + " stamp"),
        lock_key_(key_ + " lock") {}

  Result<std::optional<Bytes>> read() override {
    const Transaction transaction = storage_->begin({.read_only = true});
    Space space = transaction.space(space_);
    const auto length = TRY(space.length(key_));
    if (!length) return std::optional<Bytes>();
    Bytes bytes(static_cast<std::size_t>(*length));
    TRY(space.read_blob(key_, 0, bytes));
    return bytes;
  }

  Result<void> write(std::span<const std::byte> bytes) override {
    const Bytes stamp = TRY(crypto::random_bytes(sizeof(crypto::KeyStorageStamp)));
    return storage_->transact([&](Transaction& transaction) -> Result<void> {
      Space space = transaction.space(space_);
      TRY(check_lock(space));
      auto blob = TRY(space.write_blob(key_));
      TRY(blob.write(bytes));
      TRY(blob.finish());
      return space.set(stamp_key_, stamp);
    });
  }

  Result<crypto::KeyStorageStamp> stamp() override {
    const auto bytes = TRY(storage_->get(stamp_key_, space_));
    crypto::KeyStorageStamp stamp{};
    if (!bytes || bytes->size() != sizeof(stamp)) return stamp;
    for (std::size_t i = 0; i < stamp.size(); ++i) {
      stamp[i] = read_number(std::span(*bytes).subspan(8 * i));
    }
    return stamp;
  }

  Result<void> lock() override {
    token_ = TRY(crypto::random_bytes(kTokenBytes));
    const auto end = std::chrono::steady_clock::now() + kLockWait;
    for (;;) {
      if (TRY(try_lock())) return {};
      if (std::chrono::steady_clock::now() >= end) {
        return std::unexpected(Error(ErrorCode::kStorageBusy, "somebody else changes the keys")
                                   .at(where())
                                   .help("try again"));
      }
      std::this_thread::sleep_for(kLookAgain);
    }
  }

  /// What cannot be taken back ends by itself.
  void unlock() override {
    static_cast<void>(storage_->transact([&](Transaction& transaction) -> Result<void> {
      Space space = transaction.space(space_);
      return check_lock(space) ? space.remove(lock_key_) : Result<void>();
    }));
    token_.clear();
  }

  [[nodiscard]] std::string where() const override { return "the keys in the storage"; }

 private:
  /// Whether it is ours now.
  Result<bool> try_lock() {
    bool is_ours = false;
    const auto take = [&](Transaction& transaction) -> Result<void> {
      Space space = transaction.space(space_);
      const auto held = TRY(space.get(lock_key_));
      const std::uint64_t now = milliseconds_now();
      is_ours = !held || held->size() != kLockBytes ||
                read_number(std::span(*held).subspan(kTokenBytes)) < now;
      if (!is_ours) return {};
      Bytes lock = token_;
      const Bytes until = number_bytes(now + static_cast<std::uint64_t>(kLockHolds.count()));
      lock.resize(kLockBytes);
      std::ranges::copy(until, lock.begin() + kTokenBytes);
      return space.set(lock_key_, lock);
    };
    TRY(storage_->transact(take));
    return is_ours;
  }

  /// Error: `storage.busy` when it is another's by now.
  Result<void> check_lock(Space& space) const {
    const auto held = TRY(space.get(lock_key_));
    if (held && held->size() == kLockBytes &&
        std::ranges::equal(std::span(*held).first(kTokenBytes), token_)) {
      return {};
    }
    return std::unexpected(Error(ErrorCode::kStorageBusy, "the lock of the keys was held too long")
                               .at(where())
                               .help("try again"));
  }

  const std::shared_ptr<Storage> storage_;
  const SpaceName space_;
  const std::string key_;
  const std::string stamp_key_;
  const std::string lock_key_;
  Bytes token_;
};

}  // namespace

std::unique_ptr<crypto::KeyStorage> keys_in(std::shared_ptr<Storage> storage, std::string key,
                                            SpaceName space) {
  return std::make_unique<KeysInStorage>(std::move(storage), std::move(key), std::move(space));
}

}  // namespace synapsed::storage
