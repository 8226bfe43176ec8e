#include "crypto/master_key.hpp"

#include <linux/keyctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "base/hex.hpp"
#include "base/try.hpp"
#include "crypto/secret_file.hpp"

namespace synapsed::crypto {
namespace {

constexpr std::size_t kKeyBytes = 32;
constexpr std::size_t kHexBytes = 2 * kKeyBytes;
constexpr std::size_t kContentBytesMax = kHexBytes + 2;  // a line's end
constexpr std::size_t kPassphraseBytesMax = 1024;
constexpr std::string_view kLabel = "synapsed key file 1 master key";
constexpr std::string_view kFormHint =
    "a master key is 32 bytes, or 64 hexadecimal digits; openssl rand -hex 32 makes one";

Error master_key_error(std::string message) {
  return Error(ErrorCode::kCryptoMasterKey, std::move(message));
}

std::string_view without_line_end(std::string_view text) {
  if (text.ends_with('\n')) text.remove_suffix(1);
  if (text.ends_with('\r')) text.remove_suffix(1);
  return text;
}

/// 32 bytes; empty when the digits are none.
SecretBytes from_digits(std::string_view digits) {
  auto bytes = from_hex(digits);
  if (!bytes) return {};
  SecretBytes key = SecretBytes::copy_of(*bytes);
  wipe(*bytes);
  return key;
}

/// The key in the content of a file.
Result<SecretBytes> read_content(const SecretBytes& content) {
  if (content.size() == kKeyBytes) return content.copy();
  const std::string_view digits = without_line_end(as_text(content.view()));
  SecretBytes key = digits.size() == kHexBytes ? from_digits(digits) : SecretBytes();
  if (!key.empty()) return key;
  return std::unexpected(master_key_error("it holds no master key").help(std::string(kFormHint)));
}

/// What too long a file is, too.
Result<SecretBytes> as_master_key(Result<SecretBytes> content, const std::string& place) {
  if (content) {
    auto key = read_content(*content);
    if (key) return key;
    return std::unexpected(std::move(key).error().at(place));
  }
  if (content.error().code() != ErrorCode::kLoadTooLarge) return content;
  return std::unexpected(
      master_key_error("it holds no master key").at(place).help(std::string(kFormHint)));
}

// --- What the operating system keeps. ---

bool is_file_name(std::string_view name) {
  return !name.empty() && name.find('/') == std::string_view::npos &&
         name.find('\0') == std::string_view::npos && name != "." && name != "..";
}

/// Why the kernel gives no key; `error_number` is its own.
Error keyring_error(const std::string& name, int error_number) {
  const bool is_missing = error_number == ENOKEY;
  std::string message = is_missing
                            ? fmt::format("the operating system keeps no secret named \"{}\"", name)
                            : fmt::format("the kernel's keyrings do not give \"{}\": {}", name,
                                          std::strerror(error_number));
  return master_key_error(std::move(message))
      .help("a systemd credential (LoadCredential=) of that name, or keyctl padd user NAME @u");
}

Result<SecretBytes> read_keyring(const std::string& name) {
  const long key = ::syscall(SYS_request_key, "user", name.c_str(), nullptr, 0);
  if (key < 0) return std::unexpected(keyring_error(name, errno));
  SecretBytes buffer(kContentBytesMax);
  const long size = ::syscall(SYS_keyctl, KEYCTL_READ, key, buffer.bytes().data(), buffer.size());
  if (size < 0) return std::unexpected(keyring_error(name, errno));
  // The size of the key, even where the buffer is smaller.
  const auto filled = std::min(static_cast<std::size_t>(size), buffer.size());
  return SecretBytes::copy_of(buffer.view().first(filled));
}

}  // namespace

MasterKey::MasterKey(std::unique_ptr<const Impl> impl) : impl_(std::move(impl)) {}
MasterKey::MasterKey(MasterKey&&) noexcept = default;
MasterKey& MasterKey::operator=(MasterKey&&) noexcept = default;
MasterKey::~MasterKey() = default;

MasterKey MasterKey::passphrase(std::string_view text, const Argon2Cost& cost) {
  return MasterKey(std::make_unique<const Impl>(
      Impl{MasterKind::kPassphrase, SecretBytes::copy_of(as_bytes(text)), cost}));
}

Result<MasterKey> MasterKey::from_bytes(ByteSpan bytes) {
  if (bytes.size() != kKeyBytes) {
    return std::unexpected(master_key_error("it is no master key").help(std::string(kFormHint)));
  }
  return MasterKey(
      std::make_unique<const Impl>(Impl{MasterKind::kKey, SecretBytes::copy_of(bytes), {0, 0, 0}}));
}

Result<MasterKey> MasterKey::from_file(const std::string& path) {
  return from_bytes(TRY(as_master_key(read_private_file(path, kContentBytesMax), path)).view());
}

Result<MasterKey> MasterKey::from_os(const std::string& name) {
  if (!is_file_name(name)) {
    return std::unexpected(master_key_error("it is no name of a secret")
                               .help("one without a slash, as LoadCredential= takes it"));
  }
  // Who else may read a credential is the service manager's affair.
  const char* folder = std::getenv("CREDENTIALS_DIRECTORY");
  const std::string path = folder == nullptr ? "" : fmt::format("{}/{}", folder, name);
  if (!path.empty() && ::access(path.c_str(), F_OK) == 0) {
    return from_bytes(TRY(as_master_key(read_secret_file(path, kContentBytesMax), path)).view());
  }
  return from_bytes(TRY(as_master_key(read_keyring(name), name)).view());
}

// --- The key that seals the data key. ---

namespace {

Error other_kind(MasterKind kind) {
  return kind == MasterKind::kKey
             ? master_key_error("the key file is sealed under a key, not under a passphrase")
             : master_key_error("the key file is sealed under a passphrase, not under a key");
}

Result<SecretBytes> stretch(const SecretBytes& passphrase, const MasterDescriptor& descriptor) {
  if (passphrase.empty() || passphrase.size() > kPassphraseBytesMax) {
    return std::unexpected(
        master_key_error(fmt::format("a passphrase has 1 to {} bytes", kPassphraseBytesMax)));
  }
  return argon2id(passphrase.view(), descriptor.salt, descriptor.cost, kKeyBytes);
}

}  // namespace

Result<SecretBytes> derive_sealing_key(const MasterKey& master,
                                       const MasterDescriptor& descriptor) {
  const MasterKey::Impl& impl = master.impl();
  if (impl.kind != descriptor.kind) return std::unexpected(other_kind(descriptor.kind));
  const SecretBytes key = descriptor.kind == MasterKind::kKey
                              ? impl.secret.copy()
                              : TRY(stretch(impl.secret, descriptor));
  return hkdf(HashAlgorithm::kSha256, key.view(), descriptor.salt, as_bytes(kLabel), kDataKeyBytes);
}

}  // namespace synapsed::crypto
