#include "code_cache/cache.hpp"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <filesystem>
#include <system_error>
#include <vector>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/files.hpp"
#include "base/hex.hpp"
#include "base/try.hpp"

namespace synapsed::code_cache {
namespace {

constexpr std::string_view kSecretFile = "key";
constexpr mode_t kOwnerOnly = 0600;
constexpr mode_t kWritableByOthers = S_IWGRP | S_IWOTH;
/// A file that is being written is younger than this.
constexpr std::int64_t kLeftoverNs = std::int64_t{3600} * 1'000'000'000;

Error failed(std::string_view what, const std::string& path) {
  return Error(ErrorCode::kIo,
               fmt::format("{}: {}", what, std::generic_category().message(errno)))
      .at(path);
}

Result<void> check_owner(const std::string& path, const struct stat& status) {
  if (status.st_uid == ::geteuid() && (status.st_mode & kWritableByOthers) == 0) return {};
  return std::unexpected(Error(ErrorCode::kInvalidConfig,
                               "others may write to the code cache, and so have code executed")
                             .at(path)
                             .help("name a directory of your own, or chmod go-w it"));
}

Result<void> make_directory(const std::string& path) {
  std::error_code code;
  const std::filesystem::path parent = std::filesystem::path(path).parent_path();
  if (!parent.empty()) std::filesystem::create_directories(parent, code);
  if (::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) {
    return std::unexpected(failed("cannot make the code cache", path));
  }
  struct stat status{};
  if (::stat(path.c_str(), &status) != 0 || !S_ISDIR(status.st_mode)) {
    if (errno == 0 || S_ISREG(status.st_mode)) errno = ENOTDIR;
    return std::unexpected(failed("cannot use the code cache", path));
  }
  return check_owner(path, status);
}

/// Made by whoever comes first; the others wait for it.
Result<Secret> read_or_make_secret(const std::string& path) {
  const Descriptor file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, kOwnerOnly));
  if (file.get() < 0 || ::flock(file.get(), LOCK_EX) != 0) {
    return std::unexpected(failed("cannot open the code cache's key", path));
  }
  struct stat status{};
  if (::fstat(file.get(), &status) != 0) {
    return std::unexpected(failed("cannot read the code cache's key", path));
  }
  TRY(check_owner(path, status));
  Secret secret{};
  if (::pread(file.get(), secret.data(), secret.size(), 0) == static_cast<ssize_t>(secret.size())) {
    return secret;
  }
  if (::getentropy(secret.data(), secret.size()) != 0 || ::ftruncate(file.get(), 0) != 0) {
    return std::unexpected(failed("cannot make the code cache's key", path));
  }
  TRY(write_descriptor(file.get(), path, secret));
  if (::fsync(file.get()) != 0) return std::unexpected(failed("cannot write the code cache's key", path));
  return secret;
}

/// The contents of a file, as long as it lives.
class Mapping {
 public:
  Mapping(int file, std::size_t size)
      : size_(size), start_(::mmap(nullptr, size, PROT_READ, MAP_PRIVATE | MAP_POPULATE, file, 0)) {}
  ~Mapping() {
    if (start_ != MAP_FAILED) ::munmap(start_, size_);
  }
  Mapping(const Mapping&) = delete;
  Mapping& operator=(const Mapping&) = delete;

  [[nodiscard]] ByteSpan bytes() const {
    if (start_ == MAP_FAILED) return {};
    return {static_cast<const std::byte*>(start_), size_};
  }

 private:
  std::size_t size_;
  void* start_;
};

std::int64_t now_ns() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

bool is_digest(std::string_view name) {
  return name.size() == 2 * sizeof(Sha256Digest) &&
         name.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

}  // namespace

std::string Cache::Found::path() const { return fmt::format("/proc/self/fd/{}", file.get()); }

Result<std::shared_ptr<Cache>> Cache::open(const std::string& directory, std::uint64_t bytes_max) {
  TRY(make_directory(directory));
  const Secret secret = TRY(read_or_make_secret(fmt::format("{}/{}", directory, kSecretFile)));
  return std::shared_ptr<Cache>(new Cache(directory, bytes_max, secret));
}

