// Keys and values, one at a time.

#include <optional>

#include "storage/bindings/bindings.hpp"

namespace synapsed::storage {
namespace {

GuestResult get(CallContext& call, const Host& host, ByteSpan key, const GuestBuffer& value) {
  constexpr Price kPrice = price_of("get");
  StorageExecution& execution = *TRY(admit(call, host, Access::kRead, key));
  TRY(pay(call, kPrice, key.size()));
  const Bytes own_key(key.begin(), key.end());  // the buffer may lie over it
  const auto length = TRY(for_guest(execution.space().get_into(own_key, value.room())));
  if (!length) return std::unexpected(guest_error(ErrorCode::kGuestNotFound));
  TRY(pay(call, kPrice, *length));
  if (*length > value.capacity() || *length > INT32_MAX) {
    return std::unexpected(guest_error(ErrorCode::kGuestBufferTooSmall));
  }
  return static_cast<std::int32_t>(*length);
}

Result<std::int64_t> length_of(CallContext& call, const Host& host, ByteSpan key) {
  StorageExecution& execution = *TRY(admit(call, host, Access::kRead, key));
  TRY(pay(call, price_of("length"), key.size()));
  const auto length = TRY(for_guest(execution.space().length(key)));
  if (!length) return std::unexpected(guest_error(ErrorCode::kGuestNotFound));
  return static_cast<std::int64_t>(*length);
}

GuestResult compare_and_set(CallContext& call, const Host& host, ByteSpan key,
                            const std::optional<BytesView>& expected, ByteSpan value) {
  StorageExecution& execution = *TRY(admit(call, host, Access::kWrite, key));
  const std::size_t expected_bytes = expected ? expected->span().size() : 0;
  TRY(pay(call, price_of("compare_and_set"), key.size() + expected_bytes + value.size()));
  return TRY(for_guest(execution.space().compare_and_set(key, expected, value))) ? 1 : 0;
}

}  // namespace

void define_values(const Bindings& bindings) {
  const Host host = bindings.host();
  bindings.define("get", [host](CallContext& call, GuestBytes key, GuestBuffer value) {
    return get(call, host, key.view(), value);
  });
  bindings.define("length", [host](CallContext& call, GuestBytes key) {
    return length_of(call, host, key.view());
  });
  bindings.define("contains", [host](CallContext& call, GuestBytes key) -> GuestResult {
    StorageExecution& execution = *TRY(admit(call, host, Access::kRead, key.view()));
    TRY(pay(call, price_of("contains"), key.view().size()));
    return TRY(for_guest(execution.space().contains(key.view()))) ? 1 : 0;
  });
  bindings.define("set", [host](CallContext& call, GuestBytes key,
                                GuestBytes value) -> GuestResult {
    StorageExecution& execution = *TRY(admit(call, host, Access::kWrite, key.view()));
    TRY(pay(call, price_of("set"), key.view().size() + value.view().size()));
    TRY(for_guest(execution.space().set(key.view(), value.view())));
    return 0;
  });
  bindings.define("remove", [host](CallContext& call, GuestBytes key) -> GuestResult {
    StorageExecution& execution = *TRY(admit(call, host, Access::kWrite, key.view()));
    TRY(pay(call, price_of("remove"), key.view().size()));
    TRY(for_guest(execution.space().remove(key.view())));
    return 0;
  });
  bindings.define("compare_and_set", [host](CallContext& call, GuestBytes key,
                                            std::uint32_t has_expected, GuestBytes expected,
                                            GuestBytes value) -> GuestResult {
    if (has_expected > 1) return std::unexpected(guest_error(ErrorCode::kGuestInvalidArgument));
    std::optional<BytesView> old;
    if (has_expected == 1) old.emplace(expected.view());
    return compare_and_set(call, host, key.view(), old, value.view());
  });
}

}  // namespace synapsed::storage
