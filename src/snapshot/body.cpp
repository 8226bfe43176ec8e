#include "snapshot/body.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <optional>

#include <fmt/format.h>

#include "base/fields.hpp"
#include "base/try.hpp"

namespace synapsed::snapshot {
namespace {

constexpr std::size_t kValueBytes = 16;

// --- Writing. ---

class Writer : public FieldWriter {
 public:
  void list(const std::vector<std::uint32_t>& numbers) {
    number(static_cast<std::uint32_t>(numbers.size()));
    for (const std::uint32_t value : numbers) number(value);
  }
};

void write_value(Writer& out, const Value& value) {
  out.number(static_cast<std::uint8_t>(value.kind));
  std::array<std::byte, kValueBytes> raw{};
  switch (value.kind) {
    case Value::Kind::kI32:
    case Value::Kind::kF32: std::memcpy(raw.data(), &value.number, 4); break;
    case Value::Kind::kI64:
    case Value::Kind::kF64: std::memcpy(raw.data(), &value.number, 8); break;
    case Value::Kind::kV128: std::memcpy(raw.data(), &value.number, 16); break;
    case Value::Kind::kFunction: std::memcpy(raw.data(), &value.function, 4); break;
    case Value::Kind::kNull: break;
  }
  out.raw(raw);
}

/// The pages of a memory that are written: with contents, and as they were at first.
struct Changes {
  std::vector<std::uint32_t> set;
  std::vector<std::uint32_t> reset;
};

bool is_same_page(const std::byte* a, const std::byte* b) {
  if (a == b) return true;
  return a != nullptr && b != nullptr && std::memcmp(a, b, kPageBytes) == 0;
}

/// A memory of the earlier snapshot.
struct Earlier {
  const MemoryState* memory = nullptr;  ///< null: none
  std::shared_ptr<const MemoryImage> image;  ///< all of it, when that was made
};

Earlier find(const Snapshot::Data* data, std::uint32_t index) {
  if (data == nullptr) return {};
  const auto found = std::ranges::find(data->memories, index, &MemoryState::index);
  if (found == data->memories.end()) return {};
  const auto place = static_cast<std::size_t>(found - data->memories.begin());
  return {.memory = &*found, .image = data->images.made(place)};
}

Changes changes_of(const MemoryState& memory, const Earlier& earlier) {
  if (earlier.memory == nullptr) return {.set = memory.changed(), .reset = {}};
  const bool is_above = memory.base && memory.base == earlier.image;
  Changes changes{.set = is_above ? memory.pages.numbers() : memory.changed(), .reset = {}};
  if (!is_above) {
    std::ranges::set_difference(earlier.memory->changed(), changes.set,
                                std::back_inserter(changes.reset));
    std::erase_if(changes.reset,
                  [&](std::uint32_t number) { return number >= memory.page_count(); });
  }
  std::erase_if(changes.set, [&](std::uint32_t number) {
    return is_same_page(memory.page(number), earlier.memory->page(number));
  });
  return changes;
}

// --- Reading. ---

class Reader : public FieldReader {
 public:
  using FieldReader::FieldReader;

  std::vector<std::uint32_t> list() {
    std::vector<std::uint32_t> numbers(count(number<std::uint32_t>(), sizeof(std::uint32_t)));
    for (auto& value : numbers) value = number<std::uint32_t>();
    return numbers;
  }
};

class BodyReader {
 public:
  BodyReader(ByteSpan body, const Snapshot::Data* earlier, Snapshot::Data& data)
      : in_(body), earlier_(earlier), data_(data) {}

  Result<void> run() {
    TRY(read_globals());
    TRY(read_tables());
    data_.dropped_data = in_.list();
    data_.dropped_elements = in_.list();
    TRY(check_ascending(data_.dropped_data, "segments"));
    TRY(check_ascending(data_.dropped_elements, "segments"));
    TRY(read_memories());
    for (std::size_t i = 0; i < data_.memories.size(); ++i) TRY(read_pages(i));
    if (in_.is_short()) return wrong("ends too soon");
    if (in_.left() != 0) return wrong("goes on after its end");
    return {};
  }

 private:
  [[nodiscard]] std::unexpected<Error> wrong(std::string_view what) const {
    return std::unexpected(Error(ErrorCode::kSnapshotCorrupt, fmt::format("the snapshot {}", what))
                               .at(fmt::format("byte {} of its contents", in_.at())));
  }
  Result<void> check_ascending(const std::vector<std::uint32_t>& numbers,
                               std::string_view what) const {
    const auto disorder = std::ranges::adjacent_find(numbers, std::greater_equal{});
    if (disorder == numbers.end()) return {};
    return wrong(fmt::format("has {} in no order", what));
  }
  template <typename State>
  Result<void> check_index(const std::vector<State>& before, std::uint32_t index) const {
    if (before.empty() || before.back().index < index) return {};
    return wrong("has indices in no order");
  }

  Result<void> read_globals() {
    const auto count = in_.count(in_.number<std::uint32_t>(), 5 + kValueBytes);
    for (std::uint64_t i = 0; i < count; ++i) {
      GlobalState global{.index = in_.number<std::uint32_t>(), .value = {}};
      const auto kind = in_.number<std::uint8_t>();
      if (kind > static_cast<std::uint8_t>(Value::Kind::kFunction)) {
        return wrong(fmt::format("has a value of kind {}", kind));
      }
      global.value.kind = static_cast<Value::Kind>(kind);
      const ByteSpan raw = in_.raw(kValueBytes);
      if (raw.empty()) break;
      std::memcpy(global.value.number.v128, raw.data(), kValueBytes);
      std::memcpy(&global.value.function, raw.data(), sizeof(global.value.function));
      TRY(check_index(data_.globals, global.index));
      data_.globals.push_back(global);
    }
    return {};
  }

