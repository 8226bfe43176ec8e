/// \file
/// The laws of what a storage reads. A record of the history is what is written of it again, or an
/// error. A backup of any bytes, its seals made anew or not, gives the entries that were put in, or an
/// error that says so, and a survey of any entries ends. Any operations on a space end as they would
/// on a map.

#include <cstdio>
#include <map>
#include <string>
#include <utility>

#include "base/sha256.hpp"
#include "fuzz/laws.hpp"
#include "storage/backup_file.hpp"
#include "storage/history.hpp"
#include "storage/layout.hpp"
#include "storage/survey.hpp"

namespace synapsed::fuzz {
namespace {

using namespace storage;  // the laws speak of nothing else

bool is_expected(const Error& error) {
  return (error.code() == ErrorCode::kStorageCorrupt || error.code() == ErrorCode::kStorageSchema) &&
         !error.message().empty();
}

bool is_same(const HistoryRecord& a, const HistoryRecord& b) {
  if (a.token != b.token || a.changes.size() != b.changes.size()) return false;
  for (std::size_t i = 0; i < a.changes.size(); ++i) {
    if (a.changes[i].key != b.changes[i].key || a.changes[i].is_removed != b.changes[i].is_removed) {
      return false;
    }
  }
  return true;
}

void check_history(ByteSpan bytes) {
  const auto record = decode_history(bytes);
  if (!record) return require(is_expected(record.error()), "a history says what is wrong");
  const auto again = decode_history(encode(*record));
  require(again && is_same(*record, *again), "a history is what is written of it");
}

void check_survey(Survey& survey, std::uint64_t entries) {
  const auto report = survey.finish();
  require(report ? report->keys <= entries : is_expected(report.error()), "a survey says what it saw");
}

void check_backup(ByteSpan bytes) {
  Bytes copy = copy_of(bytes);
  copy.push_back(std::byte{0});  // fmemopen takes no empty file
  BackupReader::File file(fmemopen(copy.data(), bytes.empty() ? 1 : bytes.size(), "rb"));
  auto reader = BackupReader::read_from(std::move(file), "memory");
  if (!reader) return require(is_expected(reader.error()), "a backup says what is wrong");
  Survey survey;
  bool is_sound = true;
  for (std::uint64_t entries = 0;; ++entries) {
    const auto entry = reader->next();
    if (!entry) return require(is_expected(entry.error()), "a backup says what is wrong");
    if (!*entry) return is_sound ? check_survey(survey, entries) : void();
    if (!is_sound) continue;
    const auto added = survey.add((*entry)->key, (*entry)->value);
    require(added || is_expected(added.error()), "a survey says what is wrong");
    is_sound = added.has_value();
  }
}

void append(Bytes& to, ByteSpan bytes) { to = join(to, bytes); }

/// With genuine seals, so that what is in a block is looked at.
void check_block(ByteSpan payload) {
  Bytes file = copy_of(as_bytes("SYNB"));
  file.push_back(std::byte{1});
  Sha256Digest chain = sha256(file);
  Bytes length = encode_u64(payload.size());
  length.resize(4);
  if (!payload.empty()) {
    append(file, length);
    append(file, payload);
    chain = sha256(join(chain, payload));
    append(file, chain);
  }
  append(file, Bytes(4));
  const Bytes count = encode_u64(1);
  append(file, count);
  append(file, sha256(join(chain, count)));
  check_backup(file);
}

/// Takes what an operation needs from the front.
class Input {
 public:
  explicit Input(ByteSpan bytes) : rest_(bytes) {}
  [[nodiscard]] bool is_over() const { return rest_.empty(); }
  std::uint8_t byte() {
    if (rest_.empty()) return 0;
    const auto byte = std::to_integer<std::uint8_t>(rest_.front());
    rest_ = rest_.subspan(1);
    return byte;
  }
  std::string text() {
    const std::size_t wanted = byte() % 8;
    const std::size_t length = std::min(wanted, rest_.size());
    const std::string text(as_text(rest_.first(length)));
    rest_ = rest_.subspan(length);
    return text;
  }

 private:
  ByteSpan rest_;
};

using State = std::map<std::string, std::string>;

State all_of(Space& space, Direction direction) {
  State state;
  const auto cursor = space.scan({.direction = direction}).value();
  while (cursor->next().value()) {
    state[std::string(as_text(cursor->key()))] = std::string(as_text(cursor->value()));
  }
  return state;
}

void check_operations(ByteSpan bytes) {
  Storage storage;
  State committed;
  Input input(bytes);
  while (!input.is_over()) {
    Transaction transaction = storage.begin();
    Space space = transaction.space({.tenant = "t", .module = "m"});
    State state = committed;
    for (int steps = input.byte() % 8; steps > 0; --steps) {
      std::string key = input.text();
      key.push_back('k');
      if (input.byte() % 3 == 0) {
        require(space.remove(key).has_value(), "removing ends well");
        state.erase(key);
      } else {
        const std::string value = input.text();
        require(space.set(key, value).has_value(), "setting ends well");
        state[key] = value;
      }
    }
    require(all_of(space, Direction::kForward) == state, "a scan sees what is there");
    require(all_of(space, Direction::kBackward) == state, "so does one backward");
    if (input.byte() % 4 == 0) continue;
    require(transaction.commit().has_value(), "a commit ends well");
    committed = std::move(state);
  }
  require(storage.verify().has_value(), "a storage stays sound");
}

}  // namespace

void check_laws(std::span<const std::byte> bytes) {
  if (bytes.empty()) return;
  const ByteSpan rest = bytes.subspan(1);
  switch (std::to_integer<unsigned>(bytes.front()) % 4) {
    case 0: return check_history(rest);
    case 1: return check_backup(rest);
    case 2: return check_block(rest);
    default: return check_operations(rest);
  }
}

}  // namespace synapsed::fuzz
