// `synapsed storage spaces`, `watch` and `rotate`.

#include <condition_variable>
#include <mutex>
#include <utility>

#include <fmt/format.h>

#include "base/bytes.hpp"
#include "base/try.hpp"
#include "cli/storage.hpp"
#include "cli/text.hpp"

#ifdef SYNAPSED_WITH_CRYPTO
#include <synapsed/sealed_storage.hpp>
#endif

namespace synapsed::cli {
namespace {

using storage::Change;
using storage::SpaceName;
using storage::Storage;

Json change_json(const Change& change) {
  Json json{{"version", change.version}};
  put_bytes(json, "key", change.key);
  json["removed"] = change.is_removed;
  return json;
}

/// Prints what it is told, until somebody stops it.
class Watch {
 public:
  Watch(const StorageCliOptions& options, std::ostream& out) : options_(options), out_(out) {}

  void tell(const Result<std::vector<Change>>& changes) {
    const std::unique_lock lock(mutex_);
    if (!changes) {
      error_ = changes.error();
      is_over_ = true;
      ended_.notify_all();
      return;
    }
    for (const Change& change : *changes) print(change);
    out_ << std::flush;
  }
  void stop(int signal) {
    const std::unique_lock lock(mutex_);
    signal_ = signal;
    is_over_ = true;
    ended_.notify_all();
  }
  /// The signal that ended it.
  Result<int> wait() {
    std::unique_lock lock(mutex_);
    ended_.wait(lock, [&] { return is_over_; });
    if (error_) return std::unexpected(*error_);
    return signal_;
  }

 private:
  void print(const Change& change) {
    if (options_.json) {
      print_json(out_, change_json(change), -1);
    } else {
      out_ << fmt::format("{} {} {}\n", change.version, change.is_removed ? "removed" : "set",
                          printable(shown(change.key)));
    }
  }

  const StorageCliOptions& options_;
  std::ostream& out_;
  std::mutex mutex_;
  std::condition_variable ended_;
  std::optional<Error> error_;
  int signal_ = 0;
  bool is_over_ = false;
};

}  // namespace

int list_spaces(const StorageCliOptions& options, const Invocation& invocation) {
  return act_on_storage(options, StorageUse::kRead, invocation, [&](Storage& storage) -> Result<void> {
    Table table;
    table.add_row({"tenant", "module", "keys", "bytes"});
    Json spaces = Json::array();
    for (const SpaceName& space : TRY(storage.spaces())) {
      const auto usage = TRY(storage.usage(space));
      table.add_row({printable(space.tenant), printable(space.module), std::to_string(usage.keys),
                     std::to_string(usage.bytes)});
      spaces.push_back({{"tenant", space.tenant},
                        {"module", space.module},
                        {"keys", usage.keys},
                        {"bytes", usage.bytes}});
    }
    std::ostream& out = invocation.streams().out;
    if (options.json) {
      print_json(out, {{"error", nullptr}, {"spaces", std::move(spaces)}});
    } else {
      out << table.text();
    }
    return {};
  });
}

int watch_storage(const StorageCliOptions& options, const Invocation& invocation) {
  auto storage = open_storage(options.access, StorageUse::kRead, invocation);
  if (!storage) return report_failure(options.json, invocation, storage.error());
  Watch watch(options, invocation.streams().out);
  const InterruptScope scope(invocation.surroundings.interrupts,
                             [&](int signal) { watch.stop(signal); });
  const ByteSpan prefix = as_bytes(options.prefix ? *options.prefix : std::string_view());
  const auto subscription = storage->subscribe(
      {.space = options.space(), .prefix = Bytes(prefix.begin(), prefix.end()), .after = std::nullopt},
      [&](const auto& changes) { watch.tell(changes); });
  if (!subscription) return report_failure(options.json, invocation, subscription.error());
  const auto ended = watch.wait();
  return ended ? exit_code_of_signal(*ended) : report_failure(options.json, invocation, ended.error());
}

#ifdef SYNAPSED_WITH_CRYPTO
int rotate_storage_key(const StorageCliOptions& options, const Invocation& invocation) {
  const auto path = find_key_file(options.access.keys, invocation);
  if (!path || !options.access.keys.keys) return report_no_key_file(invocation);
  return act_on_storage(options, StorageUse::kChange, invocation, [&](Storage& storage) -> Result<void> {
    const crypto::MasterKey master = TRY(read_master(options.access.keys, invocation));
    auto keys = TRY(crypto::KeyStore::open(*path, master));
    const auto report = TRY(storage::rotate_data_key(storage, keys, options.tenant));
    std::ostream& out = invocation.streams().out;
    if (options.json) {
      print_json(out, {{"error", nullptr}, {"spaces", report.spaces}, {"keys", report.keys}});
    } else {
      out << fmt::format("{} keys in {} spaces are sealed under a new data key\n", report.keys,
                         report.spaces);
    }
    return {};
  });
}
#endif

}  // namespace synapsed::cli
