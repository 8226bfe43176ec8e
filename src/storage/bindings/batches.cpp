// Steps that are made together: all of them, or none.

#include <algorithm>
#include <bit>
#include <cstring>
#include <optional>

#include "storage/bindings/bindings.hpp"

namespace synapsed::storage {
namespace {

enum class Operation : std::uint8_t { kSet = 1, kRemove = 2, kAdd = 3 };

struct Step {
  Operation operation;
  ByteSpan key;
  ByteSpan value;
};

static_assert(std::endian::native == std::endian::little, "lengths and numbers lie so in a batch");

/// Takes packed steps apart.
class Steps {
 public:
  explicit Steps(ByteSpan packed) : rest_(packed) {}

  [[nodiscard]] bool is_at_end() const { return rest_.empty(); }
  /// None where no step is.
  std::optional<Step> next() {
    if (rest_.size() < kHeaderBytes) return std::nullopt;
    const auto operation = static_cast<std::uint8_t>(rest_[0]);
    const std::uint64_t key_bytes = length_at(1);
    const std::uint64_t value_bytes = length_at(5);
    rest_ = rest_.subspan(kHeaderBytes);
    if (key_bytes + value_bytes > rest_.size()) return std::nullopt;
    const Step step{.operation = static_cast<Operation>(operation),
                    .key = rest_.first(key_bytes),
                    .value = rest_.subspan(key_bytes, value_bytes)};
    rest_ = rest_.subspan(key_bytes + value_bytes);
    return is_valid(step) ? std::optional(step) : std::nullopt;
  }

 private:
  static constexpr std::size_t kHeaderBytes = 9;

  [[nodiscard]] std::uint32_t length_at(std::size_t offset) const {
    std::uint32_t length = 0;
    std::memcpy(&length, rest_.data() + offset, sizeof(length));
    return length;
  }
  static bool is_valid(const Step& step) {
    switch (step.operation) {
      case Operation::kSet: return true;
      case Operation::kRemove: return step.value.empty();
      case Operation::kAdd: return step.value.size() == sizeof(std::int64_t);
    }
    return false;
  }

  ByteSpan rest_;
};

/// How many there are, every one of them granted. Errors: the guest's `invalid_argument`, `denied`.
Result<std::uint64_t> check(const StorageGrant& grant, ByteSpan packed) {
  std::uint64_t count = 0;
  for (Steps steps(packed); !steps.is_at_end(); ++count) {
    const auto step = steps.next();
    if (!step) return std::unexpected(guest_error(ErrorCode::kGuestInvalidArgument));
    TRY(check_guest_key(step->key));
    if (!is_granted(grant, step->key)) return std::unexpected(guest_error(ErrorCode::kGuestDenied));
  }
  return count;
}

Result<void> make(Space& space, const Step& step) {
  if (step.operation == Operation::kSet) return space.set(step.key, step.value);
  if (step.operation == Operation::kRemove) return space.remove(step.key);
  std::int64_t delta = 0;
  std::memcpy(&delta, step.value.data(), sizeof(delta));
  return space.add(step.key, delta);
}

/// In a transaction of their own, which is gone after an error.
Result<void> make_all(StorageExecution& execution, ByteSpan packed) {
  Transaction& outer = *TRY(execution.transaction());
  Transaction transaction = TRY(outer.begin_nested());
  Space space = transaction.space(execution.name());
  for (Steps steps(packed); !steps.is_at_end();) TRY(make(space, *steps.next()));
  return transaction.commit();
}

GuestResult batch(CallContext& call, const Host& host, ByteSpan packed) {
  constexpr Price kPrice = price_of("batch");
  TRY(pay(call, kPrice, packed.size()));
  StorageExecution& execution = execution_of(call, host);
  TRY(execution.use(call, host));
  if (!execution.grant().may_write) return std::unexpected(guest_error(ErrorCode::kGuestDenied));
  const std::uint64_t count = TRY(check(execution.grant(), packed));
  TRY(pay(call, kPrice, 0, count));
  TRY(execution.count(std::max(count, std::uint64_t{1})));
  TRY(for_guest(make_all(execution, packed)));
  return 0;
}

}  // namespace

void define_batches(const Bindings& bindings) {
  bindings.define("batch", [host = bindings.host()](CallContext& call, GuestBytes steps) {
    return batch(call, host, steps.view());
  });
}

}  // namespace synapsed::storage
