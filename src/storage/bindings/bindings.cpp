#include "storage/bindings/bindings.hpp"

#include <algorithm>
#include <array>

#include "host/first_party.hpp"

namespace synapsed::storage {
namespace {

#define SYNAPSED_FIRST_PARTY(name, type, base, per_byte, capability, description) \
  FirstPartyFunction{name, type, base, per_byte, capability, description},
constexpr std::array kFunctions{
#include "storage/host_functions.def"
};
#undef SYNAPSED_FIRST_PARTY

constexpr std::array kTranslations{
    GuestTranslation{ErrorCode::kStorageInvalidArgument, ErrorCode::kGuestInvalidArgument},
    GuestTranslation{ErrorCode::kStorageNotACounter, ErrorCode::kGuestInvalidArgument},
    GuestTranslation{ErrorCode::kStorageClosed, ErrorCode::kGuestNotFound},
    GuestTranslation{ErrorCode::kStorageReadOnly, ErrorCode::kGuestDenied},
    GuestTranslation{ErrorCode::kStorageConflict, ErrorCode::kGuestConflict},
    GuestTranslation{ErrorCode::kStorageQuota, ErrorCode::kGuestExhausted},
    GuestTranslation{ErrorCode::kStorageTooLarge, ErrorCode::kGuestExhausted},
    GuestTranslation{ErrorCode::kStorageBusy, ErrorCode::kGuestUnavailable},
    GuestTranslation{ErrorCode::kStorageFull, ErrorCode::kGuestUnavailable},
    GuestTranslation{ErrorCode::kStorageUnavailable, ErrorCode::kGuestUnavailable},
    GuestTranslation{ErrorCode::kStorageCorrupt, ErrorCode::kGuestUnavailable},
    GuestTranslation{ErrorCode::kStorageSchema, ErrorCode::kGuestUnavailable},
    GuestTranslation{ErrorCode::kStorageSealed, ErrorCode::kGuestUnavailable},
    GuestTranslation{ErrorCode::kIo, ErrorCode::kGuestUnavailable},
};

Error denied() { return guest_error(ErrorCode::kGuestDenied); }

/// With the keys of the module that calls.
Result<StorageExecution*> used(CallContext& call, const Host& host) {
  StorageExecution& execution = execution_of(call, host);
  TRY(execution.use(call, host));
  return &execution;
}

}  // namespace

Error to_guest(const Error& error) { return translated(kTranslations, error); }

Result<void> check_guest_key(ByteSpan key) {
  if (!key.empty() && key.size() <= kKeyBytesMax) return {};
  return std::unexpected(guest_error(ErrorCode::kGuestInvalidArgument));
}

Result<StorageExecution*> admit(CallContext& call, const Host& host, Access access, ByteSpan key) {
  TRY(check_guest_key(key));
  StorageExecution& execution = *TRY(used(call, host));
  if (access == Access::kWrite && !execution.grant().may_write) return std::unexpected(denied());
  if (!is_granted(execution.grant(), key)) return std::unexpected(denied());
  TRY(execution.count(1));
  return &execution;
}

Result<StorageExecution*> admit_range(CallContext& call, const Host& host, const KeyRange& range) {
  StorageExecution& execution = *TRY(used(call, host));
  if (!is_granted(execution.grant(), range)) return std::unexpected(denied());
  TRY(execution.count(1));
  return &execution;
}

Result<StorageExecution*> admit_open(CallContext& call, const Host& host) {
  StorageExecution& execution = *TRY(used(call, host));
  TRY(execution.count(1));
  return &execution;
}

std::string_view Bindings::module() { return SYNAPSED_FIRST_PARTY_MODULE; }

HostFunctionOptions Bindings::options_of(std::string_view name) {
  const auto row = std::ranges::find(kFunctions, name, &FirstPartyFunction::name);
  return {.description = std::string(row->description),
          .price = {.base = row->price_base, .per_byte = row->price_per_byte},
          .capability = std::string(row->capability)};
}

NamedHostFunctions create_storage_host_functions(StorageHostOptions options) {
  NamedHostFunctions functions;
  const Bindings bindings(std::move(options), functions);
  define_values(bindings);
  define_counters(bindings);
  define_batches(bindings);
  define_scans(bindings);
  define_blobs(bindings);
  return functions;
}

}  // namespace synapsed::storage
