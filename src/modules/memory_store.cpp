#include <map>
#include <mutex>

#include <fmt/format.h>

#include "base/hex.hpp"
#include "modules/store.hpp"

namespace synapsed::modules {
namespace {

class MemoryStore final : public RegistryStore {
 public:
  Result<std::unique_ptr<Lock>> lock() override { return std::make_unique<Held>(changing_); }
  Result<std::shared_ptr<const Index>> index() const override {
    const std::lock_guard guard(mutex_);
    return index_;
  }
  Result<void> replace_index(const Index& index) override {
    auto next = std::make_shared<const Index>(index);
    const std::lock_guard guard(mutex_);
    index_ = std::move(next);
    return {};
  }
  Result<void> put(const Sha256Digest& digest, ByteSpan bytes) override {
    const std::lock_guard guard(mutex_);
    blobs_.try_emplace(digest, bytes.begin(), bytes.end());
    return {};
  }
  Result<Bytes> get(const Sha256Digest& digest) const override {
    const std::lock_guard guard(mutex_);
    const auto found = blobs_.find(digest);
    if (found != blobs_.end()) return found->second;
    return std::unexpected(
        Error(ErrorCode::kRegistryNotFound, "the bytes are gone").at(where(digest)));
  }
  Result<std::vector<Stored>> stored() const override {
    const std::lock_guard guard(mutex_);
    std::vector<Stored> all;
    for (const auto& [digest, bytes] : blobs_) {
      all.push_back({.digest = digest, .name = to_hex(digest), .bytes = bytes.size()});
    }
    return all;
  }
  Result<void> remove(const Stored& stored) override {
    const std::lock_guard guard(mutex_);
    blobs_.erase(stored.digest.value());
    return {};
  }
  std::string where(const Sha256Digest& digest) const override {
    return fmt::format("sha256:{}", to_hex(digest));
  }

 private:
  class Held final : public Lock {
   public:
    explicit Held(std::mutex& mutex) : lock_(mutex) {}

   private:
    std::unique_lock<std::mutex> lock_;
  };

  std::mutex changing_;
  mutable std::mutex mutex_;
  std::shared_ptr<const Index> index_ = std::make_shared<const Index>();  // under mutex_
  std::map<Sha256Digest, Bytes> blobs_;                                    // likewise
};

}  // namespace

std::unique_ptr<RegistryStore> memory_store() { return std::make_unique<MemoryStore>(); }

}  // namespace synapsed::modules
