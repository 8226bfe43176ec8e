#include "storage/postgresql/reader.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>

#include "base/try.hpp"

namespace synapsed::storage::postgresql {
namespace {

constexpr std::uint64_t kRowsFirst = 64;
constexpr std::uint64_t kRowsGrowth = 4;
constexpr std::uint64_t kRowsMost = 4096;
constexpr std::uint64_t kValueBytesMost = std::uint64_t{4} << 20;  // of a page

Bytes copy_of(ByteSpan bytes) { return Bytes(bytes.begin(), bytes.end()); }

/// Reads page after page, each from where the one before ended.
class Cursor final : public BackendCursor {
 public:
  Cursor(Connection& connection, const KeyRange& range, Direction direction)
      : connection_(connection), range_(range), direction_(direction) {}

  Result<bool> next() override {
    ++row_;
    if (row_ < size()) return true;
    if (is_last_) return false;
    if (page_) continue_after(page_->bytes(row_ - 1, 0));
    page_.emplace(TRY(read_page()));
    row_ = 0;
    is_last_ = page_->size() == 0;
    return !is_last_;
  }
  [[nodiscard]] ByteSpan key() const override { return page_->bytes(row_, 0); }
  [[nodiscard]] ByteSpan value() const override { return page_->bytes(row_, 1); }

 private:
  [[nodiscard]] int size() const { return page_ ? page_->size() : 0; }

  void continue_after(ByteSpan key) {
    if (direction_ == Direction::kBackward) {
      range_.end = copy_of(key);
    } else {
      range_.begin = copy_of(key);
      range_.begin.push_back(std::byte{0});  // the first key there can be after it
    }
  }

  Result<Rows> read_page() {
    const bool is_forward = direction_ == Direction::kForward;
    const WireNumber rows = to_wire(rows_);
    const WireNumber bytes = to_wire(kValueBytesMost);
    rows_ = std::min(rows_ * kRowsGrowth, kRowsMost);
    if (!range_.end) {
      return connection_.run(is_forward ? Statement::kForward : Statement::kBackward,
                             {range_.begin, rows, bytes});
    }
    return connection_.run(is_forward ? Statement::kForwardTo : Statement::kBackwardTo,
                           {range_.begin, rows, bytes, *range_.end});
  }

  Connection& connection_;
  KeyRange range_;  ///< what is still to be read
  const Direction direction_;
  std::uint64_t rows_ = kRowsFirst;
  std::optional<Rows> page_;
  int row_ = -1;
  bool is_last_ = false;
};

}  // namespace

Result<std::optional<ByteSpan>> Reader::get(ByteSpan key) {
  got_.emplace(TRY(connection_.run(Statement::kGet, {key})));
  if (got_->size() == 0) return std::nullopt;
  return got_->bytes(0, 0);
}

Result<std::unique_ptr<BackendCursor>> Reader::scan(const KeyRange& range, Direction direction) {
  return std::make_unique<Cursor>(connection_, range, direction);
}

}  // namespace synapsed::storage::postgresql
