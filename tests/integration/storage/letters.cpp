// Keeps letters that nobody else reads: encrypted by the module kyber_encrypt, in documents of the
// module kv, in an SQLite file.
//
// letters write FOLDER ID TEXT
// letters read FOLDER ID

#include <algorithm>
#include <cstdio>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include <synapsed/crypto.hpp>
#include <synapsed/storage_modules.hpp>
#include <synapsed/synapsed.hpp>

namespace {

namespace crypto = synapsed::crypto;
namespace storage = synapsed::storage;
using synapsed::Bytes;
using synapsed::Result;

synapsed::RuntimeConfig small() {
  auto config = synapsed::RuntimeConfig::production();
  config.pooling.enable = false;
  return config;
}

/// Whose key is in a file of the folder; the one who writes first makes it.
Result<crypto::CryptoModule> load_cipher(const std::string& folder, bool is_new) {
  const std::string path = folder + "/letters.keys";
  const auto master = crypto::MasterKey::from_bytes(std::vector<std::byte>(32, std::byte{5}));
  if (!master) return std::unexpected(master.error());
  auto keys = is_new ? crypto::KeyStore::create(path, *master) : crypto::KeyStore::open(path, *master);
  if (!keys) return std::unexpected(keys.error());
  return crypto::load_crypto_module(
      "kyber_encrypt", {.config = small(),
                        .keys = std::make_shared<crypto::KeyStore>(std::move(*keys)),
                        .tenant = "alice"});
}

Result<storage::KvModule> load_documents(const std::string& folder) {
  auto opened = storage::Storage::open({.url = "sqlite:" + folder + "/letters.db"});
  if (!opened) return std::unexpected(opened.error());
  return storage::load_kv_module({.config = small(),
                                  .storage = std::make_shared<storage::Storage>(std::move(*opened)),
                                  .tenant = "alice"});
}

Result<void> write(const std::string& folder, const std::string& id, const std::string& text) {
  auto cipher = load_cipher(folder, true);
  if (!cipher) return std::unexpected(cipher.error());
  const auto envelope = cipher->encrypt(std::as_bytes(std::span(text)));
  if (!envelope) return std::unexpected(envelope.error());
  auto documents = load_documents(folder);
  if (!documents) return std::unexpected(documents.error());
  if (auto made = documents->create_index("kind"); !made) return made;
  return documents->put({.id = id, .fields = {{"kind", "letter"}}, .body = *envelope});
}

Result<void> read(const std::string& folder, const std::string& id) {
  auto documents = load_documents(folder);
  if (!documents) return std::unexpected(documents.error());
  const auto letters = documents->find("kind", "letter");
  if (!letters) return std::unexpected(letters.error());
  auto cipher = load_cipher(folder, false);
  if (!cipher) return std::unexpected(cipher.error());
  for (const storage::Document& letter : *letters) {
    if (letter.id != id) continue;
    const auto text = cipher->decrypt(letter.body);
    if (!text) return std::unexpected(text.error());
    std::printf("%.*s\n", static_cast<int>(text->size()),
                reinterpret_cast<const char*>(text->data()));
  }
  return {};
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> words(argv + 1, argv + argc);
  if (words.size() < 3) return 2;
  const auto done = words[0] == "write" && words.size() == 4 ? write(words[1], words[2], words[3])
                                                             : read(words[1], words[2]);
  if (!done) std::fprintf(stderr, "%s\n", done.error().to_string().c_str());
  return done ? 0 : 1;
}
