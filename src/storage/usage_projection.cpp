#include "storage/usage_projection.hpp"

#include <algorithm>

#include "base/try.hpp"
#include "storage/transaction_data.hpp"

namespace synapsed::storage {
namespace {

bool limits_usage(const Quota& quota) { return quota.keys_max != 0 || quota.bytes_max != 0; }

bool limit_usage(const Quotas& quotas) {
  const auto limits = [](const auto& named) { return limits_usage(named.second); };
  return limits_usage(quotas.space) || limits_usage(quotas.tenant) ||
         std::ranges::any_of(quotas.spaces, limits) || std::ranges::any_of(quotas.tenants, limits);
}

std::optional<std::uint64_t> length_of(const BufferedChange& change) {
  switch (change.kind) {
    case BufferedChange::Kind::kSet: return change.value.size();
    case BufferedChange::Kind::kRemove: return std::nullopt;
    case BufferedChange::Kind::kAdd: break;
  }
  return 1 + kCounterBytes;
}

Result<std::optional<std::uint64_t>> stored_length(TransactionData& data, ByteSpan key) {
  BackendSnapshot* stored = TRY(data.snapshot());
  const auto record = TRY(stored->get(key));
  return record ? std::optional<std::uint64_t>(record->size()) : std::nullopt;
}

Result<Usage> stored_usage(TransactionData& data, ByteSpan key) {
  BackendSnapshot* stored = TRY(data.snapshot());
  const auto value = TRY(stored->get(key));
  return value ? read_usage(*value).value_or(Usage{}) : Usage{};
}

Result<void> check_limits(const Quota& quota, const Usage& stored, std::int64_t keys,
                          std::int64_t bytes, std::string where) {
  const std::uint64_t keys_then = stored.keys + static_cast<std::uint64_t>(keys);
  const std::uint64_t bytes_then = stored.bytes + static_cast<std::uint64_t>(bytes);
  const bool too_many = quota.keys_max != 0 && keys_then > quota.keys_max;
  const bool too_much = quota.bytes_max != 0 && bytes_then > quota.bytes_max;
  if (!too_many && !too_much) return {};
  return std::unexpected(
      Error(ErrorCode::kStorageQuota, too_many
                                          ? "more than " + std::to_string(quota.keys_max) + " keys"
                                          : "more than " + std::to_string(quota.bytes_max) + " bytes")
          .at(std::move(where))
          .help("remove keys, or raise the quota"));
}

}  // namespace

UsageProjection::UsageProjection(const Quotas& quotas)
    : quotas_(quotas), is_needed_(limit_usage(quotas)) {}

UsageProjection::Growth UsageProjection::growth_of(ByteSpan key,
                                                   std::optional<std::uint64_t> before,
                                                   std::optional<std::uint64_t> after) {
  const auto entry = *read_entry_key(key);
  const auto key_bytes = static_cast<std::int64_t>(entry.key.size());
  Growth growth;
  if (entry.key_class == KeyClass::kEntry) growth.keys = (after ? 1 : 0) - (before ? 1 : 0);
  if (after) growth.bytes += key_bytes + static_cast<std::int64_t>(*after);
  if (before) growth.bytes -= key_bytes + static_cast<std::int64_t>(*before);
  return growth;
}

Result<void> UsageProjection::count_again(TransactionData& data) {
  spaces_.clear();
  for (const auto& [key, change] : data.writes.changes()) {
    const Growth growth = growth_of(key, TRY(stored_length(data, key)), length_of(change));
    Growth& space = spaces_[read_entry_key(key)->space()];
    space.keys += growth.keys;
    space.bytes += growth.bytes;
  }
  is_known_ = true;
  return {};
}

Result<void> UsageProjection::add(TransactionData& data, ByteSpan key,
                                  const BufferedChange& change) {
  const SpaceName name = read_entry_key(key)->space();
  if (!limits_usage(quotas_.of(name)) && !limits_usage(quotas_.of_tenant(name.tenant))) return {};
  if (!is_known_) TRY(count_again(data));
  const BufferedChange* written = data.writes.find(key);
  const auto before = written != nullptr ? length_of(*written) : TRY(stored_length(data, key));
  const Growth growth = growth_of(key, before, length_of(change));
  Growth& space = spaces_[name];
  space.keys += growth.keys;
  space.bytes += growth.bytes;
  if (growth.keys <= 0 && growth.bytes <= 0) return {};
  auto checked = check(data, name);
  if (!checked) {
    space.keys -= growth.keys;
    space.bytes -= growth.bytes;
  }
  return checked;
}

UsageProjection::Growth UsageProjection::of_tenant(const std::string& tenant) const {
  Growth sum;
  for (const auto& [name, growth] : spaces_) {
    if (name.tenant != tenant) continue;
    sum.keys += growth.keys;
    sum.bytes += growth.bytes;
  }
  return sum;
}

Result<void> UsageProjection::check(TransactionData& data, const SpaceName& name) const {
  const Growth& space = spaces_.at(name);
  const Usage stored = TRY(stored_usage(data, space_usage_key(name)));
  TRY(check_limits(quotas_.of(name), stored, space.keys, space.bytes,
                   "tenant \"" + name.tenant + "\", module \"" + name.module + "\""));
  const Usage stored_tenant = TRY(stored_usage(data, tenant_usage_key(name.tenant)));
  const Growth tenant = of_tenant(name.tenant);
  return check_limits(quotas_.of_tenant(name.tenant), stored_tenant, tenant.keys, tenant.bytes,
                      "tenant \"" + name.tenant + "\"");
}

}  // namespace synapsed::storage
