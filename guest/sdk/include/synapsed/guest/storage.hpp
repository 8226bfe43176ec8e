#pragma once

/// \file
/// The host's storage, comfortably: values as vectors and strings, batches, cursors.
///
///     auto title = storage::read_text("title");           // expected<optional<string>, HostError>
///     storage::Batch batch;
///     batch.set("title", "Storage").add("changes", 1);
///     if (!batch.apply()) …
///     for (auto notes = storage::Cursor::of_prefix("note/"); notes.next();) use(notes.key());
///
/// What an execution wrote lasts once it ends with success; otherwise nothing was written.
///
/// Thread rule: a guest has one thread.

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <expected>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <synapsed/storage.hpp>

namespace synapsed::storage {

using Bytes = std::vector<std::byte>;
template <typename T>
using Outcome = std::expected<T, HostError>;

/// Bytes, or text as its bytes. Views its argument.
class View {
 public:
  View(std::span<const std::byte> bytes) : bytes_(bytes) {}
  View(const Bytes& bytes) : bytes_(bytes) {}
  View(std::string_view text) : bytes_(std::as_bytes(std::span(text))) {}
  View(const std::string& text) : View(std::string_view(text)) {}
  View(const char* text) : View(std::string_view(text)) {}

  operator std::span<const std::byte>() const { return bytes_; }
  [[nodiscard]] std::size_t size() const { return bytes_.size(); }

