#pragma once

/// \file
/// What a transaction asks for when it commits. Thread rule: a value.

#include <optional>

#include <synapsed/storage.hpp>

#include "storage/read_set.hpp"
#include "storage/write_buffer.hpp"

namespace synapsed::storage {

struct CommitRequest {
  std::optional<Version> snapshot;  ///< what it read is as of this commit; none: it read nothing
  ReadSet reads;
  WriteBuffer::Changes changes;
  CommitCompletion done;
};

}  // namespace synapsed::storage
