#include <synapsed/storage.hpp>

namespace synapsed::storage {

const Quota& Quotas::of(const SpaceName& name) const {
  const auto found = spaces.find(name);
  return found == spaces.end() ? space : found->second;
}

const Quota& Quotas::of_tenant(const std::string& name) const {
  const auto found = tenants.find(name);
  return found == tenants.end() ? tenant : found->second;
}

}  // namespace synapsed::storage
