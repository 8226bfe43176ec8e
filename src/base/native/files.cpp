#include "base/files.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include <fmt/format.h>

#include "base/native/descriptor.hpp"
#include "base/try.hpp"
#include "base/units.hpp"

namespace synapsed {
namespace {

Error unreadable(const std::string& path, int error_number) {
  return Error(ErrorCode::kLoadUnreadable,
               fmt::format("cannot read the file: {}", std::strerror(error_number)))
      .at(path)
      .help(error_number == ENOENT ? "check the path; it is relative to the working directory"
                                   : "");
}

Error too_large(const std::string& path, std::uint64_t bytes_max) {
  return Error(ErrorCode::kLoadTooLarge,
               fmt::format("the file holds more than {}", format_bytes(bytes_max)))
      .at(path)
      .help("raise the limit module_bytes_max, or check that this is the right file");
}

Error unwritable(const std::string& path) {
  return Error(ErrorCode::kIo, fmt::format("cannot write: {}", std::strerror(errno))).at(path);
}

/// mkstemp makes private files; a result of the user's is as readable as any other.
bool grant(int descriptor, FileAccess access) {
  if (access == FileAccess::kOwnerOnly) return true;
  const mode_t mask = ::umask(0);
  ::umask(mask);
  return ::fchmod(descriptor, 0666 & ~mask) == 0;
}

/// The file a symbolic link leads to; a path that is none, or leads nowhere, is itself.
std::string behind_links(const std::string& path) {
  char* resolved = ::realpath(path.c_str(), nullptr);
  if (resolved == nullptr) return path;
  std::string target(resolved);
  std::free(resolved);
  return target;
}

/// So that a name that was given outlives the machine. Where a directory cannot be synchronised it is
/// the file system's to keep it.
void sync_directory_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  const std::string directory = slash == std::string::npos ? "." : path.substr(0, slash + 1);
  const Descriptor opened(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (opened.get() >= 0) static_cast<void>(::fsync(opened.get()));
}

}  // namespace

Result<Bytes> read_descriptor(int descriptor, const std::string& name, std::uint64_t bytes_max) {
  constexpr std::size_t kChunk = std::size_t{256} << 10;
  Bytes bytes;
  while (true) {
    const std::size_t old_size = bytes.size();
    bytes.resize(old_size + kChunk);
    const ssize_t count = ::read(descriptor, bytes.data() + old_size, kChunk);
    if (count < 0 && errno != EINTR) return std::unexpected(unreadable(name, errno));
    bytes.resize(old_size + static_cast<std::size_t>(count < 0 ? 0 : count));
    if (bytes.size() > bytes_max) return std::unexpected(too_large(name, bytes_max));
    if (count == 0) return bytes;
  }
}

Result<Bytes> read_file(const std::string& path, std::uint64_t bytes_max) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  struct stat status{};
  if (file.get() < 0 || ::fstat(file.get(), &status) != 0) {
    return std::unexpected(unreadable(path, errno));
  }
  if (S_ISDIR(status.st_mode)) return std::unexpected(unreadable(path, EISDIR));
  if (S_ISREG(status.st_mode) && static_cast<std::uint64_t>(status.st_size) > bytes_max) {
    return std::unexpected(too_large(path, bytes_max));
  }
  return read_descriptor(file.get(), path, bytes_max);
}

Result<void> write_descriptor(int descriptor, const std::string& name,
                              std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(descriptor, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return std::unexpected(unwritable(name));
    bytes = bytes.subspan(static_cast<std::size_t>(written));
  }
  return {};
}

struct PendingFile::Parts {
  Parts(std::string given_path, std::string file, std::string pattern, FileAccess file_access)
      : path(std::move(given_path)),
        target(std::move(file)),
        temporary(std::move(pattern)),
        access(file_access),
        descriptor(::mkstemp(temporary.data())) {}
  ~Parts() {
    if (!is_complete && descriptor.get() >= 0) ::unlink(temporary.c_str());
  }
  Parts(const Parts&) = delete;
  Parts& operator=(const Parts&) = delete;

  const std::string path;    // as it was given
  const std::string target;  // what is replaced
  std::string temporary;
  const FileAccess access;
  const Descriptor descriptor;
  bool is_complete = false;
};

PendingFile::PendingFile(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
PendingFile::PendingFile(PendingFile&&) noexcept = default;
PendingFile::~PendingFile() = default;

Result<PendingFile> PendingFile::create(const std::string& path, FileAccess access) {
  const std::string target = behind_links(path);
  auto parts = std::make_unique<Parts>(path, target, target + ".XXXXXX", access);
  if (parts->descriptor.get() >= 0) return PendingFile(std::move(parts));
  return std::unexpected(
      Error(ErrorCode::kIo, fmt::format("cannot create the file: {}", std::strerror(errno)))
          .at(path));
}

Result<void> PendingFile::write(std::span<const std::byte> bytes) {
  return write_descriptor(parts_->descriptor.get(), parts_->path, bytes);
}

Result<void> PendingFile::complete() {
  const int descriptor = parts_->descriptor.get();
  if (!grant(descriptor, parts_->access) || ::fsync(descriptor) != 0) {
    return std::unexpected(unwritable(parts_->path));
  }
  if (::rename(parts_->temporary.c_str(), parts_->target.c_str()) != 0) {
    return std::unexpected(
        Error(ErrorCode::kIo, fmt::format("cannot rename: {}", std::strerror(errno)))
            .at(parts_->path));
  }
  parts_->is_complete = true;
  sync_directory_of(parts_->target);
  return {};
}

Result<void> write_file_atomically(const std::string& path, std::span<const std::byte> bytes,
                                   FileAccess access) {
  auto file = TRY(PendingFile::create(path, access));
  TRY(file.write(bytes));
  return file.complete();
}

}  // namespace synapsed
