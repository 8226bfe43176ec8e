// A journal of notes with double entry: each entry moves amounts between accounts, which add up to
// nothing. Entries are added and never changed.
//
// | key | value |
// |---|---|
// | `a` account | a counter: its balance |
// | `e` number | an entry: 8 bytes of time; 4 and the note; for each posting 2 and the account, 8 of amount |
// | `s` account NUL time number | 8 bytes of amount: a line of the account's statement |
// | `n` | a counter: how many entries there are |
//
// Numbers are 8 bytes, large end first, so that keys are in their order; counters are the host's.

#include <algorithm>
#include <cstdint>
#include <expected>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <synapsed/guest.hpp>
#include <synapsed/guest/big_endian.hpp>
#include <synapsed/guest/storage.hpp>

struct posting {
  std::string account;
  std::int64_t amount;
};
SYNAPSED_RECORD(posting, (account, string), (amount, s64))

struct entry {
  std::uint64_t number;
  std::uint64_t time;
  std::string note;
  std::vector<posting> postings;
};
SYNAPSED_RECORD(entry, (number, u64), (time, u64), (note, string), (postings, list<posting>))

/// What an entry did to an account.
struct line {
  std::uint64_t number;
  std::uint64_t time;
  std::int64_t amount;
  std::string note;
};
SYNAPSED_RECORD(line, (number, u64), (time, u64), (amount, s64), (note, string))

struct audit {
  std::uint64_t entries;
  std::uint64_t accounts;
  std::string fault;  // empty: the books are right
};
SYNAPSED_RECORD(audit, (entries, u64), (accounts, u64), (fault, string))

