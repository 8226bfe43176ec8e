// Random transactions, many open at once, against a model. The model decides what each reads, which
// commits conflict, and replays every committed transaction at its commit: what it had read before, it
// reads there too, so that the commits are the serial order.

#include <atomic>
#include <map>
#include <memory>
#include <set>
#include <thread>
#include <vector>

#include "tests/integration/storage/storages.hpp"
#include "tests/support/random.hpp"
#include "tests/support/sanitized.hpp"

namespace synapsed::storage::test {
namespace {

using synapsed::test::kSanitized;
using State = std::map<std::string, std::string>;

constexpr int kOpenAtOnce = 8;
constexpr int kKeys = 40;

std::string number_text(std::int64_t number) {
  std::string text(8, '\0');
  for (int i = 0; i < 8; ++i) {
    text[static_cast<std::size_t>(i)] =
        static_cast<char>(static_cast<std::uint64_t>(number) >> (8 * i));
  }
  return text;
}
std::int64_t number_of(const std::string& text) {
  std::uint64_t number = 0;
  for (int i = 7; i >= 0; --i) {
    number = (number << 8) | static_cast<unsigned char>(text[static_cast<std::size_t>(i)]);
  }
  return static_cast<std::int64_t>(number);
}

struct Scan {
  std::string begin;
  std::string end;
  bool forward = true;
  std::size_t limit = 0;
};

std::vector<std::pair<std::string, std::string>> scan_of(const State& state, const Scan& scan) {
  std::vector<std::pair<std::string, std::string>> entries;
  for (const auto& [key, value] : state) {
    if (key >= scan.begin && key < scan.end) entries.emplace_back(key, value);
  }
  if (!scan.forward) std::ranges::reverse(entries);
  if (entries.size() > scan.limit) entries.resize(scan.limit);
  return entries;
}

/// A change of the model: of a key, from its value to another.
struct Step {
  enum class Kind : std::uint8_t { kSet, kRemove, kAdd };
  Kind kind;
  std::string key;
  std::string value;
  std::int64_t delta = 0;

  void apply_to(State& state) const {
    switch (kind) {
      case Kind::kSet: state[key] = value; break;
      case Kind::kRemove: state.erase(key); break;
      case Kind::kAdd: {
        const auto found = state.find(key);
        state[key] = number_text((found == state.end() ? 0 : number_of(found->second)) + delta);
      }
    }
  }
};

/// A transaction and what the model knows of it.
struct Open {
  Transaction transaction;
  State snapshot;  // of the model; taken with the first read
  bool has_snapshot = false;
  std::vector<Step> steps;
  std::set<std::string> read_keys;
  std::vector<Scan> scans;                      // with their ends where they stopped
  std::set<std::string> changed_since;          // by others, since the snapshot
  std::set<std::string> own;                    // keys that it set or removed
};

class Model {
 public:
  Model(Storage& storage, std::uint64_t seed) : storage_(storage), random_(seed) {}

  void run(int operations) {
    while (operations_ < operations && !::testing::Test::HasFailure()) {
      if (open_.size() < kOpenAtOnce) open_.push_back({.transaction = storage_.begin()});
      const std::size_t place = random_.below(open_.size());
      take_step(*std::next(open_.begin(), static_cast<std::ptrdiff_t>(place)));
      if (random_.below(12) == 0) end(place);
      ++operations_;
    }
    open_.clear();
    EXPECT_EQ(all_of(storage_.begin().space()), committed_);
  }

  int commits = 0;
  int conflicts = 0;

 private:
  std::string any_key() {
    const std::size_t number = random_.below(kKeys);
    return (number % 4 == 0 ? "count" : "key") + std::to_string(number);
  }

  static State all_of(Space space) {
    State state;
    const auto cursor = must(space.scan());
    while (must(cursor->next())) state[text_of(cursor->key())] = text_of(cursor->value());
    return state;
  }

  void see(Open& open) {
    if (std::exchange(open.has_snapshot, true)) return;
    open.snapshot = committed_;
  }
  State view(Open& open) {
    see(open);
    return written(open, open.snapshot);
  }
  static State written(const Open& open, State state) {
    for (const Step& step : open.steps) step.apply_to(state);
    return state;
  }

  void take_step(Open& open) {
    Space space = open.transaction.space();
    const std::string key = any_key();
    const bool is_counter = key.starts_with("count");
    switch (random_.below(8)) {
      case 0: case 1: read(open, space, key); break;
      case 2: scan(open, space); break;
      case 3:
        must(space.remove(key));
        note(open, {.kind = Step::Kind::kRemove, .key = key, .value = {}});
        break;
      case 4:
        if (is_counter) {
          add(open, space, key);
        } else {
          set(open, space, key);
        }
        break;
      default: set(open, space, key);
    }
  }

  void note(Open& open, Step step) {
    if (step.kind != Step::Kind::kAdd) open.own.insert(step.key);
    open.steps.push_back(std::move(step));
  }
  void set(Open& open, Space& space, const std::string& key) {
    const std::string value = key.starts_with("count")
                                  ? number_text(static_cast<std::int64_t>(random_.below(1000)))
                                  : random_.text(20);
    must(space.set(key, value));
    note(open, {.kind = Step::Kind::kSet, .key = key, .value = value});
  }
  void add(Open& open, Space& space, const std::string& key) {
    const auto delta = static_cast<std::int64_t>(random_.below(100));
    must(space.add(key, delta));
    note(open, {.kind = Step::Kind::kAdd, .key = key, .value = {}, .delta = delta});
  }

