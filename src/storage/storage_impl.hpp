#pragma once

/// \file
/// What a storage consists of. Thread rule: safe from any thread.

#include <memory>

#include "storage/backend.hpp"
#include "storage/change_feed.hpp"
#include "storage/committer.hpp"
#include "storage/worker.hpp"

namespace synapsed::storage {

struct Storage::Impl {
  Impl(StorageOptions given, std::unique_ptr<Backend> opened)
      : options(std::move(given)),
        backend(std::move(opened)),
        feed(*backend),
        committer(*backend, options, [this] { feed.notify(); }) {}

  const StorageOptions options;
  const std::unique_ptr<Backend> backend;
  ChangeFeed feed;
  Committer committer;
  Worker worker;  ///< reads for those who do not wait
};

}  // namespace synapsed::storage
