// The storage that a command is about, and the keys that its values are sealed under.

#include <utility>

#include "base/bytes.hpp"
#include "base/hex.hpp"
#include "base/try.hpp"
#include "base/utf8.hpp"
#include "cli/storage.hpp"
#include "cli/text.hpp"

#ifdef SYNAPSED_WITH_CRYPTO
#include <synapsed/sealed_storage.hpp>
#endif

namespace synapsed::cli {
namespace {

constexpr const char* kStorageVariable = "SYNAPSED_STORAGE";

Error no_storage() {
  return Error(ErrorCode::kStorageInvalidArgument, "no storage is named")
      .help("--storage URL, or the variable SYNAPSED_STORAGE");
}

/// A path is a file of SQLite's.
std::string url_of(const std::string& text) {
  const std::size_t colon = text.find(':');
  const bool is_url = colon != std::string::npos && text.find('/') > colon;
  return is_url ? text : "sqlite:" + text;
}

bool is_text(std::span<const std::byte> bytes) {
  const std::string_view text = as_text(bytes);
  return is_utf8(text) && printable(text) == text;
}

}  // namespace

Result<storage::Storage> open_storage(const StorageAccess& access, StorageUse use,
                                      const Invocation& invocation) {
  auto url = access.url ? access.url : invocation.surroundings.environment(kStorageVariable);
  if (!url || url->empty()) return std::unexpected(no_storage());
  storage::StorageOptions options;
  options.url = url_of(*url);
  options.read_only = use == StorageUse::kRead;
  options.create = use == StorageUse::kMake;
  options.quotas.space.value_bytes_max = std::uint64_t{64} << 20;  // its user may do what guests may not
#ifdef SYNAPSED_WITH_CRYPTO
  if (const auto keys = find_key_file(access.keys, invocation); keys && access.keys.keys) {
    const crypto::MasterKey master = TRY(read_master(access.keys, invocation));
    auto store = TRY(crypto::KeyStore::open(*keys, master));
    options.cipher = storage::seal_values(std::make_shared<crypto::KeyStore>(std::move(store)));
  }
#endif
  return storage::Storage::open(std::move(options));
}

std::string shown(std::span<const std::byte> bytes) {
  return is_text(bytes) ? std::string(as_text(bytes)) : "hex:" + to_hex(bytes);
}

void put_bytes(Json& json, const std::string& name, std::span<const std::byte> bytes) {
  if (is_utf8(as_text(bytes))) {
    json[name] = as_text(bytes);
  } else {
    json[name + "_hex"] = to_hex(bytes);
  }
}

std::string shown(const storage::SpaceName& space) {
  return "tenant \"" + printable(space.tenant) + "\", module \"" + printable(space.module) + "\"";
}

}  // namespace synapsed::cli
