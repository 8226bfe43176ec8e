// Numbers that several executions add to.

#include <bit>
#include <cstring>

#include "storage/bindings/bindings.hpp"

namespace synapsed::storage {
namespace {

constexpr std::size_t kCounterBytes = 8;
static_assert(std::endian::native == std::endian::little, "a counter's small end is first");

GuestResult increment(CallContext& call, const Host& host, ByteSpan key, std::int64_t delta,
                      const GuestBuffer& sum) {
  StorageExecution& execution = *TRY(admit(call, host, Access::kWrite, key));
  const auto room = TRY(room_for(sum, kCounterBytes));
  TRY(pay(call, price_of("increment"), key.size() + kCounterBytes));
  const std::int64_t value = TRY(for_guest(execution.space().increment(key, delta)));
  std::memcpy(room.data(), &value, kCounterBytes);
  return 0;
}

}  // namespace

void define_counters(const Bindings& bindings) {
  const Host host = bindings.host();
  bindings.define("add", [host](CallContext& call, GuestBytes key,
                                std::int64_t delta) -> GuestResult {
    StorageExecution& execution = *TRY(admit(call, host, Access::kWrite, key.view()));
    TRY(pay(call, price_of("add"), key.view().size() + kCounterBytes));
    TRY(for_guest(execution.space().add(key.view(), delta)));
    return 0;
  });
  bindings.define("increment", [host](CallContext& call, GuestBytes key, std::int64_t delta,
                                      GuestBuffer sum) {
    return increment(call, host, key.view(), delta, sum);
  });
}

}  // namespace synapsed::storage
