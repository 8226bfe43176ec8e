#include <cerrno>
#include <chrono>
#include <filesystem>
#include <mutex>
#include <system_error>
#include <thread>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/files.hpp"
#include "base/hex.hpp"
#include "base/native/descriptor.hpp"
#include "base/try.hpp"
#include "modules/store.hpp"

namespace synapsed::modules {
namespace {

constexpr std::uint64_t kIndexBytesMax = std::uint64_t{256} << 20;
constexpr std::uint64_t kBlobBytesMax = std::uint64_t{4} << 30;
constexpr std::chrono::seconds kLockTimeout{60};
constexpr std::chrono::milliseconds kLockPause{5};

Error failed(std::string_view what, const std::string& path) {
  return Error(ErrorCode::kIo,
               fmt::format("{}: {}", what, std::generic_category().message(errno)))
      .at(path);
}

Result<void> make_directory(const std::string& path) {
  std::error_code code;
  std::filesystem::create_directories(path, code);
  if (!code) return {};
  return std::unexpected(
      Error(ErrorCode::kIo, fmt::format("cannot make the directory: {}", code.message())).at(path));
}

/// One state of the file, kept open so that no other file gets its number.
struct Cached {
  Descriptor file;
  struct stat status{};
  std::shared_ptr<const Index> index;
};

bool is_same_file(const struct stat& a, const struct stat& b) {
  return a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

class DirectoryStore final : public RegistryStore {
 public:
  DirectoryStore(std::string directory, FileOperations operations)
      : directory_(std::move(directory)),
        index_(directory_ + "/index"),
        blobs_(directory_ + "/blobs/sha256"),
        operations_(std::move(operations)) {}

  Result<void> open() const {
    TRY(make_directory(blobs_));
    TRY(index());
    return {};
  }

  Result<std::unique_ptr<Lock>> lock() override {
    auto held = std::make_unique<Held>(changing_);
    const std::string path = directory_ + "/lock";
    held->file.reset(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666));
    if (held->file.get() < 0) return std::unexpected(failed("cannot open the lock", path));
    const auto end = std::chrono::steady_clock::now() + kLockTimeout;
    while (::flock(held->file.get(), LOCK_EX | LOCK_NB) != 0) {
      if (errno != EWOULDBLOCK && errno != EINTR) {
        return std::unexpected(failed("cannot take the lock", path));
      }
      if (std::chrono::steady_clock::now() >= end) {
        return std::unexpected(
            Error(ErrorCode::kIo, "another process has been changing the registry for a minute")
                .at(path)
                .help("wait until it is done, or end it"));
      }
      std::this_thread::sleep_for(kLockPause);
    }
    return held;
  }

  Result<std::shared_ptr<const Index>> index() const override {
    const std::lock_guard guard(mutex_);
    Cached now;
    now.file.reset(::open(index_.c_str(), O_RDONLY | O_CLOEXEC));
    if (now.file.get() < 0 && errno == ENOENT) return std::make_shared<const Index>();
    if (now.file.get() < 0 || ::fstat(now.file.get(), &now.status) != 0) {
      return std::unexpected(failed("cannot read the registry", index_));
    }
    if (cached_ && is_same_file(cached_->status, now.status)) return cached_->index;
    const Bytes bytes = TRY(read_descriptor(now.file.get(), index_, kIndexBytesMax));
    auto decoded = decode_index(bytes);
    if (!decoded) return std::unexpected(std::move(decoded).error().at(index_));
    auto index = std::make_shared<const Index>(std::move(*decoded));
    cached_.emplace();
    cached_->file.reset(::fcntl(now.file.get(), F_DUPFD_CLOEXEC, 0));
    cached_->status = now.status;
    cached_->index = index;
    if (cached_->file.get() < 0) cached_.reset();
    return index;
  }

  Result<void> replace_index(const Index& index) override {
    return operations_.write(index_, encode(index));
  }

  Result<void> put(const Sha256Digest& digest, ByteSpan bytes) override {
    const std::string path = path_of(digest);
    std::error_code code;
    if (std::filesystem::file_size(path, code) == bytes.size() && !code && get(digest)) return {};
    return operations_.write(path, bytes);
  }

  Result<Bytes> get(const Sha256Digest& digest) const override {
    const std::string path = path_of(digest);
    if (::access(path.c_str(), F_OK) != 0 && errno == ENOENT) {
      return std::unexpected(Error(ErrorCode::kRegistryNotFound, "the bytes are gone").at(path));
    }
    Bytes bytes = TRY(read_file(path, kBlobBytesMax));
    TRY(check_digest(digest, bytes, path));
    return bytes;
  }

  Result<std::vector<Stored>> stored() const override {
    std::vector<Stored> all;
    std::error_code code;
    for (const auto& entry : std::filesystem::directory_iterator(blobs_, code)) {
      add(all, entry);
    }
    for (const auto& entry : std::filesystem::directory_iterator(directory_, code)) {
      if (entry.path().filename().string().starts_with("index.")) add(all, entry);
    }
    if (!code) return all;
    return std::unexpected(
        Error(ErrorCode::kIo, fmt::format("cannot list the files: {}", code.message())).at(blobs_));
  }

  Result<void> remove(const Stored& stored) override { return operations_.remove(stored.name); }

  std::string where(const Sha256Digest& digest) const override { return path_of(digest); }

 private:
  class Held final : public Lock {
   public:
    explicit Held(std::mutex& mutex) : lock_(mutex) {}
    Descriptor file;  // closed first, which ends the lock of the file

   private:
    std::unique_lock<std::mutex> lock_;
  };

  static void add(std::vector<Stored>& all, const std::filesystem::directory_entry& entry) {
    std::error_code code;
    Stored stored{.digest = {}, .name = entry.path().string(), .bytes = entry.file_size(code)};
    if (code) stored.bytes = 0;
    const auto bytes = from_hex(entry.path().filename().string());
    if (bytes && bytes->size() == sizeof(Sha256Digest)) {
      std::ranges::copy(*bytes, stored.digest.emplace().begin());
    }
    all.push_back(std::move(stored));
  }
  [[nodiscard]] std::string path_of(const Sha256Digest& digest) const {
    return fmt::format("{}/{}", blobs_, to_hex(digest));
  }

  const std::string directory_;
  const std::string index_;
  const std::string blobs_;
  const FileOperations operations_;
  std::mutex changing_;
  mutable std::mutex mutex_;
  mutable std::optional<Cached> cached_;  // under mutex_
};

}  // namespace

FileOperations FileOperations::real() {
  return {.write = [](const std::string& path,
                      ByteSpan bytes) { return write_file_atomically(path, bytes); },
          .remove = [](const std::string& path) -> Result<void> {
            if (::unlink(path.c_str()) == 0 || errno == ENOENT) return {};
            return std::unexpected(failed("cannot remove the file", path));
          }};
}

Result<std::unique_ptr<RegistryStore>> directory_store(const std::string& directory,
                                                       FileOperations operations) {
  auto store = std::make_unique<DirectoryStore>(directory, std::move(operations));
  TRY(store->open());
  return store;
}

Result<void> check_digest(const Sha256Digest& digest, ByteSpan bytes, const std::string& where) {
  if (sha256(bytes) == digest) return {};
  return std::unexpected(Error(ErrorCode::kRegistryCorrupt, "the bytes are not those that were added")
                             .at(where)
                             .help("add the module again"));
}

}  // namespace synapsed::modules
