#include "base/try.hpp"
#include "storage/layout.hpp"

namespace synapsed::storage {

Result<void> Batch::set(BytesView key, BytesView value) {
  TRY(check_key(key));
  steps_.push_back({.key = copy_of(key), .value = copy_of(value), .delta = std::nullopt});
  return {};
}

Result<void> Batch::remove(BytesView key) {
  TRY(check_key(key));
  steps_.push_back({.key = copy_of(key), .value = std::nullopt, .delta = std::nullopt});
  return {};
}

Result<void> Batch::add(BytesView key, std::int64_t delta) {
  TRY(check_key(key));
  steps_.push_back({.key = copy_of(key), .value = std::nullopt, .delta = delta});
  return {};
}

Result<void> Batch::apply_to(Writable& target) const {
  for (const Step& step : steps_) {
    if (step.value) {
      TRY(target.set(step.key, *step.value));
    } else if (step.delta) {
      TRY(target.add(step.key, *step.delta));
    } else {
      TRY(target.remove(step.key));
    }
  }
  return {};
}

}  // namespace synapsed::storage
