#include "storage/bindings/grants.hpp"

#include <algorithm>

namespace synapsed::storage {
namespace {

bool lies_within(const KeyRange& range, const KeyRange& outer) {
  if (range.begin < outer.begin) return false;
  if (!outer.end) return true;
  return range.end.has_value() && *range.end <= *outer.end;
}

}  // namespace

const StorageGrant& grant_of(const StorageHostOptions& options, std::string_view module) {
  const auto found = options.grants.find(std::string(module));
  return found == options.grants.end() ? options.grant : found->second;
}

bool is_granted(const StorageGrant& grant, ByteSpan key) {
  return grant.prefixes.empty() ||
         std::ranges::any_of(grant.prefixes, [key](const Bytes& prefix) {
           return key.size() >= prefix.size() &&
                  std::ranges::equal(key.first(prefix.size()), prefix);
         });
}

bool is_granted(const StorageGrant& grant, const KeyRange& range) {
  return grant.prefixes.empty() ||
         std::ranges::any_of(grant.prefixes, [&range](const Bytes& prefix) {
           return lies_within(range, KeyRange::prefix(prefix));
         });
}

}  // namespace synapsed::storage
