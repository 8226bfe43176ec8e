#pragma once

/// \file
/// Blobs: values in pieces. Thread rule: that of their transaction.

#include <memory>

#include "storage/layout.hpp"
#include "storage/transaction_data.hpp"

namespace synapsed::storage {

/// A blob that is being written. Its pieces are its transaction's from the start; its key comes last,
/// so that one that is not finished is none: its pieces are taken back.
struct BlobWriting {
 public:
  BlobWriting(std::shared_ptr<TransactionState> state, const SpaceName& name, ByteSpan key);
  ~BlobWriting();
  BlobWriting(const BlobWriting&) = delete;
  BlobWriting& operator=(const BlobWriting&) = delete;

  Result<void> write(ByteSpan part);
  Result<void> finish();

 private:
  Result<void> put_piece(TransactionData& data);

  const std::shared_ptr<TransactionState> state_;
  const SpaceName name_;
  const Bytes key_;
  BlobRecord blob_;     ///< what it is so far
  const Bytes prefix_;  ///< of its pieces
  Bytes piece_;         ///< not yet written
  std::uint32_t pieces_ = 0;
  bool is_finished_ = false;
};

/// The key is changed: the pieces of a blob that the same transaction wrote there are not needed.
Result<void> drop_buffered_blob(TransactionData& data, ByteSpan place);

}  // namespace synapsed::storage
