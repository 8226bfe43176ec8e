// Hands what it is called with to the host's storage, and the results back; and ends in every way
// that an execution can.

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <expected>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <synapsed/guest.hpp>
#include <synapsed/guest/storage.hpp>

namespace guest {
namespace {

namespace storage = synapsed::storage;
using Bytes = std::vector<std::byte>;
using In = std::span<const std::byte>;
using Answer = std::expected<Bytes, std::int32_t>;

/// What `call` writes into a buffer of `most` bytes, as many as it says.
template <typename Call>
Answer filled(std::size_t most, const Call& call) {
  Bytes buffer(most);
  const std::int32_t length = call(std::span(buffer));
  if (length < 0) return std::unexpected(length);
  buffer.resize(static_cast<std::size_t>(length));
  return buffer;
}

}  // namespace

// --- One call each. ---

Answer get(In key, std::uint32_t room) {
  return filled(room, [&](auto out) { return storage::get(key, out); });
}
SYNAPSED_EXPORT(get, "func(key: list<u8>, room: u32) -> result<list<u8>, s32>")

std::int64_t length(In key) { return storage::length(key); }
SYNAPSED_EXPORT(length, "func(key: list<u8>) -> s64")

std::int32_t contains(In key) { return storage::contains(key); }
SYNAPSED_EXPORT(contains, "func(key: list<u8>) -> s32")

std::int32_t set(In key, In value) { return storage::set(key, value); }
SYNAPSED_EXPORT(set, "func(key: list<u8>, value: list<u8>) -> s32")

std::int32_t remove(In key) { return storage::remove(key); }
SYNAPSED_EXPORT(remove, "func(key: list<u8>) -> s32")

std::int32_t add(In key, std::int64_t delta) { return storage::add(key, delta); }
SYNAPSED_EXPORT(add, "func(key: list<u8>, delta: s64) -> s32")

/// The sum, in a buffer of `room` bytes.
Answer increment(In key, std::int64_t delta, std::uint32_t room) {
  Bytes sum(room);
  const std::int32_t result = storage::increment(key, delta, sum);
  if (result < 0) return std::unexpected(result);
  return sum;
}
SYNAPSED_EXPORT(increment, "func(key: list<u8>, delta: s64, room: u32) -> result<list<u8>, s32>")

std::int32_t compare_and_set(In key, std::uint32_t has_expected, In expected, In value) {
  return storage::compare_and_set(key, has_expected, expected, value);
}
SYNAPSED_EXPORT(compare_and_set, "func(key: list<u8>, has_expected: u32, expected: list<u8>, "
                                 "value: list<u8>) -> s32")

std::int32_t batch(In steps) { return storage::batch(steps); }
SYNAPSED_EXPORT(batch, "func(steps: list<u8>) -> s32")

std::int32_t scan(In begin, In end, std::uint32_t flags, std::uint64_t limit) {
  return storage::scan(begin, end, flags, limit);
}
SYNAPSED_EXPORT(scan, "func(begin: list<u8>, end: list<u8>, flags: u32, limit: u64) -> s32")

/// All that `scan` finds, in buffers of `room` bytes one after the other.
Answer scan_all(In begin, In end, std::uint32_t flags, std::uint64_t limit, std::uint32_t room) {
  const std::int32_t opened = storage::scan(begin, end, flags, limit);
  if (opened < 0) return std::unexpected(opened);
  const auto number = static_cast<std::uint32_t>(opened);
  Bytes all;
  while (true) {
    const Answer part = filled(room, [&](auto out) { return storage::scan_next(number, out); });
    if (!part) return part;
    if (part->empty()) break;
    all.insert(all.end(), part->begin(), part->end());
  }
  if (const std::int32_t closed = storage::scan_close(number); closed < 0) {
    return std::unexpected(closed);
  }
  return all;
}
SYNAPSED_EXPORT(scan_all, "func(begin: list<u8>, end: list<u8>, flags: u32, limit: u64, room: u32) "
                          "-> result<list<u8>, s32>")

/// Tries each size of buffer on one scan; how many bytes each got, or its error.
std::vector<std::int32_t> scan_in_rooms(In prefix, const std::vector<std::uint32_t>& rooms) {
  std::vector<std::int32_t> results;
  const std::int32_t opened = storage::scan(prefix, {}, 2, UINT64_MAX);
  for (const std::uint32_t room : rooms) {
    Bytes buffer(room);
    results.push_back(storage::scan_next(static_cast<std::uint32_t>(opened), buffer));
  }
  return results;
}
SYNAPSED_EXPORT(scan_in_rooms, "func(prefix: list<u8>, rooms: list<u32>) -> list<s32>")

/// A blob of `parts` parts, in `part`s.
std::int32_t blob_write(In key, In part, std::uint32_t parts, bool finishes) {
  const std::int32_t opened = storage::blob_create(key);
  if (opened < 0) return opened;
  const auto number = static_cast<std::uint32_t>(opened);
  for (std::uint32_t i = 0; i < parts; ++i) {
    if (const std::int32_t result = storage::blob_write(number, part); result < 0) return result;
  }
  return finishes ? storage::blob_finish(number) : storage::blob_close(number);
}
SYNAPSED_EXPORT(blob_write, "func(key: list<u8>, part: list<u8>, parts: u32, finishes: bool) -> s32")

Answer blob_read(In key, std::uint64_t offset, std::uint32_t room) {
  return filled(room, [&](auto out) { return storage::blob_read(key, offset, out); });
}
SYNAPSED_EXPORT(blob_read, "func(key: list<u8>, offset: u64, room: u32) -> result<list<u8>, s32>")

// --- Numbers. ---

/// Opens as many scans and blobs as it can; the numbers it got, and then the error.
std::vector<std::int32_t> open_many(std::uint32_t count) {
  std::vector<std::int32_t> results;
  for (std::uint32_t i = 0; i < count; ++i) {
    results.push_back(i % 2 == 0 ? storage::scan({}, {}, 0, 1)
                                 : storage::blob_create(storage::View("blob")));
    if (results.back() < 0) break;
  }
  return results;
}
SYNAPSED_EXPORT(open_many, "func(count: u32) -> list<s32>")

/// What each function says to a number that is none of its kind.
std::vector<std::int32_t> misuse(std::uint32_t number) {
  std::array<std::byte, 16> buffer{};
  return {storage::scan_next(number, buffer), storage::scan_close(number),
          storage::blob_write(number, buffer), storage::blob_finish(number),
          storage::blob_close(number)};
}
SYNAPSED_EXPORT(misuse, "func(number: u32) -> list<s32>")

/// A scan, then a blob, used as each other; both closed, and used again; then a new number.
std::vector<std::int32_t> mix_up() {
  std::array<std::byte, 16> buffer{};
  const auto scan = static_cast<std::uint32_t>(storage::scan({}, {}, 0, 1));
  const auto blob = static_cast<std::uint32_t>(storage::blob_create(storage::View("blob")));
  std::vector<std::int32_t> results{
      storage::blob_write(scan, buffer), storage::blob_finish(scan), storage::blob_close(scan),
      storage::scan_next(blob, buffer),  storage::scan_close(blob),  storage::scan_close(scan),
      storage::blob_close(blob),         storage::scan_close(scan),  storage::blob_close(blob)};
  const std::int32_t next = storage::scan({}, {}, 0, 1);
  results.push_back(next > static_cast<std::int32_t>(blob) ? 1 : 0);
  return results;
}
SYNAPSED_EXPORT(mix_up, "func() -> list<s32>")

// --- Ends. ---

/// Reads and writes a counter by hand, so that executions conflict; `add` does not read.
std::int64_t count_by_reading(In key) {
  std::int64_t number = 0;
  const auto bytes = std::as_writable_bytes(std::span(&number, 1));
  storage::get(key, bytes);
  ++number;
  storage::set(key, bytes);
  return number;
}
SYNAPSED_EXPORT(count_by_reading, "func(key: list<u8>) -> s64")

std::int64_t count(In key) {
  const auto sum = storage::increment(storage::View(key), 1);
  return sum ? *sum : static_cast<std::int64_t>(sum.error());
}
SYNAPSED_EXPORT(count, "func(key: list<u8>) -> s64")

void set_and_trap(In key, In value) {
  storage::set(key, value);
  __builtin_trap();
}
SYNAPSED_EXPORT(set_and_trap, "func(key: list<u8>, value: list<u8>)")

void set_and_panic(In key, In value) {
  storage::set(key, value);
  synapsed::panic("on purpose");
}
SYNAPSED_EXPORT(set_and_panic, "func(key: list<u8>, value: list<u8>)")

void set_and_exit(In key, In value, std::int32_t code) {
  storage::set(key, value);
  _Exit(code);
}
SYNAPSED_EXPORT(set_and_exit, "func(key: list<u8>, value: list<u8>, code: s32)")

/// Until it is ended.
void set_and_spin(In key, In value) {
  storage::set(key, value);
  for (volatile std::uint64_t i = 0;;) i = i + 1;
}
SYNAPSED_EXPORT(set_and_spin, "func(key: list<u8>, value: list<u8>)")

// --- Within another execution. ---

extern "C" {
[[clang::import_module("test"), clang::import_name("run_nested")]]
std::int32_t run_nested(std::uint32_t what);
}

/// Sets a key, has the host run `nested` within this execution, and sets another; what the host said.
std::int32_t around(std::uint32_t what, bool traps) {
  storage::set(storage::View("before"), storage::View("1"));
  const std::int32_t result = run_nested(what);
  storage::set(storage::View("after"), storage::View("1"));
  if (traps) __builtin_trap();
  return result;
}
SYNAPSED_EXPORT(around, "func(what: u32, traps: bool) -> s32")

/// Sees what its outer execution wrote, and writes; whether it saw it. With 1 it traps then.
bool nested(std::uint32_t what) {
  const bool sees = storage::contains(storage::View("before")) == 1;
  storage::set(storage::View("nested"), storage::View("1"));
  storage::add(storage::View("counter"), 1);
  if (what == 1) __builtin_trap();
  return sees;
}
SYNAPSED_EXPORT(nested, "func(what: u32) -> bool")

// --- The wrapper. ---

/// Tries it all; the number of the first step that was not as it should be, or 0.
std::int32_t try_wrapper() {
  const std::string large(100'000, 'x');
  if (storage::read("w/large").value() != std::nullopt) return 1;
  if (!storage::write("w/large", large)) return 2;
  if (storage::read_text("w/large").value() != large) return 3;
  storage::Batch batch;
  for (int i = 0; i < 1000; ++i) batch.set("w/" + std::to_string(1000 + i), std::to_string(i));
  batch.add("w/sum", 5).add("w/sum", 6).remove("w/large");
  if (!batch.apply()) return 4;
  if (storage::read_counter("w/sum").value() != 11) return 5;
  if (storage::increment("w/sum", -1).value() != 10) return 6;
  int found = 0;
  auto cursor = storage::Cursor::of_range("w/1", "w/2");
  while (cursor.next()) {
    if (storage::text_of(cursor.value()) != std::to_string(found++)) return 7;
  }
  if (cursor.error() || found != 1000) return 8;
  auto backward = storage::Cursor::of_prefix("w/1", {.backward = true, .keys_only = true, .limit = 3});
  std::string keys;
  while (backward.next()) keys += std::string(storage::text_of(backward.key())) + " ";
  if (keys != "w/1999 w/1998 w/1997 ") return 9;
  if (!storage::erase("w/sum") || storage::read("w/sum").value()) return 10;
  auto moved = storage::Cursor::of_prefix("w/");
  moved = storage::Cursor::of_prefix("none");
  return moved.next() ? 11 : 0;
}
SYNAPSED_EXPORT(try_wrapper, "func() -> s32")

}  // namespace guest
