#include "bytecode/reader.hpp"

#include <fmt/format.h>

#include "base/try.hpp"
#include "bytecode/operators.hpp"

namespace synapsed::bytecode {

Error Reader::fault() const {
  switch (cursor_.fault()) {
    case Cursor::Fault::kNone:
    case Cursor::Fault::kTruncated: break;
    case Cursor::Fault::kIntegerTooLong: return malformed("an integer is too long");
    case Cursor::Fault::kUnknownType: return malformed("unknown type");
    case Cursor::Fault::kTypeIndex: return malformed("a type index is too large");
  }
  return Error(ErrorCode::kLoadTruncated, "the module ends in the middle of a section")
      .at(fmt::format("offset {:#x}", offset()))
      .help("the file is incomplete: build or download it again");
}

Error Reader::malformed(std::string_view what) const {
  return Error(ErrorCode::kLoadInvalidModule, fmt::format("malformed module: {}", what))
      .at(fmt::format("offset {:#x}", offset()));
}

Result<std::string_view> Reader::name() {
  const std::uint32_t length = TRY(u32());
  return as_text(TRY(bytes(length)));
}

Result<ByteSpan> Reader::constant_expression() {
  Cursor rest = cursor_;
  const ByteSpan read = TRY(read_constant_expression(rest.bytes(rest.left()), offset()));
  cursor_.bytes(read.size());
  return read;
}

}  // namespace synapsed::bytecode
