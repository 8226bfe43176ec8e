#include "bytecode/cursor.hpp"

namespace synapsed::bytecode {

std::uint64_t Cursor::long_unsigned(unsigned bits) {
  std::uint64_t value = 0;
  for (unsigned shift = 0; shift < bits; shift += 7) {
    const std::uint8_t next = byte();
    if (fault_ != Fault::kNone) return 0;
    const std::uint64_t payload = next & 0x7fU;
    if (shift + 7 > bits && payload >> (bits - shift) != 0) break;
    value |= payload << shift;
    if ((next & 0x80U) == 0) return value;
  }
  return fail(Fault::kIntegerTooLong);
}

std::int64_t Cursor::signed_leb(unsigned bits) {
  std::uint64_t value = 0;
  for (unsigned shift = 0; shift < bits; shift += 7) {
    const std::uint8_t next = byte();
    if (fault_ != Fault::kNone) return 0;
    const std::uint64_t payload = next & 0x7fU;
    if (shift + 7 > bits) {
      // The bits that the type has no room for repeat its sign.
      const std::uint64_t beyond = payload >> (bits - shift - 1);
      if (beyond != 0 && beyond != 0x7fU >> (bits - shift - 1)) break;
    }
    value |= payload << shift;
    if ((next & 0x80U) != 0) continue;
    const unsigned read = shift + 7;
    if (read < 64 && (next & 0x40U) != 0) value |= ~std::uint64_t{0} << read;
    return static_cast<std::int64_t>(value);
  }
  return fail(Fault::kIntegerTooLong);
}

std::uint64_t Cursor::fixed(unsigned count) {
  std::uint64_t value = 0;
  const ByteSpan read = bytes(count);
  for (std::size_t i = 0; i < read.size(); ++i) {
    value |= std::to_integer<std::uint64_t>(read[i]) << (8 * i);
  }
  return value;
}

ValueCode Cursor::value_type() {
  const std::uint8_t code = peek();
  if (ValueCode::is_number_or_vector(code) || ValueCode::is_abstract_heap(code)) {
    return ValueCode(byte());
  }
  if (code == ValueCode::kRef || code == ValueCode::kRefNull) return heap_type(byte());
  fail(at_end() ? Fault::kTruncated : Fault::kUnknownType);
  return {};
}

ValueCode Cursor::storage_type() {
  const std::uint8_t code = peek();
  if (code == ValueCode::kI8 || code == ValueCode::kI16) return ValueCode(byte());
  return value_type();
}

ValueCode Cursor::heap_type(std::uint8_t code) {
  const std::int64_t heap = signed_leb(33);
  if (fault_ != Fault::kNone) return {};
  if (heap >= 0) {
    if (heap <= ValueCode::kTypeIndexMax) {
      return ValueCode::concrete(code, static_cast<std::uint32_t>(heap));
    }
    fail(Fault::kTypeIndex);
    return {};
  }
  const std::int64_t abstract = heap + 0x80;
  if (abstract > 0 && ValueCode::is_abstract_heap(static_cast<std::uint8_t>(abstract))) {
    return ValueCode::abstract(code, static_cast<std::uint8_t>(abstract));
  }
  fail(Fault::kUnknownType);
  return {};
}

}  // namespace synapsed::bytecode
