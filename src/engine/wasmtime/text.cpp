#include "engine/text.hpp"

#include <fmt/format.h>
#include <synapsed_deps.h>

#include "engine/wasmtime/errors.hpp"

namespace synapsed::engine {
namespace {

/// The parser's message has the form "reason\n     --> <anon>:LINE:COLUMN\n  | source".
Error invalid_text(const wasmtime_error_t* error) {
  const std::string message = message_of(error);
  const std::size_t arrow = message.find("--> ");
  std::string reason = message.substr(0, message.find('\n'));
  if (arrow == std::string::npos) {
    return Error(ErrorCode::kLoadInvalidText, fmt::format("invalid text module: {}", message));
  }
  std::string place = message.substr(arrow + 4, message.find('\n', arrow) - arrow - 4);
  place.erase(0, place.find(':') + 1);
  const std::size_t colon = place.find(':');
  return Error(ErrorCode::kLoadInvalidText, fmt::format("invalid text module: {}", reason))
      .at(fmt::format("line {}, column {}", place.substr(0, colon), place.substr(colon + 1)));
}

}  // namespace

Result<Bytes> wat_to_wasm(std::string_view wat) {
  ByteVector wasm;
  const ErrorHandle error(wasmtime_wat2wasm(wat.data(), wat.size(), &wasm));
  if (error) return std::unexpected(invalid_text(error.get()));
  const auto* bytes = reinterpret_cast<const std::byte*>(wasm.data);
  return Bytes(bytes, bytes + wasm.size);
}

Result<std::string> wasm_to_wat(std::span<const std::byte> wasm) {
  ByteVector text;
  const ErrorHandle error(synapsed_wasm_to_wat(reinterpret_cast<const std::uint8_t*>(wasm.data()),
                                               wasm.size(), &text));
  if (error) {
    return std::unexpected(Error(ErrorCode::kLoadInvalidModule,
                                 fmt::format("invalid module: {}", message_of(error.get()))));
  }
  return std::string(text.data, text.size);
}

}  // namespace synapsed::engine
