#pragma once

/// \file
/// What the storage host functions have in common: the table's rows and prices, whose keys a call
/// may use, how often, and errors that guests get.
///
/// A function's beats: the typed binding checks spans and takes the base price; `admit` checks the
/// keys and takes gas for their bytes; then it acts, in the execution's transaction. Thread rule:
/// that of host functions.

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include <synapsed/storage_host.hpp>

#include "base/try.hpp"
#include "host/call_context.hpp"
#include "host/guest_results.hpp"
#include "storage/bindings/execution.hpp"
#include "storage/bindings/grants.hpp"
#include "storage/bindings/prices.hpp"

namespace synapsed::storage {

/// The error that a guest gets for one of storage's; others end it.
[[nodiscard]] Error to_guest(const Error& error);

/// `TRY` for results whose errors the guest may handle.
template <typename T>
Result<T> for_guest(Result<T> result) {
  if (!result) return std::unexpected(to_guest(result.error()));
  return result;
}

/// Takes gas for `bytes` of keys and values and for `entries`. Error: `limit.out_of_gas`, which
/// ends the guest.
[[nodiscard]] inline Result<void> pay(CallContext& call, const Price& price, std::uint64_t bytes,
                                      std::uint64_t entries = 0) {
  return call.charge(cost(price, bytes, entries));
}

enum class Access : std::uint8_t { kRead, kWrite };

/// The execution of a call that may do what it asks for. Errors: the guest's `invalid_argument` for
/// a key that is none, `denied`, `exhausted` for more than `operations` of its second; those of the
/// storage's `begin`.
[[nodiscard]] Result<StorageExecution*> admit(CallContext& call, const Host& host, Access access,
                                              ByteSpan key);
[[nodiscard]] Result<StorageExecution*> admit_range(CallContext& call, const Host& host,
                                                    const KeyRange& range);
/// The execution of a call that goes on with what it has open.
[[nodiscard]] Result<StorageExecution*> admit_open(CallContext& call, const Host& host);

/// Error: the guest's `invalid_argument`.
[[nodiscard]] Result<void> check_guest_key(ByteSpan key);

class Bindings {
 public:
  Bindings(StorageHostOptions options, NamedHostFunctions& functions)
      : host_(std::make_shared<HostState>(std::move(options))), functions_(functions) {}

  /// Defines the function `name` of the table.
  template <typename F>
  void define(std::string_view name, F function) const {
    functions_.emplace_back(
        name, HostFunctions::make(std::string(module()), std::string(name), std::move(function),
                                  options_of(name)));
  }

  /// What the functions share.
  [[nodiscard]] const Host& host() const { return host_; }

 private:
  [[nodiscard]] static std::string_view module();
  [[nodiscard]] static HostFunctionOptions options_of(std::string_view name);

  Host host_;
  NamedHostFunctions& functions_;
};

// --- The functions, by subject. ---

void define_values(const Bindings& bindings);
void define_counters(const Bindings& bindings);
void define_batches(const Bindings& bindings);
void define_scans(const Bindings& bindings);
void define_blobs(const Bindings& bindings);

}  // namespace synapsed::storage