  void read(Open& open, Space& space, const std::string& key) {
    const auto found = must(space.get(key));
    // What it set or removed itself it need not read.
    const bool is_own = open.own.contains(key);
    if (!is_own) open.read_keys.insert(key);
    const State state = is_own ? written(open, {}) : view(open);
    const auto expected = state.find(key);
    ASSERT_EQ(found.has_value(), expected != state.end()) << key;
    if (found) {
      ASSERT_EQ(text_of(*found), expected->second) << key;
    }
  }

  void scan(Open& open, Space& space) {
    Scan scan{.begin = any_key(), .end = any_key(), .forward = random_.below(2) == 0,
              .limit = 1 + random_.below(6)};
    if (scan.end < scan.begin) std::swap(scan.begin, scan.end);
    const auto cursor = must(space.scan(
        {.range = {.begin = bytes_of(scan.begin), .end = bytes_of(scan.end)},
         .direction = scan.forward ? Direction::kForward : Direction::kBackward}));
    std::vector<std::pair<std::string, std::string>> found;
    bool is_over = false;
    while (found.size() < scan.limit) {
      if (is_over = !must(cursor->next()); is_over) break;
      found.emplace_back(text_of(cursor->key()), text_of(cursor->value()));
    }
    ASSERT_EQ(found, scan_of(view(open), scan));
    // It has read as far as it went.
    if (!is_over && scan.forward) scan.end = found.back().first + '\0';
    if (!is_over && !scan.forward) scan.begin = found.back().first;
    open.scans.push_back(scan);
  }

  [[nodiscard]] static bool has_read_changes(const Open& open) {
    for (const std::string& key : open.changed_since) {
      if (open.read_keys.contains(key)) return true;
      for (const Scan& scan : open.scans) {
        if (key >= scan.begin && key < scan.end) return true;
      }
    }
    return false;
  }

  void end(std::size_t place) {
    const auto open = std::next(open_.begin(), static_cast<std::ptrdiff_t>(place));
    if (random_.below(5) != 0) commit(*open);
    open_.erase(open);
  }

  void commit(Open& open) {
    const bool writes = !open.steps.empty();
    const bool expected = writes && open.has_snapshot && has_read_changes(open);
    const auto committed = open.transaction.commit();
    if (expected) {
      ASSERT_TRUE(fails_with(committed, ErrorCode::kStorageConflict));
      ++conflicts;
      return;
    }
    must(committed);
    if (!writes) return;
    ++commits;
    for (const std::string& key : open.read_keys) {
      const auto then = open.snapshot.find(key);
      const auto now = committed_.find(key);
      ASSERT_EQ(then == open.snapshot.end(), now == committed_.end());
      if (now != committed_.end()) {
        ASSERT_EQ(then->second, now->second);
      }
    }
    std::set<std::string> changed;
    for (const Step& step : open.steps) {
      step.apply_to(committed_);
      changed.insert(step.key);
    }
    for (Open& other : open_) {
      if (other.has_snapshot) other.changed_since.insert(changed.begin(), changed.end());
    }
  }

  Storage& storage_;
  synapsed::test::Random random_;
  State committed_;
  std::vector<Open> open_;
  int operations_ = 0;
};

class ModelTest : public OnStorage {};

TEST_P(ModelTest, TransactionsAreSerialisable) {
  Storage storage = open();
  Model model(storage, 7);
  constexpr int kOperations = kSanitized ? 10'000 : 100'000;
  model.run(kOperations);
  RecordProperty("commits", model.commits);
  RecordProperty("conflicts", model.conflicts);
  EXPECT_GT(model.commits, kOperations / 100);
  EXPECT_GT(model.conflicts, kOperations / 100);
}

/// Money that threads move about is neither made nor lost, and whoever looks sees all of it.
TEST_P(ModelTest, ASumThatTransactionsKeepIsKept) {
  Storage storage = open();
  constexpr int kAccounts = 20;
  constexpr std::int64_t kEach = 1000;
  Batch batch;
  for (int i = 0; i < kAccounts; ++i) must(batch.add("account" + std::to_string(i), kEach));
  must(storage.write(batch));

  const auto sum_of = [](Space space) {
    std::int64_t sum = 0;
    const auto cursor = must(space.scan());
    while (must(cursor->next())) sum += number_of(text_of(cursor->value()));
    return sum;
  };
  std::atomic<int> moved = 0;
  std::vector<std::thread> threads;
  for (std::uint64_t seed = 1; seed <= 4; ++seed) {
    threads.emplace_back([&, seed] {
      synapsed::test::Random random(seed);
      for (int i = 0; i < 150; ++i) {
        Transaction transaction = storage.begin();
        Space space = transaction.space();
        if (i % 10 == 0) {
          EXPECT_EQ(sum_of(space), kAccounts * kEach);
          continue;
        }
        const std::string from = "account" + std::to_string(random.below(kAccounts));
        const std::string to = "account" + std::to_string(random.below(kAccounts));
        const std::int64_t amount = static_cast<std::int64_t>(random.below(500));
        if (must(space.increment(from, -amount)) < 0) continue;
        must(space.increment(to, amount));
        if (transaction.commit()) ++moved;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_GT(moved, 0);
  const Transaction transaction = storage.begin();
  EXPECT_EQ(sum_of(transaction.space()), kAccounts * kEach);
  Space space = transaction.space();
  const auto cursor = must(space.scan());
  while (must(cursor->next())) EXPECT_GE(number_of(text_of(cursor->value())), 0);
}

INSTANTIATE_TEST_SUITE_P(Storage, ModelTest, every_kind(), param_name);

}  // namespace
}  // namespace synapsed::storage::test
