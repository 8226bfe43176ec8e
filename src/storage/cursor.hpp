#pragma once

/// \file
/// Cursors over what is stored and what a transaction has written. Thread rule: that of the
/// transaction.

#include <memory>
#include <string>

#include "storage/transaction_data.hpp"

namespace synapsed::storage {

/// Over the keys that begin with `prefix`; the options' range is of what follows it.
[[nodiscard]] Result<std::unique_ptr<Cursor>> open_cursor(std::shared_ptr<TransactionState> state,
                                                          TransactionData& data, ByteSpan prefix,
                                                          const std::string& tenant,
                                                          const ScanOptions& options);

}  // namespace synapsed::storage
