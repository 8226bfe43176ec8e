// A smart contract: a module with an interface, called in the blockchain profile under a limit of
// gas and time. What it may import follows from its capability; what that costs, from a price.

#include <cstdio>
#include <map>
#include <mutex>
#include <string>

#include <synapsed/synapsed.hpp>

namespace {

constexpr std::string_view kContract = R"((module
  (import "ledger" "pay" (func $pay (param i32 i32 i64) (result i64)))
  (memory (export "memory") 1)
  (global $top (mut i32) (i32.const 1024))
  (func (export "cabi_realloc") (param i32 i32 i32) (param $size i32) (result i32)
    (global.get $top)
    (global.set $top (i32.add (global.get $top) (local.get $size))))
  (func (export "transfer") (param $to i32) (param $length i32) (param $amount i64) (result i64)
    (call $pay (local.get $to) (local.get $length) (local.get $amount)))
  (@custom "synapsed:interface" "transfer: func(to: string, amount: s64) -> s64;")))";

using synapsed::Error;
using synapsed::ErrorCode;
using synapsed::ExecutionContext;
using synapsed::GuestString;
using synapsed::Result;

/// Three parameters of the guest's: pointer and length, then the amount.
struct Payment {
  GuestString to;
  std::int64_t amount;
  static constexpr std::tuple kGuestFields{&Payment::to, &Payment::amount};
};

/// State that lasts is the host's. Guests on several threads may call at once.
class Ledger {
 public:
  /// Returns what is left. The guest gets an error of the band `guest` as a negative number.
  Result<std::int64_t> pay(const Payment& payment) {
    const std::lock_guard lock(mutex_);
    if (payment.amount < 0) {
      return std::unexpected(Error(ErrorCode::kGuestInvalidArgument, "a negative amount"));
    }
    if (payment.amount > left_) {
      return std::unexpected(Error(ErrorCode::kGuestExhausted, "not enough is left"));
    }
    left_ -= payment.amount;
    paid_[std::string(payment.to.view())] += payment.amount;
    return left_;
  }

 private:
  std::mutex mutex_;
  std::int64_t left_ = 1000;
  std::map<std::string, std::int64_t> paid_;
};

void print(const Result<synapsed::ExecutionResult>& result) {
  if (result) {
    std::printf("transfer: %s, %llu gas\n", result->values[0].to_text().c_str(),
                static_cast<unsigned long long>(result->usage.gas));
  } else {
    std::printf("transfer: %s\n", std::string(to_string(result.error().code())).c_str());
  }
}

int fail(const Error& error) {
  std::fprintf(stderr, "%s\n", error.to_string().c_str());
  return 1;
}

}  // namespace

int main() {
  Ledger ledger;
  auto runtime = synapsed::WasmRuntime::create(synapsed::RuntimeConfig::blockchain());
  if (!runtime) return fail(runtime.error());
  runtime->host_functions().define("ledger", "pay",
                                   [&ledger](Payment payment) { return ledger.pay(payment); },
                                   {.description = "pays from the account of the contract",
                                    .price = {.base = 200, .per_byte = 1},
                                    .capability = "smart-contract"});

  const auto refused = runtime->load_module_wat("stranger", kContract);
  if (!refused) std::printf("%s\n", std::string(to_string(refused.error().code())).c_str());

  const auto contract = runtime->load_module_wat(
      "defi_contract", kContract,
      synapsed::ModuleMetadata{"1.0.0"}.with_capability("smart-contract").with_tag("defi"));
  if (!contract) return fail(contract.error());

  auto context =
      ExecutionContext{}.with_gas_limit(1'000'000).with_timeout(std::chrono::seconds{10});
  print(runtime->execute_function(*contract, "transfer", {"alice", std::int64_t{100}}, context));
  print(runtime->execute_function(*contract, "transfer", {"bob", std::int64_t{5000}}, context));
  context.with_gas_limit(204);  // the host call costs 200, and 1 for each of five bytes
  print(runtime->execute_function(*contract, "transfer", {"alice", std::int64_t{100}}, context));
  return 0;
}
