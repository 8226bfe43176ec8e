// `synapsed storage get`, `set`, `remove` and `list`.

#include <utility>

#include <fmt/format.h>

#include "base/bytes.hpp"
#include "base/hex.hpp"
#include "base/try.hpp"
#include "cli/input.hpp"
#include "cli/output.hpp"
#include "cli/storage.hpp"
#include "cli/text.hpp"

namespace synapsed::cli {
namespace {

using storage::Direction;
using storage::KeyRange;
using storage::Space;
using storage::Storage;
using storage::Transaction;

constexpr std::uint64_t kValueBytesMax = std::uint64_t{64} << 20;

Result<Bytes> key_of(const StorageCliOptions& options) {
  if (!options.hex) {
    const ByteSpan key = as_bytes(options.key);
    return Bytes(key.begin(), key.end());
  }
  auto key = from_hex(options.key);
  if (key) return std::move(*key);
  return std::unexpected(
      Error(ErrorCode::kStorageInvalidArgument, "KEY is no even number of hexadecimal digits"));
}

Result<Bytes> value_to_set(const StorageCliOptions& options, const Invocation& invocation) {
  if (options.file) return read_input(*options.file, kValueBytesMax, invocation.streams());
  if (!options.value) {
    return std::unexpected(Error(ErrorCode::kStorageInvalidArgument, "there is no value")
                               .help("give VALUE, or --file FILE"));
  }
  const ByteSpan value = as_bytes(*options.value);
  return Bytes(value.begin(), value.end());
}

Result<Bytes> find(Storage& storage, const StorageCliOptions& options, const Bytes& key) {
  const Transaction transaction = storage.begin({.read_only = true});
  auto value = TRY(transaction.space(options.space()).get(key));
  if (value) return std::move(*value);
  return std::unexpected(
      Error(ErrorCode::kStorageNotFound, fmt::format("there is no key \"{}\"", printable(shown(key))))
          .at(shown(options.space())));
}

/// What is too long for a value is written as a blob.
Result<void> put(Space& space, const Bytes& key, const Bytes& value) {
  constexpr std::size_t kInOnePiece = std::size_t{1} << 20;
  if (value.size() <= kInOnePiece) return space.set(key, value);
  auto blob = TRY(space.write_blob(key));
  TRY(blob.write(value));
  return blob.finish();
}

void print_done(const StorageCliOptions& options, const Invocation& invocation) {
  if (options.json) print_json(invocation.streams().out, {{"error", nullptr}});
}

Json entry_json(const storage::Cursor& cursor, bool with_value, std::uint64_t length) {
  Json entry;
  put_bytes(entry, "key", cursor.key());
  entry["bytes"] = length;
  if (with_value && length == cursor.value().size()) put_bytes(entry, "value", cursor.value());
  return entry;
}

std::string entry_text(const storage::Cursor& cursor, bool with_value, std::uint64_t length) {
  const std::string key = printable(shown(cursor.key()));
  if (!with_value) return key + "\n";
  const bool is_blob = length != cursor.value().size();
  return key + "\t" +
         (is_blob ? fmt::format("({} bytes)", length) : printable(shown(cursor.value()))) + "\n";
}

}  // namespace

int get_value(const StorageCliOptions& options, const Invocation& invocation) {
  return act_on_storage(options, StorageUse::kRead, invocation, [&](Storage& storage) -> Result<void> {
    const Bytes key = TRY(key_of(options));
    const Bytes value = TRY(find(storage, options, key));
    if (options.out) return write_output(*options.out, value);
    std::ostream& out = invocation.streams().out;
    if (!options.json) {
      out << as_text(value);
      return {};
    }
    Json json{{"error", nullptr}};
    put_bytes(json, "key", key);
    put_bytes(json, "value", value);
    print_json(out, json);
    return {};
  });
}

int set_value(const StorageCliOptions& options, const Invocation& invocation) {
  return act_on_storage(options, StorageUse::kMake, invocation, [&](Storage& storage) -> Result<void> {
    const Bytes key = TRY(key_of(options));
    const Bytes value = TRY(value_to_set(options, invocation));
    const auto write = [&](Transaction& transaction) {
      Space space = transaction.space(options.space());
      return put(space, key, value);
    };
    TRY(storage.transact(write));
    print_done(options, invocation);
    return {};
  });
}

int remove_value(const StorageCliOptions& options, const Invocation& invocation) {
  return act_on_storage(options, StorageUse::kChange, invocation, [&](Storage& storage) -> Result<void> {
    const Bytes key = TRY(key_of(options));
    const auto remove = [&](Transaction& transaction) -> Result<void> {
      Space space = transaction.space(options.space());
      if (TRY(space.contains(key))) return space.remove(key);
      return std::unexpected(Error(ErrorCode::kStorageNotFound,
                                   fmt::format("there is no key \"{}\"", printable(shown(key))))
                                 .at(shown(options.space())));
    };
    TRY(storage.transact(remove));
    print_done(options, invocation);
    return {};
  });
}

int list_values(const StorageCliOptions& options, const Invocation& invocation) {
  return act_on_storage(options, StorageUse::kRead, invocation, [&](Storage& storage) -> Result<void> {
    const Transaction transaction = storage.begin({.read_only = true});
    Space space = transaction.space(options.space());
    const auto cursor = TRY(
        space.scan({.range = options.prefix ? KeyRange::prefix(*options.prefix) : KeyRange::all(),
                    .direction = options.reverse ? Direction::kBackward : Direction::kForward,
                    .limit = options.limit}));
    Json entries = Json::array();
    std::ostream& out = invocation.streams().out;
    while (TRY(cursor->next())) {
      const auto length = TRY(space.length(cursor->key())).value_or(0);
      if (options.json) {
        entries.push_back(entry_json(*cursor, options.values, length));
      } else {
        out << entry_text(*cursor, options.values, length);
      }
    }
    if (options.json) print_json(out, {{"error", nullptr}, {"keys", std::move(entries)}});
    return {};
  });
}

}  // namespace synapsed::cli