namespace {

namespace storage = synapsed::storage;
using storage::Cursor;
using storage::text_of;
using synapsed::HostError;
using synapsed::guest::ByteReader;
using synapsed::guest::bytes_of;
using synapsed::guest::put;
using Bytes = std::vector<std::byte>;
using In = std::span<const std::byte>;
template <typename T>
using Result = std::expected<T, std::string>;

constexpr std::string_view kCountKey = "n";
constexpr std::size_t kAccountBytesMax = 256;
constexpr std::size_t kNoteBytesMax = 4096;
constexpr std::size_t kPostingsMax = 64;
constexpr std::uint32_t kLinesMost = 1000;
constexpr std::size_t kNumberBytes = 8;

std::string failure(HostError error) {
  switch (error) {
    case HostError::kExhausted: return "the storage has no more room for it";
    case HostError::kDenied: return "the host denied it";
    case HostError::kConflict: return "somebody else wrote meanwhile";
    case HostError::kInvalidArgument: return "a balance has at most 63 bits";
    default:
      return "the host's storage failed: " + std::to_string(static_cast<std::int32_t>(error));
  }
}

Bytes entry_key(std::uint64_t number) {
  Bytes key{std::byte{'e'}};
  put(key, number, kNumberBytes);
  return key;
}
Bytes balance_key(std::string_view account) {
  Bytes key{std::byte{'a'}};
  put(key, bytes_of(account));
  return key;
}
Bytes statement_prefix(std::string_view account) {
  Bytes key{std::byte{'s'}};
  put(key, bytes_of(account));
  key.push_back(std::byte{0});
  return key;
}
Bytes statement_key(std::string_view account, std::uint64_t time) {
  Bytes key = statement_prefix(account);
  put(key, time, kNumberBytes);
  return key;
}

bool is_account(std::string_view name) {
  return !name.empty() && name.size() <= kAccountBytesMax && !name.contains('\0');
}

/// Several postings may be on one account.
Result<void> check_postings(std::span<const posting> postings) {
  if (postings.size() < 2 || postings.size() > kPostingsMax) {
    return std::unexpected("an entry has 2 to 64 postings");
  }
  __int128 sum = 0;
  std::vector<std::string_view> accounts;
  for (const posting& posting : postings) {
    if (!is_account(posting.account)) {
      return std::unexpected("an account's name has 1 to 256 bytes and no NUL");
    }
    sum += posting.amount;
    accounts.push_back(posting.account);
  }
  if (sum != 0) return std::unexpected("the amounts of an entry add up to nothing");
  std::ranges::sort(accounts);
  if (std::ranges::adjacent_find(accounts) != accounts.end()) {
    return std::unexpected("an entry names no account twice");
  }
  return {};
}

Bytes encoded(std::uint64_t time, std::string_view note, std::span<const posting> postings) {
  Bytes bytes;
  put(bytes, time, kNumberBytes);
  put(bytes, note.size(), 4);
  put(bytes, bytes_of(note));
  for (const posting& posting : postings) {
    put(bytes, posting.account.size(), 2);
    put(bytes, bytes_of(posting.account));
    put(bytes, static_cast<std::uint64_t>(posting.amount), kNumberBytes);
  }
  return bytes;
}

std::optional<entry> decoded(std::uint64_t number, In bytes) {
  ByteReader reader(bytes);
  const auto time = reader.number(kNumberBytes);
  const auto note = reader.sized(4);
  if (!time || !note) return std::nullopt;
  entry entry{.number = number, .time = *time, .note = std::string(text_of(*note)), .postings = {}};
  while (!reader.rest().empty()) {
    const auto account = reader.sized(2);
    const auto amount = reader.number(kNumberBytes);
    if (!account || !amount) return std::nullopt;
    entry.postings.push_back({.account = std::string(text_of(*account)),
                              .amount = static_cast<std::int64_t>(*amount)});
  }
  return entry;
}

Result<std::optional<entry>> load(std::uint64_t number) {
  const auto bytes = storage::read(entry_key(number));
  if (!bytes) return std::unexpected(failure(bytes.error()));
  if (!*bytes) return std::nullopt;
  auto entry = decoded(number, **bytes);
  if (!entry) return std::unexpected("the stored entry is damaged");
  return entry;
}

/// A balance that would have more than 64 bits is refused here rather than at the end.
Result<void> check_balances(std::span<const posting> postings) {
  for (const posting& posting : postings) {
    const auto balance = storage::read_counter(balance_key(posting.account));
    if (!balance) return std::unexpected(failure(balance.error()));
    std::int64_t sum = 0;
    if (__builtin_add_overflow(*balance, posting.amount, &sum)) {
      return std::unexpected("a balance has at most 63 bits");
    }
  }
  return {};
}

Result<void> ended(const Cursor& cursor) {
  if (cursor.error()) return std::unexpected(failure(*cursor.error()));
  return {};
}

/// The time and number that end a key of a statement, and its amount.
std::optional<line> decoded_line(In place, In value) {
  ByteReader where(place);
  const auto time = where.number(kNumberBytes);
  const auto number = where.number(kNumberBytes);
  const auto amount = ByteReader(value).number(kNumberBytes);
  if (!time || !number || !amount) return std::nullopt;
  return line{.number = *number, .time = *time, .amount = static_cast<std::int64_t>(*amount),
              .note = {}};
}

/// The sum of all lines of an account.
Result<__int128> sum_of_lines(std::string_view account) {
  const Bytes prefix = statement_prefix(account);
  __int128 sum = 0;
  Cursor cursor = Cursor::of_prefix(prefix);
  while (cursor.next()) {
    const auto line = decoded_line(cursor.key().subspan(prefix.size()), cursor.value());
    if (!line) return std::unexpected("the statement of " + std::string(account) + " is damaged");
    sum += line->amount;
  }
  if (const auto done = ended(cursor); !done) return std::unexpected(done.error());
  return sum;
}

/// Walks over the accounts; what is wrong with them, or nothing.
Result<std::string> check_accounts(audit& audit) {
  __int128 total = 0;
  Cursor cursor = Cursor::of_prefix("a");
  while (cursor.next()) {
    const std::string account(text_of(cursor.key().subspan(1)));
    const auto balance = storage::read_counter(cursor.key());
    if (!balance) return std::unexpected(failure(balance.error()));
    const auto lines = sum_of_lines(account);
    if (!lines) return std::unexpected(lines.error());
    if (*lines != *balance) return "the balance of " + account + " is not that of its statement";
    total += *balance;
    ++audit.accounts;
  }
  if (const auto done = ended(cursor); !done) return std::unexpected(done.error());
  return total == 0 ? std::string() : "the balances do not add up to nothing";
}

Result<std::uint64_t> count_entries() {
  std::uint64_t count = 0;
  Cursor cursor = Cursor::of_prefix("e", {.keys_only = true});
  while (cursor.next()) ++count;
  if (const auto done = ended(cursor); !done) return std::unexpected(done.error());
  return count;
}

}  // namespace