std::string Cache::path_of(const Sha256Digest& key) const {
  return fmt::format("{}/{}", directory_, to_hex(key));
}

std::unique_ptr<Cache::Found> Cache::find(const Sha256Digest& key) {
  auto found = std::make_unique<Found>();
  found->file.reset(::open(path_of(key).c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  struct stat status{};
  const int file = found->file.get();
  if (file < 0 || ::fstat(file, &status) != 0 || status.st_size <= 0) {
    ++misses_;
    return nullptr;
  }
  const Mapping mapping(file, static_cast<std::size_t>(status.st_size));
  const bool is_ours = S_ISREG(status.st_mode) && check_owner({}, status).has_value();
  const auto opened = is_ours ? code_cache::open(secret_, key, mapping.bytes()) : std::nullopt;
  if (!opened) {
    ++misses_;
    ++refused_;
    return nullptr;
  }
  found->extra.assign(opened->extra.begin(), opened->extra.end());
  ::futimens(file, nullptr);  // used now; a cache on a read-only disk does not forget anything anyway
  ++hits_;
  return found;
}

void Cache::put(const Sha256Digest& key, ByteSpan code, ByteSpan extra) {
  const Bytes entry = seal(secret_, key, code, extra);
  if (entry.size() > bytes_max_ ||
      !write_file_atomically(path_of(key), entry, FileAccess::kOwnerOnly)) {
    ++not_written_;
    return;
  }
  ++written_;
  evict();
}

void Cache::refuse(const Sha256Digest& key) {
  --hits_;
  ++misses_;
  ++refused_;
  ::unlink(path_of(key).c_str());
}

Counts Cache::counts() const {
  return {.hits = hits_,
          .misses = misses_,
          .refused = refused_,
          .written = written_,
          .not_written = not_written_,
          .evicted = evicted_};
}

Result<std::vector<Cache::File>> Cache::files() const {
  std::vector<File> files;
  std::error_code code;
  for (const auto& entry : std::filesystem::directory_iterator(directory_, code)) {
    const std::string name = entry.path().filename().string();
    struct stat status{};
    if (name == kSecretFile || ::lstat(entry.path().c_str(), &status) != 0) continue;
    files.push_back({.path = entry.path().string(),
                     .bytes = static_cast<std::uint64_t>(status.st_size),
                     .used_ns = status.st_mtim.tv_sec * std::int64_t{1'000'000'000} +
                                status.st_mtim.tv_nsec,
                     .is_entry = is_digest(name)});
  }
  if (!code) return files;
  return std::unexpected(
      Error(ErrorCode::kIo, fmt::format("cannot list the code cache: {}", code.message()))
          .at(directory_));
}

void Cache::evict() {
  auto files = this->files();
  if (!files) return;
  std::uint64_t total = 0;
  for (const File& file : *files) total += file.bytes;
  std::ranges::sort(*files, {}, &File::used_ns);
  const std::int64_t leftover = now_ns() - kLeftoverNs;
  for (const File& file : *files) {
    const bool is_left_over = !file.is_entry && file.used_ns < leftover;
    const bool is_too_much = file.is_entry && total > bytes_max_;
    if (!is_left_over && !is_too_much) continue;
    if (::unlink(file.path.c_str()) == 0 && file.is_entry) ++evicted_;
    total -= file.bytes;
  }
}

Result<Contents> Cache::contents() const {
  Contents contents;
  for (const File& file : TRY(files())) {
    contents.entries += file.is_entry ? 1 : 0;
    contents.bytes += file.bytes;
  }
  return contents;
}

Result<Contents> Cache::clear() {
  Contents removed;
  for (const File& file : TRY(files())) {
    if (::unlink(file.path.c_str()) != 0 && errno != ENOENT) {
      return std::unexpected(failed("cannot remove from the code cache", file.path));
    }
    removed.entries += file.is_entry ? 1 : 0;
    removed.bytes += file.bytes;
  }
  return removed;
}

}  // namespace synapsed::code_cache
