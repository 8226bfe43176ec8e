#include "storage/backup_file.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/try.hpp"
#include "storage/layout.hpp"

namespace synapsed::storage {
namespace {

constexpr std::string_view kMagic = "SYNB";
constexpr std::byte kVersion{1};
constexpr std::size_t kHeadBytes = 5;
constexpr std::size_t kLengthBytes = 4;
constexpr std::size_t kBlockBytes = std::size_t{256} << 10;  // from here on one is written
constexpr std::size_t kBlockBytesMost = std::size_t{512} << 20;

void append(Bytes& to, ByteSpan bytes) {
  const std::size_t size = to.size();
  to.resize(size + bytes.size());
  std::ranges::copy(bytes, to.begin() + static_cast<std::ptrdiff_t>(size));
}

Bytes encode_length(std::size_t length) {
  Bytes bytes = encode_u64(length);
  bytes.resize(kLengthBytes);
  return bytes;
}

std::size_t read_length(ByteSpan bytes) {
  std::size_t length = 0;
  for (std::size_t i = kLengthBytes; i-- > 0;) {
    length = (length << 8) | std::to_integer<std::size_t>(bytes[i]);
  }
  return length;
}

Bytes head() {
  Bytes bytes = copy_of(as_bytes(kMagic));
  bytes.push_back(kVersion);
  return bytes;
}

Sha256Digest chained(const Sha256Digest& before, ByteSpan bytes) {
  return sha256(join(before, bytes));
}

}  // namespace

Result<BackupWriter> BackupWriter::create(const std::string& path) {
  // What is in it may be nobody else's business.
  BackupWriter writer(TRY(PendingFile::create(path, FileAccess::kOwnerOnly)));
  TRY(writer.begin());
  return writer;
}

Result<void> BackupWriter::begin() {
  chain_ = sha256(head());
  return file_.write(head());
}

Result<void> BackupWriter::add(ByteSpan key, ByteSpan value) {
  append(block_, encode_length(key.size()));
  append(block_, encode_length(value.size()));
  append(block_, key);
  append(block_, value);
  ++entries_;
  return block_.size() < kBlockBytes ? Result<void>() : flush();
}

Result<void> BackupWriter::flush() {
  if (block_.empty()) return {};
  chain_ = chained(chain_, block_);
  TRY(file_.write(encode_length(block_.size())));
  TRY(file_.write(block_));
  TRY(file_.write(chain_));
  block_.clear();
  return {};
}

Result<void> BackupWriter::complete() {
  TRY(flush());
  const Bytes entries = encode_u64(entries_);
  TRY(file_.write(encode_length(0)));
  TRY(file_.write(entries));
  TRY(file_.write(chained(chain_, entries)));
  return file_.complete();
}

Result<BackupReader> BackupReader::open(const std::string& path) {
  File file(std::fopen(path.c_str(), "rbe"));
  if (file == nullptr) {
    return std::unexpected(Error(ErrorCode::kLoadUnreadable,
                                 std::string("cannot read the file: ") + std::strerror(errno))
                               .at(path));
  }
  return read_from(std::move(file), path);
}

Result<BackupReader> BackupReader::read_from(File file, std::string path) {
  BackupReader reader(std::move(file), std::move(path));
  TRY(reader.read_head());
  return reader;
}

Error BackupReader::corrupt(const char* what) const {
  return Error(ErrorCode::kStorageCorrupt, what)
      .at(path_)
      .help("take another backup; nothing of this one was used");
}

Result<Bytes> BackupReader::read(std::size_t bytes) {
  Bytes read;
  while (read.size() < bytes) {  // a length that lies does not take its memory at once
    const std::size_t size = read.size();
    read.resize(size + std::min(bytes - size, kBlockBytes));
    if (std::fread(read.data() + size, 1, read.size() - size, file_.get()) != read.size() - size) {
      return std::unexpected(corrupt("the backup is cut off"));
    }
  }
  return read;
}

Result<void> BackupReader::read_head() {
  const Bytes found = TRY(read(kHeadBytes));
  if (as_text(found).substr(0, kMagic.size()) != kMagic) {
    return std::unexpected(corrupt("the file is no backup of a storage"));
  }
  if (found.back() != kVersion) {
    return std::unexpected(Error(ErrorCode::kStorageSchema, "the backup has a newer format")
                               .at(path_)
                               .help("use a newer program"));
  }
  chain_ = sha256(found);
  return {};
}

Result<bool> BackupReader::read_block() {
  const std::size_t length = read_length(TRY(read(kLengthBytes)));
  if (length == 0) {
    TRY(read_end());
    return false;
  }
  if (length > kBlockBytesMost) return std::unexpected(corrupt("the backup is damaged"));
  block_ = TRY(read(length));
  at_ = 0;
  chain_ = chained(chain_, block_);
  if (!is_equal(TRY(read(chain_.size())), chain_)) {
    return std::unexpected(corrupt("the backup is damaged"));
  }
  return true;
}

Result<void> BackupReader::read_end() {
  const Bytes entries = TRY(read(sizeof(entries_)));
  if (!is_equal(TRY(read(chain_.size())), chained(chain_, entries)) ||
      read_u64(entries) != entries_) {
    return std::unexpected(corrupt("the backup is damaged"));
  }
  if (std::fgetc(file_.get()) != EOF) {
    return std::unexpected(corrupt("something follows the backup"));
  }
  return {};
}

Result<std::optional<BackupReader::Entry>> BackupReader::next() {
  if (is_over_) return std::optional<Entry>();
  if (at_ == block_.size() && !TRY(read_block())) {
    is_over_ = true;
    return std::optional<Entry>();
  }
  const ByteSpan rest = ByteSpan(block_).subspan(at_);
  if (rest.size() < 2 * kLengthBytes) return std::unexpected(corrupt("the backup is damaged"));
  const std::size_t key = read_length(rest);
  const std::size_t value = read_length(rest.subspan(kLengthBytes));
  const ByteSpan bytes = rest.subspan(2 * kLengthBytes);
  if (key > bytes.size() || value > bytes.size() - key) {
    return std::unexpected(corrupt("the backup is damaged"));
  }
  at_ += 2 * kLengthBytes + key + value;
  ++entries_;
  return Entry{.key = bytes.first(key), .value = bytes.subspan(key, value)};
}

}  // namespace synapsed::storage
