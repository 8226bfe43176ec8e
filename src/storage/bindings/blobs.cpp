// Values that come and go in parts.

#include <algorithm>
#include <utility>

#include "storage/bindings/bindings.hpp"

namespace synapsed::storage {
namespace {

GuestResult create(CallContext& call, const Host& host, ByteSpan key) {
  StorageExecution& execution = *TRY(admit(call, host, Access::kWrite, key));
  TRY(pay(call, price_of("blob_create"), key.size()));
  if (execution.open().is_full()) return std::unexpected(guest_error(ErrorCode::kGuestExhausted));
  return execution.open().add(TRY(for_guest(execution.space().write_blob(key))));
}

GuestResult write(CallContext& call, const Host& host, std::uint32_t number, ByteSpan part) {
  StorageExecution& execution = *TRY(admit_open(call, host));
  BlobWriter& blob = *TRY(execution.open().find<BlobWriter>(number));
  TRY(pay(call, price_of("blob_write"), part.size()));
  TRY(for_guest(blob.write(part)));
  return 0;
}

GuestResult finish(CallContext& call, const Host& host, std::uint32_t number) {
  StorageExecution& execution = *TRY(admit_open(call, host));
  BlobWriter& blob = *TRY(execution.open().find<BlobWriter>(number));
  const Result<void> finished = blob.finish();
  execution.open().close(number);
  TRY(for_guest(finished));
  return 0;
}

GuestResult read(CallContext& call, const Host& host, ByteSpan key, std::uint64_t offset,
                 const GuestBuffer& part) {
  constexpr Price kPrice = price_of("blob_read");
  StorageExecution& execution = *TRY(admit(call, host, Access::kRead, key));
  TRY(pay(call, kPrice, key.size()));
  const Bytes own_key(key.begin(), key.end());  // the buffer may lie over it
  const auto room = part.room().first(std::min<std::size_t>(part.capacity(), INT32_MAX));
  const auto length = TRY(for_guest(execution.space().read_blob(own_key, offset, room)));
  if (!length) return std::unexpected(guest_error(ErrorCode::kGuestNotFound));
  TRY(pay(call, kPrice, *length));
  return static_cast<std::int32_t>(*length);
}

}  // namespace

void define_blobs(const Bindings& bindings) {
  const Host host = bindings.host();
  bindings.define("blob_create", [host](CallContext& call, GuestBytes key) {
    return create(call, host, key.view());
  });
  bindings.define("blob_write", [host](CallContext& call, std::uint32_t number, GuestBytes part) {
    return write(call, host, number, part.view());
  });
  bindings.define("blob_finish", [host](CallContext& call, std::uint32_t number) {
    return finish(call, host, number);
  });
  bindings.define("blob_read", [host](CallContext& call, GuestBytes key, std::uint64_t offset,
                                      GuestBuffer part) {
    return read(call, host, key.view(), offset, part);
  });
  bindings.define("blob_close", [host](CallContext& call, std::uint32_t number) -> GuestResult {
    StorageExecution& execution = execution_of(call, host);
    TRY(execution.use(call, host));
    TRY(execution.open().find<BlobWriter>(number));
    execution.open().close(number);
    return 0;
  });
}

}  // namespace synapsed::storage
