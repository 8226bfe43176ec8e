// Values of a tenant, written again, a few at a time.

#include <optional>
#include <utility>
#include <vector>

#include <synapsed/sealed_storage.hpp>

#include "base/try.hpp"

namespace synapsed::storage {
namespace {

constexpr std::uint64_t kKeysAtOnce = 100;
constexpr std::size_t kPartBytes = kBlobChunkBytes;

Result<void> copy_blob(Space& space, const Bytes& key) {
  auto writer = TRY(space.write_blob(key));
  Bytes part(kPartBytes);
  std::uint64_t offset = 0;
  for (;;) {
    const auto read = TRY(space.read_blob(key, offset, part));
    if (!read || *read == 0) break;
    TRY(writer.write(std::span(part).first(*read)));
    offset += *read;
  }
  return writer.finish();
}

/// A blob has no value in a scan, and a length; so has nothing else.
Result<bool> is_blob(Space& space, const Cursor& cursor) {
  if (!cursor.value().empty()) return false;
  return TRY(space.length(BytesView(cursor.key()))).value_or(0) != 0;
}

struct Portion {
  std::optional<Bytes> last;  ///< key; none: there was none
  std::uint64_t keys = 0;
};

/// What is large goes alone, so that a transaction stays small.
Result<Portion> write_portion(Transaction& transaction, const SpaceName& name,
                              const std::optional<Bytes>& after) {
  Space space = transaction.space(name);
  KeyRange range;
  if (after) {
    range.begin = *after;
    range.begin.push_back(std::byte{0});
  }
  const auto cursor = TRY(space.scan({.range = range, .limit = kKeysAtOnce}));
  Portion portion;
  while (TRY(cursor->next())) {
    const Bytes key(cursor->key().begin(), cursor->key().end());
    const bool blob = TRY(is_blob(space, *cursor));
    if (blob && portion.keys != 0) return portion;
    if (blob) {
      TRY(copy_blob(space, key));
    } else {
      const Bytes value(cursor->value().begin(), cursor->value().end());
      TRY(space.set(key, value));
    }
    portion.last = key;
    ++portion.keys;
    if (blob) return portion;
  }
  return portion;
}

Result<std::uint64_t> seal_space(Storage& storage, const SpaceName& name) {
  std::optional<Bytes> after;
  std::uint64_t keys = 0;
  for (;;) {
    Portion portion;
    TRY(storage.transact([&](Transaction& transaction) -> Result<void> {
      auto written = write_portion(transaction, name, after);
      if (!written) return std::unexpected(std::move(written).error());
      portion = std::move(*written);
      return {};
    }));
    if (!portion.last) return keys;
    keys += portion.keys;
    after = std::move(portion.last);
  }
}

}  // namespace

Result<SealingReport> seal_again(Storage& storage, std::string_view tenant) {
  SealingReport report;
  for (const SpaceName& name : TRY(storage.spaces())) {
    if (name.tenant != tenant) continue;
    report.keys += TRY(seal_space(storage, name));
    ++report.spaces;
  }
  return report;
}

Result<SealingReport> rotate_data_key(Storage& storage, crypto::KeyStore& keys,
                                      std::string_view tenant) {
  TRY(keys.rotate({.tenant = std::string(tenant), .name = std::string(kDataKeyName)}));
  return seal_again(storage, tenant);
}

}  // namespace synapsed::storage
