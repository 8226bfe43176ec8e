#pragma once

/// \file
/// What storage keeps of an execution: its transaction, which is committed when it succeeds, and
/// what its guest has open.
///
/// Thread rule: used by the thread that runs the execution, and by those of executions within it
/// while it waits for them.

#include <cstdint>
#include <memory>
#include <optional>

#include <synapsed/storage_host.hpp>

#include "host/call_context.hpp"
#include "host/open_objects.hpp"
#include "storage/bindings/operation_rate.hpp"

namespace synapsed::storage {

/// What the functions that were created together share.
struct HostState {
  explicit HostState(StorageHostOptions with);

  StorageHostOptions options;  ///< with a storage
  OperationRates rates;
};
using Host = std::shared_ptr<HostState>;

struct OpenScan {
  std::unique_ptr<Cursor> cursor;
  bool is_keys_only = false;
  bool has_entry = false;  ///< the cursor's, which the guest does not have yet
};

class StorageExecution final : public ExecutionState {
 public:
  using Open = OpenObjects<OpenScan, BlobWriter>;

  StorageExecution(std::shared_ptr<Storage> storage, Result<Transaction> transaction);
  void commit(Committed done) override;

  /// Error: why it could not be begun.
  [[nodiscard]] Result<Transaction*> transaction();

  /// The keys of the module that runs, by what `host` grants it. Error: as `transaction`.
  Result<void> use(const CallContext& call, const Host& host);
  // Afterwards:
  [[nodiscard]] Space& space() { return module_->space; }
  [[nodiscard]] const SpaceName& name() const { return module_->name; }
  [[nodiscard]] const StorageGrant& grant() const { return module_->grant; }
  [[nodiscard]] Open& open() { return module_->open; }
  /// Error: the guest's `exhausted`.
  Result<void> count(std::uint64_t operations);

 private:
  struct Module {
    Host host;
    SpaceName name;
    const StorageGrant& grant;
    std::shared_ptr<OperationRate> rate;  // null: any
    Space space;
    Open open;
  };

  std::shared_ptr<Storage> storage_;  // outlives its transactions; null once it commits
  Result<Transaction> transaction_;
  std::optional<Module> module_;
};

/// That of the call's execution and the host's storage, made when it is first needed: within its
/// parent's, where it has one.
[[nodiscard]] StorageExecution& execution_of(const CallContext& call, const Host& host);

}  // namespace synapsed::storage