  Result<void> read_tables() {
    const auto count = in_.count(in_.number<std::uint32_t>(), 12);
    for (std::uint64_t i = 0; i < count; ++i) {
      TableState table{.index = in_.number<std::uint32_t>(), .elements = {}};
      table.elements.resize(in_.count(in_.number<std::uint64_t>(), sizeof(std::uint32_t)));
      for (auto& element : table.elements) element = in_.number<std::uint32_t>();
      TRY(check_index(data_.tables, table.index));
      data_.tables.push_back(std::move(table));
    }
    return {};
  }

  Result<void> read_memories() {
    const auto count = in_.count(in_.number<std::uint32_t>(), 20);
    changes_.resize(count);
    for (auto& [set, reset] : changes_) {
      MemoryState memory;
      memory.index = in_.number<std::uint32_t>();
      memory.bytes = in_.number<std::uint64_t>();
      if (memory.bytes > kMemoryBytesMax) return wrong("has a memory beyond all bounds");
      set = in_.list();
      reset = in_.list();
      TRY(check_ascending(set, "pages"));
      TRY(check_ascending(reset, "pages"));
      for (const auto* pages : {&set, &reset}) {
        if (!pages->empty() && pages->back() >= memory.page_count()) {
          return wrong(fmt::format("has page {} of a memory of {}", pages->back(),
                                   memory.page_count()));
        }
      }
      if (earlier_ == nullptr && !reset.empty()) return wrong("refers to another");
      TRY(check_index(data_.memories, memory.index));
      data_.memories.push_back(std::move(memory));
    }
    return {};
  }

  /// Those of the body, and the ones of the earlier snapshot that it does not change.
  Result<void> read_pages(std::size_t place) {
    const auto& [set, reset] = changes_[place];
    MemoryState& memory = data_.memories[place];
    const ByteSpan contents = in_.raw(set.size() * kPageBytes);
    if (contents.size() != set.size() * kPageBytes) return wrong("ends too soon");
    std::vector<std::uint32_t> kept;
    const auto [earlier, image] = find(earlier_, memory.index);
    if (image && reset.empty() && earlier->bytes == memory.bytes) {
      memory.base = image;
    } else if (earlier != nullptr) {
      for (const std::uint32_t number : earlier->changed()) {
        const bool is_kept = number < memory.page_count() &&
                             !std::ranges::binary_search(set, number) &&
                             !std::ranges::binary_search(reset, number);
        if (is_kept) kept.push_back(number);
      }
    }
    memory.pages = PageSet(set.size() + kept.size());
    auto old = kept.begin();
    for (std::size_t i = 0; i < set.size(); ++i) {
      for (; old != kept.end() && *old < set[i]; ++old) keep(memory, *earlier, *old);
      memory.pages.add(set[i], contents.subspan(i * kPageBytes, kPageBytes));
    }
    for (; old != kept.end(); ++old) keep(memory, *earlier, *old);
    return {};
  }
  static void keep(MemoryState& memory, const MemoryState& earlier, std::uint32_t number) {
    memory.pages.add(number, {earlier.page(number), kPageBytes});
  }

  static constexpr std::uint64_t kMemoryBytesMax = std::uint64_t{1} << 43;  // of numbers of pages

  Reader in_;
  const Snapshot::Data* earlier_;
  Snapshot::Data& data_;
  std::vector<Changes> changes_;
};

}  // namespace

Body write_body(const Snapshot::Data& data, const Snapshot::Data* earlier) {
  Writer out;
  out.number(static_cast<std::uint32_t>(data.globals.size()));
  for (const GlobalState& global : data.globals) {
    out.number(global.index);
    write_value(out, global.value);
  }
  out.number(static_cast<std::uint32_t>(data.tables.size()));
  for (const TableState& table : data.tables) {
    out.number(table.index);
    out.number(std::uint64_t{table.elements.size()});
    for (const std::uint32_t element : table.elements) out.number(element);
  }
  out.list(data.dropped_data);
  out.list(data.dropped_elements);
  out.number(static_cast<std::uint32_t>(data.memories.size()));
  std::vector<Changes> changes;
  std::size_t pages = 0;
  for (const MemoryState& memory : data.memories) {
    const Changes& change =
        changes.emplace_back(changes_of(memory, find(earlier, memory.index)));
    pages += change.set.size();
    out.number(memory.index);
    out.number(memory.bytes);
    out.list(change.set);
    out.list(change.reset);
  }
  const std::size_t head = out.bytes().size();
  Body body{.bytes = std::make_unique_for_overwrite<std::byte[]>(head + pages * kPageBytes),
            .size = head + pages * kPageBytes};
  std::ranges::copy(out.bytes(), body.bytes.get());
  std::byte* at = body.bytes.get() + head;
  for (std::size_t i = 0; i < changes.size(); ++i) {
    for (const std::uint32_t number : changes[i].set) {
      std::memcpy(at, data.memories[i].page(number), kPageBytes);
      at += kPageBytes;
    }
  }
  return body;
}

Result<void> read_body(ByteSpan body, const Snapshot::Data* earlier, Snapshot::Data& data) {
  return BodyReader(body, earlier, data).run();
}

}  // namespace synapsed::snapshot
