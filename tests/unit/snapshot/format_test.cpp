#include "snapshot/format.hpp"

#include <algorithm>

#include <zstd.h>

#include "snapshot/body.hpp"
#include "snapshot/dirty_pages.hpp"
#include "tests/support/results.hpp"

namespace synapsed::snapshot {
namespace {

using test::fails_with;
using test::must;

constexpr std::size_t kHeaderBytes = 80;

std::shared_ptr<Snapshot::Data> sample() {
  auto data = std::make_shared<Snapshot::Data>();
  data->module.fill(std::byte{3});
  data->globals = {{.index = 0, .value = {.kind = Value::Kind::kI32, .number = RawValue(7)}},
                   {.index = 4, .value = {.kind = Value::Kind::kF64, .number = RawValue(0.5)}},
                   {.index = 5, .value = {.kind = Value::Kind::kNull}},
                   {.index = 9, .value = {.kind = Value::Kind::kFunction, .function = 12}}};
  data->tables = {{.index = 1, .elements = {0, 13, 1}}};
  data->dropped_data = {2, 3};
  data->dropped_elements = {8};
  MemoryState memory{.index = 0, .bytes = 65536};
  memory.pages = PageSet(2);
  std::ranges::fill(memory.pages.add(3), std::byte{5});
  std::ranges::fill(memory.pages.add(15), std::byte{6});
  data->memories.push_back(std::move(memory));
  return data;
}

/// A file with that body, whatever is in it, and a checksum that is right.
Bytes file_of(ByteSpan body, std::uint64_t said) {
  Bytes file = must(encode(*sample(), nullptr));
  file.resize(kHeaderBytes);
  for (std::size_t i = 0; i < 8; ++i) {
    file[kHeaderBytes - 8 + i] = static_cast<std::byte>(said >> (8 * i));
  }
  Bytes frame(ZSTD_compressBound(body.size()));
  frame.resize(ZSTD_compress(frame.data(), frame.size(), body.data(), body.size(), 1));
  std::ranges::copy(frame, std::back_inserter(file));
  std::ranges::copy(sha256(file), std::back_inserter(file));
  return file;
}
Bytes file_of(ByteSpan body) { return file_of(body, body.size()); }

Bytes body_of(const Snapshot::Data& data) {
  const Body body = write_body(data, nullptr);
  return {body.span().begin(), body.span().end()};
}

TEST(SnapshotFormat, IsReadAsItWasWritten) {
  const auto data = sample();
  const auto read = must(decode(must(encode(*data, nullptr)), nullptr, {}));
  EXPECT_EQ(body_of(*read), body_of(*data));
  EXPECT_EQ(read->module, data->module);
  EXPECT_EQ(must(digest_of(*read)), must(digest_of(*data)));
  ASSERT_EQ(read->memories.size(), 1U);
  EXPECT_EQ(read->memories[0].page(15)[100], std::byte{6});
  EXPECT_EQ(read->memories[0].page(4), nullptr);
}

TEST(SnapshotFormat, AnyBodyEndsInAnErrorOrInWhatIsWrittenOfIt) {
  const Bytes body = body_of(*sample());
  const std::size_t head = body.size() - 2 * kPageBytes;
  for (std::size_t i = 0; i < head; ++i) {
    for (const int change : {1, 0x80, 0xff}) {
      Bytes other = body;
      other[i] ^= static_cast<std::byte>(change);
      const auto read = decode(file_of(other), nullptr, {});
      if (read) {
        EXPECT_EQ(body_of(**read).size(), other.size()) << i;
      } else {
        EXPECT_EQ(read.error().code(), ErrorCode::kSnapshotCorrupt) << i;
      }
    }
    EXPECT_TRUE(fails_with(decode(file_of(std::span(body).first(i)), nullptr, {}),
                           ErrorCode::kSnapshotCorrupt));
  }
}

TEST(SnapshotFormat, ABombIsRefusedBeforeItGoesOff) {
  const Bytes zeros(std::size_t{64} << 20);
  EXPECT_TRUE(fails_with(decode(file_of(zeros), nullptr, {.bytes_max = 1 << 20}),
                         ErrorCode::kSnapshotTooLarge));
  EXPECT_TRUE(fails_with(decode(file_of(zeros, 1000), nullptr, {}), ErrorCode::kSnapshotCorrupt));
}

TEST(SnapshotFormat, OfANewerProgramIsRefused) {
  Bytes file = must(encode(*sample(), nullptr));
  file[7] = std::byte{2};
  EXPECT_TRUE(fails_with(decode(file, nullptr, {}), ErrorCode::kSnapshotVersion));
}

TEST(SnapshotFormat, PartsPutPagesBackAsTheyWereAtFirst) {
  const auto earlier = sample();
  auto later = sample();
  MemoryState& memory = later->memories[0];
  memory.pages = PageSet(2);
  std::ranges::fill(memory.pages.add(3), std::byte{5});
  std::ranges::fill(memory.pages.add(4), std::byte{9});
  const auto read = must(decode(must(encode(*later, earlier.get())), earlier.get(), {}));
  EXPECT_EQ(read->memories[0].pages.numbers(), (std::vector<std::uint32_t>{3, 4}));
  EXPECT_EQ(body_of(*read), body_of(*later));
}

TEST(DirtyPages, AreThoseThatWereWrittenTo) {
  constexpr std::size_t kPages = 10'000;
  const auto image = must(MemoryImage::of(Bytes(kPages * kPageBytes)));
  const auto target = must(MemoryImage::of(Bytes(kPages * kPageBytes)));
  std::span<std::byte> memory(const_cast<std::byte*>(target->contents().data()),
                              target->contents().size());
  ASSERT_TRUE(image->map_over(memory));
  memory[5 * kPageBytes] = std::byte{1};
  memory[9'999 * kPageBytes + 7] = std::byte{1};
  const std::byte read_only = memory[100];
  EXPECT_EQ(read_only, std::byte{0});
  const std::vector<std::uint32_t> dirty = dirty_pages(memory);
  EXPECT_TRUE(dirty == (std::vector<std::uint32_t>{5, 9'999}) || dirty.size() == kPages)
      << dirty.size();
  EXPECT_EQ(image->contents()[5 * kPageBytes], std::byte{0});
}

}  // namespace
}  // namespace synapsed::snapshot
