#pragma once

/// \file
/// The host's storage, for modules that were granted the capability `storage`, and for those with
/// `storage.write` what changes it. <synapsed/guest/storage.hpp> makes it comfortable. Results that
/// are negative are a `HostError`.
/// Written by tools/generate_abi.py from abi/storage.json; do not edit.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include <synapsed/host_functions.hpp>

namespace synapsed::storage {

extern "C" {

[[clang::import_module("synapsed:storage@1"), clang::import_name("get")]]
std::int32_t synapsed_storage_get(
    const std::byte* key,
    std::size_t key_size,
    std::byte* value,
    std::size_t value_size);

[[clang::import_module("synapsed:storage@1"), clang::import_name("length")]]
std::int64_t synapsed_storage_length(
    const std::byte* key,
    std::size_t key_size);

[[clang::import_module("synapsed:storage@1"), clang::import_name("contains")]]
std::int32_t synapsed_storage_contains(
    const std::byte* key,
    std::size_t key_size);

[[clang::import_module("synapsed:storage@1"), clang::import_name("set")]]
std::int32_t synapsed_storage_set(
    const std::byte* key,
    std::size_t key_size,
    const std::byte* value,
    std::size_t value_size);

[[clang::import_module("synapsed:storage@1"), clang::import_name("remove")]]
std::int32_t synapsed_storage_remove(
    const std::byte* key,
    std::size_t key_size);

[[clang::import_module("synapsed:storage@1"), clang::import_name("add")]]
std::int32_t synapsed_storage_add(
    const std::byte* key,
    std::size_t key_size,
    std::int64_t delta);

[[clang::import_module("synapsed:storage@1"), clang::import_name("increment")]]
std::int32_t synapsed_storage_increment(
    const std::byte* key,
    std::size_t key_size,
    std::int64_t delta,
    std::byte* sum,
    std::size_t sum_size);

[[clang::import_module("synapsed:storage@1"), clang::import_name("compare_and_set")]]
std::int32_t synapsed_storage_compare_and_set(
    const std::byte* key,
    std::size_t key_size,
    std::uint32_t has_expected,
    const std::byte* expected,
    std::size_t expected_size,
    const std::byte* value,
    std::size_t value_size);

[[clang::import_module("synapsed:storage@1"), clang::import_name("batch")]]
std::int32_t synapsed_storage_batch(
    const std::byte* steps,
    std::size_t steps_size);

[[clang::import_module("synapsed:storage@1"), clang::import_name("scan")]]
std::int32_t synapsed_storage_scan(
    const std::byte* begin,
    std::size_t begin_size,
    const std::byte* end,
    std::size_t end_size,
    std::uint32_t flags,
    std::uint64_t limit);

[[clang::import_module("synapsed:storage@1"), clang::import_name("scan_next")]]
std::int32_t synapsed_storage_scan_next(
    std::uint32_t scan,
    std::byte* entries,
    std::size_t entries_size);

[[clang::import_module("synapsed:storage@1"), clang::import_name("scan_close")]]
std::int32_t synapsed_storage_scan_close(
    std::uint32_t scan);

[[clang::import_module("synapsed:storage@1"), clang::import_name("blob_create")]]
std::int32_t synapsed_storage_blob_create(
    const std::byte* key,
    std::size_t key_size);

[[clang::import_module("synapsed:storage@1"), clang::import_name("blob_write")]]
std::int32_t synapsed_storage_blob_write(
    std::uint32_t blob,
    const std::byte* part,
    std::size_t part_size);

[[clang::import_module("synapsed:storage@1"), clang::import_name("blob_finish")]]
std::int32_t synapsed_storage_blob_finish(
    std::uint32_t blob);

[[clang::import_module("synapsed:storage@1"), clang::import_name("blob_read")]]
std::int32_t synapsed_storage_blob_read(
    const std::byte* key,
    std::size_t key_size,
    std::uint64_t offset,
    std::byte* part,
    std::size_t part_size);

[[clang::import_module("synapsed:storage@1"), clang::import_name("blob_close")]]
std::int32_t synapsed_storage_blob_close(
    std::uint32_t blob);

}  // extern "C"

/// Writes the value. Returns its length; not_found, or buffer_too_small, which pays for the value
/// too.
inline std::int32_t get(std::span<const std::byte> key, std::span<std::byte> value) {
  return synapsed_storage_get(key.data(), key.size(), value.data(), value.size());
}

/// Returns the length of a value, a blob or a counter (8) in bytes, or not_found.
inline std::int64_t length(std::span<const std::byte> key) {
  return synapsed_storage_length(key.data(), key.size());
}

/// Returns 1 when there is such a key, else 0.
inline std::int32_t contains(std::span<const std::byte> key) {
  return synapsed_storage_contains(key.data(), key.size());
}

/// Sets a key, of 1 to 1024 bytes. Returns 0; exhausted for what is beyond a quota.
inline std::int32_t set(std::span<const std::byte> key, std::span<const std::byte> value) {
  return synapsed_storage_set(key.data(), key.size(), value.data(), value.size());
}

/// Removes a key, if it is there. Returns 0.
inline std::int32_t remove(std::span<const std::byte> key) {
  return synapsed_storage_remove(key.data(), key.size());
}

/// Adds to a counter without reading it, so that executions that add do not conflict; a key that is
/// not there counts from 0. A counter is 8 bytes, a signed number, small end first. Returns 0; a
/// value that is no counter may show only when the execution ends.
inline std::int32_t add(std::span<const std::byte> key, std::int64_t delta) {
  return synapsed_storage_add(key.data(), key.size(), delta);
}

/// Adds to a counter and writes its value, 8 bytes. Returns 0; invalid_argument where there is no
/// counter, or the sum has more than 64 bits.
inline std::int32_t increment(std::span<const std::byte> key, std::int64_t delta, std::span<std::byte> sum) {
  return synapsed_storage_increment(key.data(), key.size(), delta, sum.data(), sum.size());
}

/// Sets a key if it has the value expected; with has_expected 0, if it is not there. Returns 1 when
/// it did, else 0.
inline std::int32_t compare_and_set(std::span<const std::byte> key, std::uint32_t has_expected, std::span<const std::byte> expected, std::span<const std::byte> value) {
  return synapsed_storage_compare_and_set(key.data(), key.size(), has_expected, expected.data(), expected.size(), value.data(), value.size());
}

/// Makes all of the steps, or none. Each is 1 byte (1 set, 2 remove, 3 add), 4 bytes with the key's
/// length and 4 with the value's, small end first, the key, the value: none to remove, 8 bytes to
/// add. Returns 0.
inline std::int32_t batch(std::span<const std::byte> steps) {
  return synapsed_storage_batch(steps.data(), steps.size());
}

/// Begins to read the keys from begin on, before end (empty: to the last), at most limit of them.
/// Flags are bits: 1 backward, 2 all keys that begin with begin (end is empty), 4 keys without
/// values. Returns a scan.
inline std::int32_t scan(std::span<const std::byte> begin, std::span<const std::byte> end, std::uint32_t flags, std::uint64_t limit) {
  return synapsed_storage_scan(begin.data(), begin.size(), end.data(), end.size(), flags, limit);
}

/// Writes the next entries, as many as fit: 4 bytes with the key's length and 4 with the value's,
/// small end first, the key, the value; a blob's value is empty. Returns the number of bytes, 0
/// after the last entry; buffer_too_small leaves the next one the next.
inline std::int32_t scan_next(std::uint32_t scan, std::span<std::byte> entries) {
  return synapsed_storage_scan_next(scan, entries.data(), entries.size());
}

/// Ends a scan. Returns 0.
inline std::int32_t scan_close(std::uint32_t scan) {
  return synapsed_storage_scan_close(scan);
}

/// Begins a value that comes in parts and may be longer than others. Returns a blob.
inline std::int32_t blob_create(std::span<const std::byte> key) {
  return synapsed_storage_blob_create(key.data(), key.size());
}

/// Adds bytes to a blob. Returns 0.
inline std::int32_t blob_write(std::uint32_t blob, std::span<const std::byte> part) {
  return synapsed_storage_blob_write(blob, part.data(), part.size());
}

/// Sets the key to what was written, and closes the blob, also when that fails. Returns 0.
inline std::int32_t blob_finish(std::uint32_t blob) {
  return synapsed_storage_blob_finish(blob);
}

/// Writes bytes of a blob, or of any value, from offset on. Returns how many, fewer than the buffer
/// has room for at the end only; not_found.
inline std::int32_t blob_read(std::span<const std::byte> key, std::uint64_t offset, std::span<std::byte> part) {
  return synapsed_storage_blob_read(key.data(), key.size(), offset, part.data(), part.size());
}

/// Gives a blob up before it is finished. Returns 0.
inline std::int32_t blob_close(std::uint32_t blob) {
  return synapsed_storage_blob_close(blob);
}

}  // namespace synapsed::storage
