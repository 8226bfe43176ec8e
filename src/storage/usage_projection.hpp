#pragma once

/// \file
/// What a transaction would leave its spaces with, so that a quota refuses the write that is too much
/// and not the whole transaction at its end. The commit counts again, with what others wrote.
///
/// Thread rule: that of its transaction.

#include <map>

#include "storage/backend.hpp"
#include "storage/write_buffer.hpp"

namespace synapsed::storage {

class TransactionData;

class UsageProjection {
 public:
  explicit UsageProjection(const Quotas& quotas);

  /// Some quota limits keys or bytes.
  [[nodiscard]] bool is_needed() const { return is_needed_; }
  /// A change that is about to be written. Error: `storage.quota`; then it is not to be.
  Result<void> add(TransactionData& data, ByteSpan key, const BufferedChange& change);
  /// Writes were undone.
  void forget() { is_known_ = false; }

 private:
  struct Growth {
    std::int64_t keys = 0;
    std::int64_t bytes = 0;
  };
  [[nodiscard]] static Growth growth_of(ByteSpan key, std::optional<std::uint64_t> before,
                                        std::optional<std::uint64_t> after);
  Result<void> count_again(TransactionData& data);
  Result<void> check(TransactionData& data, const SpaceName& name) const;
  [[nodiscard]] Growth of_tenant(const std::string& tenant) const;

  const Quotas& quotas_;
  const bool is_needed_;
  bool is_known_ = true;
  std::map<SpaceName, Growth> spaces_;
};

}  // namespace synapsed::storage