/// Adds an entry. `time`: seconds since 1970, as the caller knows it. Its number, from 1 on.
Result<std::uint64_t> append(std::uint64_t time, std::string_view note,
                             const std::vector<posting>& postings) {
  if (note.size() > kNoteBytesMax) return std::unexpected("a note has at most 4096 bytes");
  if (const auto valid = check_postings(postings); !valid) return std::unexpected(valid.error());
  if (const auto fits = check_balances(postings); !fits) return std::unexpected(fits.error());
  const auto number = storage::increment(kCountKey, 1);
  if (!number) return std::unexpected(failure(number.error()));
  const auto counted = static_cast<std::uint64_t>(*number);
  storage::Batch batch;
  batch.set(entry_key(counted), encoded(time, note, postings));
  for (const posting& posting : postings) {
    Bytes place = statement_key(posting.account, time);
    put(place, counted, kNumberBytes);
    Bytes amount;
    put(amount, static_cast<std::uint64_t>(posting.amount), kNumberBytes);
    batch.set(place, amount).add(balance_key(posting.account), posting.amount);
  }
  if (const auto made = batch.apply(); !made) synapsed::panic(failure(made.error()));
  return counted;
}
SYNAPSED_EXPORT(append, "func(time: u64, note: string, postings: list<posting>) -> result<u64, string>")

/// 0 of an account that no entry names.
Result<std::int64_t> balance(std::string_view account) {
  if (!is_account(account)) return std::unexpected("it is no name of an account");
  const auto number = storage::read_counter(balance_key(account));
  if (!number) return std::unexpected(failure(number.error()));
  return *number;
}
SYNAPSED_EXPORT(balance, "func(account: string) -> result<s64, string>")

Result<std::optional<entry>> read_entry(std::uint64_t number) { return load(number); }
SYNAPSED_EXPORT(read_entry, "func(number: u64) -> result<option<entry>, string>")

/// An account's lines from the time `from` on, before `until`, in the order of time; at most `limit`
/// (1 to 1000).
Result<std::vector<line>> statement(std::string_view account, std::uint64_t from,
                                    std::uint64_t until, std::uint32_t limit) {
  if (!is_account(account)) return std::unexpected("it is no name of an account");
  const std::size_t place = statement_prefix(account).size();
  std::vector<line> lines;
  Cursor cursor =
      Cursor::of_range(statement_key(account, from), statement_key(account, until),
                       {.limit = std::clamp(limit, 1U, kLinesMost)});
  while (cursor.next()) {
    auto line = decoded_line(cursor.key().subspan(place), cursor.value());
    const auto entry = line ? load(line->number) : std::nullopt;
    if (!entry) return std::unexpected(entry.error());
    if (!*entry) return std::unexpected("the statement names an entry that is not there");
    line->note = (*entry)->note;
    lines.push_back(std::move(*line));
  }
  if (const auto done = ended(cursor); !done) return std::unexpected(done.error());
  return lines;
}
SYNAPSED_EXPORT(statement, "func(account: string, from: u64, until: u64, limit: u32) "
                           "-> result<list<line>, string>")

/// Adds everything up again: that the balances are those of the statements, and add up to nothing.
Result<audit> check() {
  audit audit{.entries = 0, .accounts = 0, .fault = {}};
  const auto entries = count_entries();
  if (!entries) return std::unexpected(entries.error());
  audit.entries = *entries;
  auto fault = check_accounts(audit);
  if (!fault) return std::unexpected(fault.error());
  audit.fault = std::move(*fault);
  return audit;
}
SYNAPSED_EXPORT(check, "func() -> result<audit, string>")
