#include "bytecode/reader.hpp"

#include <fmt/format.h>

#include "base/try.hpp"

namespace synapsed::bytecode {

Error Reader::truncated() const {
  return Error(ErrorCode::kLoadTruncated, "the module ends in the middle of a section")
      .at(fmt::format("offset {:#x}", offset()))
      .help("the file is incomplete: build or download it again");
}

Error Reader::malformed(std::string_view what) const {
  return Error(ErrorCode::kLoadInvalidModule, fmt::format("malformed module: {}", what))
      .at(fmt::format("offset {:#x}", offset()));
}

Result<std::uint8_t> Reader::byte() {
  if (at_end()) return std::unexpected(truncated());
  return std::to_integer<std::uint8_t>(bytes_[position_++]);
}

template <typename Unsigned>
Result<Unsigned> Reader::unsigned_leb() {
  constexpr unsigned kBits = sizeof(Unsigned) * 8;
  Unsigned value = 0;
  for (unsigned shift = 0; shift < kBits; shift += 7) {
    const std::uint8_t next = TRY(byte());
    const auto payload = static_cast<Unsigned>(next & 0x7f);
    if (shift + 7 > kBits && payload >> (kBits - shift) != 0) break;
    value |= static_cast<Unsigned>(payload << shift);
    if ((next & 0x80) == 0) return value;
  }
  return std::unexpected(malformed("an integer is too long"));
}

template Result<std::uint32_t> Reader::unsigned_leb();
template Result<std::uint64_t> Reader::unsigned_leb();

Result<void> Reader::skip_signed(unsigned bits) {
  for (unsigned shift = 0; shift < bits; shift += 7) {
    if ((TRY(byte()) & 0x80) == 0) return {};
  }
  return std::unexpected(malformed("an integer is too long"));
}

Result<ByteSpan> Reader::bytes(std::uint64_t count) {
  if (count > bytes_.size() - position_) return std::unexpected(truncated());
  const ByteSpan view = bytes_.subspan(position_, static_cast<std::size_t>(count));
  position_ += static_cast<std::size_t>(count);
  return view;
}

Result<std::string_view> Reader::name() {
  const std::uint32_t length = TRY(u32());
  return as_text(TRY(bytes(length)));
}

}  // namespace synapsed::bytecode
