#include "guests/module_calls.hpp"

#include <string>
#include <utility>

namespace synapsed {
namespace {

Error refused(const WasmValue& reason) {
  const auto* text = reason.get_if<std::string>();
  return Error(ErrorCode::kHostFunctionFailed, text == nullptr ? reason.to_text() : *text);
}

}  // namespace

Result<WasmValue> succeeded(WasmValue value) {
  const auto* record = value.get_if<WasmRecord>();
  if (record == nullptr || record->fields.size() != 1) return value;
  const WasmField& side = record->fields.front();
  if (side.name == "ok") return side.value;
  if (side.name == "err") return std::unexpected(refused(side.value));
  return value;
}

Result<Bytes> as_bytes(Result<WasmValue> value) {
  if (!value) return std::unexpected(std::move(value).error());
  if (const auto* bytes = value->get_if<Bytes>()) return *bytes;
  return std::unexpected(Error(ErrorCode::kInvalidResult, "the module gave no bytes"));
}

}  // namespace synapsed