 private:
  std::span<const std::byte> bytes_;
};

inline std::string_view text_of(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// What a host function returned: nothing, or why not.
inline Outcome<void> outcome(std::int32_t result) {
  if (result < 0) return std::unexpected(static_cast<HostError>(result));
  return {};
}

/// The value of a key; none where there is no such key.
inline Outcome<std::optional<Bytes>> read(View key) {
  constexpr std::size_t kUsual = 256;
  Bytes value(kUsual);
  std::int32_t length = get(key, value);
  if (length == static_cast<std::int32_t>(HostError::kBufferTooSmall)) {
    const std::int64_t needed = storage::length(key);
    if (needed < 0) return std::unexpected(static_cast<HostError>(needed));
    value.resize(static_cast<std::size_t>(needed));
    length = get(key, value);
  }
  if (length == static_cast<std::int32_t>(HostError::kNotFound)) return std::nullopt;
  if (length < 0) return std::unexpected(static_cast<HostError>(length));
  value.resize(static_cast<std::size_t>(length));
  return value;
}

inline Outcome<std::optional<std::string>> read_text(View key) {
  const auto value = read(key);
  if (!value) return std::unexpected(value.error());
  if (!*value) return std::nullopt;
  return std::string(text_of(**value));
}

/// A counter's value; 0 where there is no such key.
inline Outcome<std::int64_t> read_counter(View key) {
  std::int64_t number = 0;
  const std::int32_t length = get(key, std::as_writable_bytes(std::span(&number, 1)));
  if (length == static_cast<std::int32_t>(HostError::kNotFound)) return 0;
  if (length < 0) return std::unexpected(static_cast<HostError>(length));
  if (length != sizeof(number)) return std::unexpected(HostError::kInvalidArgument);
  return number;
}

inline Outcome<void> write(View key, View value) { return outcome(set(key, value)); }
inline Outcome<void> erase(View key) { return outcome(remove(key)); }

/// A counter's value after the addition.
inline Outcome<std::int64_t> increment(View key, std::int64_t delta) {
  std::int64_t sum = 0;
  const auto added =
      outcome(increment(key, delta, std::as_writable_bytes(std::span(&sum, 1))));
  if (!added) return std::unexpected(added.error());
  return sum;
}

/// Steps that are made together: all of them, or none.
class Batch {
 public:
  Batch& set(View key, View value) { return step(kSet, key, value); }
  Batch& remove(View key) { return step(kRemove, key, std::span<const std::byte>()); }
  Batch& add(View key, std::int64_t delta) {
    return step(kAdd, key, std::as_bytes(std::span(&delta, 1)));
  }
  [[nodiscard]] Outcome<void> apply() const { return outcome(batch(packed_)); }
  [[nodiscard]] bool is_empty() const { return packed_.empty(); }

 private:
  static constexpr std::byte kSet{1};
  static constexpr std::byte kRemove{2};
  static constexpr std::byte kAdd{3};

  Batch& step(std::byte operation, View key, View value) {
    packed_.push_back(operation);
    put_length(key.size());
    put_length(value.size());
    put(key);
    put(value);
    return *this;
  }
  void put_length(std::uint32_t length) { put(std::as_bytes(std::span(&length, 1))); }
  void put(std::span<const std::byte> bytes) {
    packed_.insert(packed_.end(), bytes.begin(), bytes.end());
  }

  Bytes packed_;
};

struct ScanOptions {
  bool backward = false;
  bool keys_only = false;
  std::uint64_t limit = UINT64_MAX;
};

/// Walks over entries; it begins before the first, and ends after an error, which `error` has.
class Cursor {
 public:
  /// Keys from `begin` on, before `end`; an empty end: to the last.
  static Cursor of_range(View begin, View end, const ScanOptions& options = {}) {
    return Cursor(scan(begin, end, flags_of(options), options.limit));
  }
  static Cursor of_prefix(View prefix, const ScanOptions& options = {}) {
    return Cursor(scan(prefix, {}, kPrefix | flags_of(options), options.limit));
  }
  Cursor(Cursor&& other) noexcept { *this = std::move(other); }
  Cursor& operator=(Cursor&& other) noexcept {
    std::swap(scan_, other.scan_);
    std::swap(error_, other.error_);
    std::swap(entries_, other.entries_);
    std::swap(next_, other.next_);
    std::swap(end_, other.end_);
    std::swap(key_, other.key_);
    std::swap(value_, other.value_);
    return *this;
  }
  ~Cursor() {
    if (scan_) scan_close(*scan_);
  }

  /// To the next entry; false after the last, and after an error.
  bool next() {
    if (next_ == end_ && !fill()) return false;
    const std::size_t key_bytes = take_length();
    const std::size_t value_bytes = take_length();
    key_ = take(key_bytes);
    value_ = take(value_bytes);
    return true;
  }
  /// Valid until `next`, as `value`.
  [[nodiscard]] std::span<const std::byte> key() const { return key_; }
  [[nodiscard]] std::span<const std::byte> value() const { return value_; }
  [[nodiscard]] std::optional<HostError> error() const { return error_; }

 private:
  static constexpr std::uint32_t kBackward = 1;
  static constexpr std::uint32_t kPrefix = 2;
  static constexpr std::uint32_t kKeysOnly = 4;
  static constexpr std::size_t kBufferBytes = 4096;  // at first

  static std::uint32_t flags_of(const ScanOptions& options) {
    return (options.backward ? kBackward : 0) | (options.keys_only ? kKeysOnly : 0);
  }
  explicit Cursor(std::int32_t scan) {
    if (scan < 0) {
      error_ = static_cast<HostError>(scan);
    } else {
      scan_ = static_cast<std::uint32_t>(scan);
    }
  }

  bool fill() {
    if (!scan_ || error_) return false;
    if (entries_.empty()) entries_.resize(kBufferBytes);
    std::int32_t length = scan_next(*scan_, entries_);
    while (length == static_cast<std::int32_t>(HostError::kBufferTooSmall)) {
      entries_.resize(2 * entries_.size());
      length = scan_next(*scan_, entries_);
    }
    if (length < 0) error_ = static_cast<HostError>(length);
    next_ = 0;
    end_ = length < 0 ? 0 : static_cast<std::size_t>(length);
    return end_ != 0;
  }
  std::span<const std::byte> take(std::size_t bytes) {
    const auto taken = std::span<const std::byte>(entries_).subspan(next_, bytes);
    next_ += bytes;
    return taken;
  }
  std::size_t take_length() {
    std::uint32_t length = 0;
    std::memcpy(&length, take(sizeof(length)).data(), sizeof(length));
    return length;
  }

  std::optional<std::uint32_t> scan_;
  std::optional<HostError> error_;
  Bytes entries_;
  std::size_t next_ = 0;
  std::size_t end_ = 0;
  std::span<const std::byte> key_;
  std::span<const std::byte> value_;
};

}  // namespace synapsed::storage
