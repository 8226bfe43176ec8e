#include "crypto/secret_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include <fmt/format.h>

#include "base/native/descriptor.hpp"
#include "base/try.hpp"

namespace synapsed::crypto {
namespace {

Error unreadable(const std::string& name, int error_number) {
  return Error(ErrorCode::kLoadUnreadable,
               fmt::format("cannot read the file: {}", std::strerror(error_number)))
      .at(name);
}

Result<void> need_private(int descriptor, const std::string& path) {
  struct stat status{};
  if (::fstat(descriptor, &status) != 0) return std::unexpected(unreadable(path, errno));
  if (S_ISDIR(status.st_mode)) return std::unexpected(unreadable(path, EISDIR));
  if ((status.st_mode & 077U) == 0) return {};
  return std::unexpected(
      Error(ErrorCode::kCryptoMasterKey, "others than its owner may read or write the file")
          .at(path)
          .help(fmt::format("chmod 600 {}", path)));
}

}  // namespace

Result<SecretBytes> read_secret(int descriptor, const std::string& name, std::size_t bytes_max) {
  SecretBytes buffer(bytes_max + 1);
  std::size_t filled = 0;
  while (filled < buffer.size()) {
    const ssize_t count =
        ::read(descriptor, buffer.bytes().data() + filled, buffer.size() - filled);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return std::unexpected(unreadable(name, errno));
    if (count == 0) return SecretBytes::copy_of(buffer.view().first(filled));
    filled += static_cast<std::size_t>(count);
  }
  return std::unexpected(
      Error(ErrorCode::kLoadTooLarge, fmt::format("the file holds more than {} bytes", bytes_max))
          .at(name));
}

Result<SecretBytes> read_secret_file(const std::string& path, std::size_t bytes_max) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY));
  if (file.get() < 0) return std::unexpected(unreadable(path, errno));
  return read_secret(file.get(), path, bytes_max);
}

Result<SecretBytes> read_private_file(const std::string& path, std::size_t bytes_max) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY));
  if (file.get() < 0) return std::unexpected(unreadable(path, errno));
  TRY(need_private(file.get(), path));
  return read_secret(file.get(), path, bytes_max);
}

}  // namespace synapsed::crypto
