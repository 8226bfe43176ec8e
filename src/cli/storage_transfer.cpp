// `synapsed storage export`, `import`, `backup` and `restore`.

#include <sstream>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "base/bytes.hpp"
#include "base/files.hpp"
#include "base/hex.hpp"
#include "base/try.hpp"
#include "cli/input.hpp"
#include "cli/storage.hpp"
#include "cli/text.hpp"

namespace synapsed::cli {
namespace {

using storage::Space;
using storage::SpaceName;
using storage::Storage;
using storage::StorageReport;
using storage::Transaction;

constexpr std::uint64_t kImportBytesMax = std::uint64_t{1} << 30;
constexpr std::size_t kBytesAtOnce = std::size_t{8} << 20;

/// Lines go to standard output, or to a file that appears when it is complete.
class Lines {
 public:
  static Result<Lines> open(const StorageCliOptions& options, const Invocation& invocation) {
    if (!options.out) return Lines(invocation.streams().out, std::nullopt);
    auto file = TRY(PendingFile::create(*options.out, FileAccess::kOwnerOnly));
    return Lines(invocation.streams().out, std::move(file));
  }
  Result<void> write(const Json& json) {
    std::ostringstream line;
    print_json(line, json, -1);
    if (file_) return file_->write(as_bytes(line.str()));
    out_ << line.str();
    return {};
  }
  Result<void> complete() { return file_ ? file_->complete() : Result<void>(); }

 private:
  Lines(std::ostream& out, std::optional<PendingFile> file) : out_(out), file_(std::move(file)) {}
  std::ostream& out_;
  std::optional<PendingFile> file_;
};

/// Of one space, as it is at one moment.
Result<std::uint64_t> export_space(const Transaction& transaction, const SpaceName& name,
                                   Lines& lines) {
  Space space = transaction.space(name);
  const auto cursor = TRY(space.scan());
  std::uint64_t keys = 0;
  for (; TRY(cursor->next()); ++keys) {
    const Bytes key(cursor->key().begin(), cursor->key().end());
    const auto value = TRY(space.get(key));
    Json line{{"tenant", name.tenant}, {"module", name.module}};
    put_bytes(line, "key", key);
    put_bytes(line, "value", value.value_or(Bytes{}));
    TRY(lines.write(line));
  }
  return keys;
}

/// One line of an export.
struct Entry {
  SpaceName space;
  Bytes key;
  Bytes value;
};

std::optional<std::string> text_at(const Json& json, const std::string& name) {
  const auto found = json.find(name);
  if (found == json.end() || !found->is_string()) return std::nullopt;
  return found->get<std::string>();
}

std::optional<Bytes> bytes_at(const Json& json, const std::string& name) {
  if (const auto text = text_at(json, name)) {
    const ByteSpan bytes = as_bytes(*text);
    return Bytes(bytes.begin(), bytes.end());
  }
  const auto digits = text_at(json, name + "_hex");
  return digits ? from_hex(*digits) : std::nullopt;
}

std::optional<Entry> read_line(std::string_view line) {
  const Json json = Json::parse(line, nullptr, false);
  if (!json.is_object()) return std::nullopt;
  auto key = bytes_at(json, "key");
  auto value = bytes_at(json, "value");
  if (!key || key->empty() || key->size() > storage::kKeyBytesMax || !value) return std::nullopt;
  return Entry{.space = {text_at(json, "tenant").value_or(""), text_at(json, "module").value_or("")},
               .key = std::move(*key),
               .value = std::move(*value)};
}

/// All of them, so that nothing is set when a line is none.
Result<std::vector<Entry>> read_lines(const std::string& file, const Invocation& invocation) {
  const Bytes bytes = TRY(read_input(file, kImportBytesMax, invocation.streams()));
  std::vector<Entry> entries;
  std::size_t number = 0;
  for (std::string_view rest = as_text(bytes); !rest.empty();) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    const std::string_view line = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    ++number;
    if (line.empty()) continue;
    auto entry = read_line(line);
    if (!entry) {
      return std::unexpected(
          Error(ErrorCode::kStorageInvalidArgument, "the line is no entry of an export; nothing was set")
              .at(fmt::format("{}, line {}", input_name(file), number))
              .help(R"({"tenant": "…", "module": "…", "key": "…", "value": "…"}, or key_hex, value_hex)"));
    }
    entries.push_back(std::move(*entry));
  }
  return entries;
}

Result<void> put(const Transaction& transaction, const Entry& entry) {
  constexpr std::size_t kInOnePiece = std::size_t{1} << 20;
  Space space = transaction.space(entry.space);
  if (entry.value.size() <= kInOnePiece) return space.set(entry.key, entry.value);
  auto blob = TRY(space.write_blob(entry.key));
  TRY(blob.write(entry.value));
  return blob.finish();
}

/// In portions; how many were set.
Result<void> set_all(Storage& storage, const std::vector<Entry>& entries) {
  for (std::size_t first = 0; first < entries.size();) {
    std::size_t last = first;
    const auto write = [&](Transaction& transaction) -> Result<void> {
      std::size_t bytes = 0;
      for (last = first; last < entries.size() && bytes < kBytesAtOnce; ++last) {
        TRY(put(transaction, entries[last]));
        bytes += entries[last].key.size() + entries[last].value.size();
      }
      return {};
    };
    if (auto written = storage.transact(write); !written) {
      return std::unexpected(std::move(written).error().at(
          fmt::format("after {} of {} entries, which are set", first, entries.size())));
    }
    first = last;
  }
  return {};
}

void print_report(const StorageCliOptions& options, const Invocation& invocation,
                  const StorageReport& report, const std::string& what) {
  std::ostream& out = invocation.streams().out;
  if (options.json) {
    print_json(out, {{"error", nullptr},
                     {"version", report.version},
                     {"spaces", report.spaces},
                     {"keys", report.keys},
                     {"bytes", report.bytes}});
  } else {
    out << fmt::format("{}: {} keys in {} spaces, {} bytes, as of commit {}\n", what, report.keys,
                       report.spaces, report.bytes, report.version);
  }
}

}  // namespace

