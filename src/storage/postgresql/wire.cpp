#include "storage/postgresql/wire.hpp"

#include <algorithm>
#include <span>

namespace synapsed::storage::postgresql {
namespace {

// Of an array (src/backend/utils/adt/arrayfuncs.c, array_send): dimensions, whether there are
// nulls, the type of the elements; then of each dimension its size and lowest index; then of each
// element its length and its bytes.
constexpr std::uint32_t kDimensions = 1;
constexpr std::uint32_t kNoNulls = 0;
constexpr std::uint32_t kByteaOid = 17;
constexpr std::uint32_t kLowestIndex = 1;
constexpr std::size_t kSizeOffset = 12;

template <typename Number>
void write_big_endian(Number number, std::span<std::byte, sizeof(Number)> out) {
  for (std::size_t i = 0; i < sizeof(Number); ++i) {
    out[i] = static_cast<std::byte>(number >> (8 * (sizeof(Number) - 1 - i)) & 0xff);
  }
}

}  // namespace

WireNumber to_wire(std::uint64_t number) {
  WireNumber wire{};
  write_big_endian(number, std::span(wire));
  return wire;
}

WireArray::WireArray() { clear(); }

void WireArray::clear() {
  buffer_.clear();
  size_ = 0;
  for (const std::uint32_t number : {kDimensions, kNoNulls, kByteaOid, size_, kLowestIndex}) {
    put(number);
  }
}

void WireArray::put(std::uint32_t number) {
  const std::size_t at = buffer_.size();
  buffer_.resize(at + sizeof(number));
  write_big_endian(number, std::span(buffer_).subspan(at).first<sizeof(number)>());
}

void WireArray::add(ByteSpan element) {
  put(static_cast<std::uint32_t>(element.size()));
  const std::size_t at = buffer_.size();
  buffer_.resize(at + element.size());
  std::ranges::copy(element, std::span(buffer_).subspan(at).begin());
  ++size_;
}

ByteSpan WireArray::view() {
  write_big_endian(size_, std::span(buffer_).subspan(kSizeOffset).first<sizeof(size_)>());
  return buffer_;
}

ByteSpan Rows::bytes(int row, int column) const {
  const char* value = PQgetvalue(result_.get(), row, column);
  return as_bytes({value, static_cast<std::size_t>(PQgetlength(result_.get(), row, column))});
}

std::uint64_t Rows::number(int row, int column) const {
  std::uint64_t number = 0;
  for (const std::byte byte : bytes(row, column)) {
    number = number << 8 | std::to_integer<std::uint64_t>(byte);
  }
  return number;
}

}  // namespace synapsed::storage::postgresql
