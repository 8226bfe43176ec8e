// Sealed keys in a file: replaced as a whole by a rename, under a lock beside it.

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <ctime>
#include <filesystem>
#include <system_error>
#include <thread>
#include <utility>

#include <fmt/format.h>
#include <synapsed/crypto_keystore.hpp>

#include "base/bytes.hpp"
#include "base/files.hpp"
#include "base/native/descriptor.hpp"
#include "base/try.hpp"

namespace synapsed::crypto {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;

/// A change takes milliseconds; who holds the lock for so long hangs.
constexpr milliseconds kLockPatience{10'000};
constexpr milliseconds kLockPauseMost{20};
constexpr mode_t kOwnerOnly = 0600;

Error io_error(const std::string& path, std::string_view what) {
  return Error(ErrorCode::kIo, fmt::format("cannot {}: {}", what, std::strerror(errno))).at(path);
}

/// Where a chain of symbolic links leads.
std::string behind_links(const std::string& path) {
  std::error_code error;
  const fs::path target = fs::weakly_canonical(path, error);
  return error ? path : target.string();
}

/// The time to the nanosecond, so that two contents in a row differ in it.
bool set_exact_time(int descriptor) {
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME, &now);
  const std::array<timespec, 2> times{now, now};
  return ::futimens(descriptor, times.data()) == 0;
}

Result<void> sync_folder_of(const std::string& path) {
  const std::string folder = fs::path(path).parent_path().string();
  const Descriptor descriptor(
      ::open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (descriptor.get() >= 0 && ::fsync(descriptor.get()) == 0) return {};
  return std::unexpected(io_error(path, "make the change last"));
}

class KeyFile final : public KeyStorage {
 public:
  explicit KeyFile(std::string path) : path_(std::move(path)), target_(behind_links(path_)) {}

  Result<std::optional<Bytes>> read() override {
    if (TRY(stamp()) == KeyStorageStamp{}) return std::nullopt;
    auto bytes = read_file(target_, KeyStore::kFileBytesMax);
    if (bytes) return std::optional(std::move(*bytes));
    const bool is_too_large = bytes.error().code() == ErrorCode::kLoadTooLarge;
    return std::unexpected(
        Error(is_too_large ? ErrorCode::kCryptoKeyFile : ErrorCode::kIo, bytes.error().message())
            .at(path_));
  }

  Result<void> write(ByteSpan bytes) override {
    const std::string made = target_ + ".new";
    ::unlink(made.c_str());  // what a process left that was killed
    auto written = write_new(made, bytes);
    if (written && ::rename(made.c_str(), target_.c_str()) != 0) {
      written = std::unexpected(io_error(path_, "replace the file"));
    }
    if (!written) {
      ::unlink(made.c_str());
      return written;
    }
    return sync_folder_of(target_);
  }

  Result<KeyStorageStamp> stamp() override {
    struct stat status{};
    if (::stat(target_.c_str(), &status) != 0) {
      if (errno == ENOENT) return KeyStorageStamp{};
      return std::unexpected(io_error(path_, "read the file"));
    }
    if (!S_ISREG(status.st_mode)) {
      return std::unexpected(Error(ErrorCode::kCryptoKeyFile, "it is no regular file").at(path_));
    }
    const auto seconds = static_cast<std::uint64_t>(status.st_mtim.tv_sec);
    const auto ns = static_cast<std::uint64_t>(status.st_mtim.tv_nsec);
    return KeyStorageStamp{status.st_ino, static_cast<std::uint64_t>(status.st_size), seconds, ns};
  }

  Result<void> lock() override {
    lock_.reset(
        ::open((target_ + ".lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, kOwnerOnly));
    if (lock_.get() < 0) return std::unexpected(io_error(path_ + ".lock", "create the file"));
    auto result = wait_for_lock();
    if (!result) lock_.reset();
    return result;
  }
  void unlock() override { lock_.reset(); }
  [[nodiscard]] std::string where() const override { return path_; }

 private:
  Result<void> write_new(const std::string& made, ByteSpan bytes) {
    const Descriptor file(
        ::open(made.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, kOwnerOnly));
    if (file.get() < 0) return std::unexpected(io_error(path_, "create the file"));
    TRY(write_descriptor(file.get(), path_, bytes));
    if (set_exact_time(file.get()) && ::fsync(file.get()) == 0) return {};
    return std::unexpected(io_error(path_, "write"));
  }

  Result<void> wait_for_lock() {
    const auto until = std::chrono::steady_clock::now() + kLockPatience;
    milliseconds pause{1};
    while (::flock(lock_.get(), LOCK_EX | LOCK_NB) != 0) {
      if (errno != EWOULDBLOCK && errno != EINTR) {
        return std::unexpected(io_error(path_ + ".lock", "lock the file"));
      }
      if (std::chrono::steady_clock::now() > until) {
        return std::unexpected(
            Error(ErrorCode::kIo, "another process keeps the key file locked").at(path_ + ".lock"));
      }
      std::this_thread::sleep_for(pause);
      pause = std::min(pause * 2, kLockPauseMost);
    }
    return {};
  }

  const std::string path_;
  const std::string target_;
  Descriptor lock_;
};

}  // namespace

std::unique_ptr<KeyStorage> key_file(std::string path) {
  return std::make_unique<KeyFile>(std::move(path));
}

}  // namespace synapsed::crypto