int export_storage(const StorageCliOptions& options, const Invocation& invocation) {
  return act_on_storage(options, StorageUse::kRead, invocation, [&](Storage& storage) -> Result<void> {
    std::vector<SpaceName> spaces{options.space()};
    const Transaction transaction = storage.begin({.read_only = true});
    if (options.all) spaces = TRY(storage.spaces());
    Lines lines = TRY(Lines::open(options, invocation));
    std::uint64_t keys = 0;
    for (const SpaceName& space : spaces) keys += TRY(export_space(transaction, space, lines));
    TRY(lines.complete());
    if (options.json && options.out) {
      print_json(invocation.streams().out, {{"error", nullptr}, {"keys", keys}});
    }
    return {};
  });
}

int import_storage(const StorageCliOptions& options, const Invocation& invocation) {
  return act_on_storage(options, StorageUse::kMake, invocation, [&](Storage& storage) -> Result<void> {
    const std::vector<Entry> entries = TRY(read_lines(*options.file, invocation));
    TRY(set_all(storage, entries));
    std::ostream& out = invocation.streams().out;
    if (options.json) {
      print_json(out, {{"error", nullptr}, {"keys", entries.size()}});
    } else {
      out << fmt::format("{} keys set\n", entries.size());
    }
    return {};
  });
}

int backup_storage(const StorageCliOptions& options, const Invocation& invocation) {
  return act_on_storage(options, StorageUse::kRead, invocation, [&](Storage& storage) -> Result<void> {
    const StorageReport report = TRY(storage.backup(*options.file));
    print_report(options, invocation, report, printable(*options.file));
    return {};
  });
}

int restore_storage(const StorageCliOptions& options, const Invocation& invocation) {
  return act_on_storage(options, StorageUse::kMake, invocation, [&](Storage& storage) -> Result<void> {
    const StorageReport report = TRY(storage.restore(*options.file));
    print_report(options, invocation, report, "restored");
    return {};
  });
}

int verify_storage(const StorageCliOptions& options, const Invocation& invocation) {
  if (options.file) {
    const auto report = storage::verify_backup(*options.file);
    if (!report) return report_failure(options.json, invocation, report.error());
    print_report(options, invocation, *report, printable(*options.file) + ": ok");
    return kSuccess;
  }
  return act_on_storage(options, StorageUse::kRead, invocation, [&](Storage& storage) -> Result<void> {
    const StorageReport report = TRY(storage.verify());
    print_report(options, invocation, report, "ok");
    return {};
  });
}

}  // namespace synapsed::cli
