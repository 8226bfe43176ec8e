// `synapsed storage` and the options of the commands below it. What they do is in storage_….cpp.

#include "cli/storage.hpp"

#include <array>
#include <string_view>
#include <vector>

#include "cli/options.hpp"

namespace synapsed::cli {
namespace {

constexpr std::string_view kFooter = R"(Examples:
  export SYNAPSED_STORAGE=sqlite:notes.db
  synapsed storage set title "Storage" --tenant alice --module notes
  synapsed storage list --tenant alice --module notes --values
  synapsed storage backup notes.backup

A storage is named by its URL: sqlite:PATH is a file, made when something is first written; PATH alone
means the same; postgresql://USER@HOST/DATABASE is a server. Keys of a guest are in the space of its
execution's tenant and its module's name (that of FILE, for synapsed run).)";

using Options = std::shared_ptr<StorageCliOptions>;
using Declare = void (*)(CLI::App&, StorageCliOptions&);
using Act = int (*)(const StorageCliOptions&, const Invocation&);

struct Row {
  const char* name;
  const char* description;
  Declare declare;
  Act act;
  const char* example;
};

// --- Options that several have. ---

void add_space(CLI::App& app, StorageCliOptions& options) {
  app.add_option("--tenant", options.tenant, "Whose keys (default: those of no tenant)")
      ->type_name("TENANT");
  app.add_option("--module", options.module, "Of which module (default: of none)")
      ->type_name("MODULE");
}

void add_key(CLI::App& app, StorageCliOptions& options) {
  app.add_option("KEY", options.key, "The key")->type_name("KEY")->required();
  app.add_flag("--hex", options.hex, "KEY is given in hexadecimal digits");
  add_space(app, options);
}

void add_out(CLI::App& app, StorageCliOptions& options) {
  add_value(app, "-o,--output", options.out, "FILE",
            "Where to write, all or nothing (default: standard output)");
}

void add_path(CLI::App& app, StorageCliOptions& options, const std::string& description) {
  app.add_option("FILE", options.file, description)->type_name("FILE")->required();
}

// --- Those of each. ---

void declare_get(CLI::App& app, StorageCliOptions& options) {
  add_key(app, options);
  add_out(app, options);
}

void declare_set(CLI::App& app, StorageCliOptions& options) {
  add_key(app, options);
  CLI::Option* value = app.add_option("VALUE", options.value, "The value")->type_name("VALUE");
  add_value(app, "--file", options.file, "FILE", "The value is in FILE; - is standard input")
      ->excludes(value);
}

void declare_list(CLI::App& app, StorageCliOptions& options) {
  add_space(app, options);
  add_value(app, "--prefix", options.prefix, "TEXT", "Only keys that begin so");
  app.add_option("--limit", options.limit, "At most so many")->type_name("COUNT");
  app.add_flag("--reverse", options.reverse, "The last keys first");
  app.add_flag("--values", options.values, "Values too");
}

void declare_watch(CLI::App& app, StorageCliOptions& options) {
  add_space(app, options);
  add_value(app, "--prefix", options.prefix, "TEXT", "Only keys that begin so");
}

void declare_export(CLI::App& app, StorageCliOptions& options) {
  CLI::Option* const all = app.add_flag("--all", options.all, "Every space");
  add_space(app, options);
  for (const char* name : {"--tenant", "--module"}) app.get_option(name)->excludes(all);
  add_out(app, options);
}

void declare_import(CLI::App& app, StorageCliOptions& options) {
  add_path(app, options, "What export wrote; - reads standard input");
}

void declare_backup(CLI::App& app, StorageCliOptions& options) {
  add_path(app, options, "The file that is made");
}

void declare_restore(CLI::App& app, StorageCliOptions& options) {
  add_path(app, options, "What backup wrote");
}

void declare_verify(CLI::App& app, StorageCliOptions& options) {
  add_value(app, "--backup", options.file, "FILE", "Check this backup, and no storage");
}

void declare_remove(CLI::App& app, StorageCliOptions& options) { add_key(app, options); }
void declare_spaces(CLI::App&, StorageCliOptions&) {}

#ifdef SYNAPSED_WITH_CRYPTO
void declare_rotate(CLI::App& app, StorageCliOptions& options) {
  app.add_option("--tenant", options.tenant, "Whose data key (default: that of no tenant)")
      ->type_name("TENANT");
}
#endif

constexpr std::array kRows{
    Row{"get", "Write a value", declare_get, get_value,
        "synapsed storage get title --storage sqlite:notes.db --tenant alice --module notes"},
    Row{"set", "Set a key", declare_set, set_value,
        "synapsed storage set picture --file picture.png --storage sqlite:notes.db"},
    Row{"remove", "Remove a key", declare_remove, remove_value,
        "synapsed storage remove title --storage sqlite:notes.db"},
    Row{"list", "List keys, in their order", declare_list, list_values,
        "synapsed storage list --prefix note/ --limit 10 --reverse --storage sqlite:notes.db"},
    Row{"spaces", "List the spaces and what they hold", declare_spaces, list_spaces,
        "synapsed storage spaces --storage sqlite:notes.db"},
    Row{"watch", "Print changes as they are committed, until interrupted", declare_watch,
        watch_storage, "synapsed storage watch --storage sqlite:notes.db --tenant alice --module notes"},
    Row{"export", "Write keys and values as lines of JSON", declare_export, export_storage,
        "synapsed storage export --all -o notes.jsonl --storage sqlite:notes.db"},
    Row{"import", "Set the keys of an export", declare_import, import_storage,
        "synapsed storage import notes.jsonl --storage postgresql://service@db/notes"},
    Row{"backup", "Write everything, as it is at one moment, to a file", declare_backup,
        backup_storage, "synapsed storage backup notes.backup --storage sqlite:notes.db"},
    Row{"restore", "Fill an empty storage from a backup", declare_restore, restore_storage,
        "synapsed storage restore notes.backup --storage sqlite:new.db"},
    Row{"verify", "Read everything and check it", declare_verify, verify_storage,
        "synapsed storage verify --storage sqlite:notes.db"},
#ifdef SYNAPSED_WITH_CRYPTO
    Row{"rotate", "Seal a tenant's values under a new data key", declare_rotate, rotate_storage_key,
        "synapsed storage rotate --tenant alice --keys data.keys --master-file master.key "
        "--storage sqlite:notes.db"},
#endif
};

Command add_row(CLI::App& parent, SharedOptions& shared, const Row& row) {
  CLI::App& app = *parent.add_subcommand(row.name, row.description);
  app.group("Commands");
  const Options options = std::make_shared<StorageCliOptions>();
  row.declare(app, *options);
  add_storage_access(app, options->access);
  app.add_flag("--json", options->json, "Print one JSON object");
  add_shared_options(app, shared);
  app.footer(std::string("Examples:\n  ") + row.example);
  return {.app = &app, .act = [options, act = row.act](const Invocation& invocation) {
            return act(*options, invocation);
          }};
}

}  // namespace

void add_storage_access(CLI::App& app, StorageAccess& access) {
  add_value(app, "--storage", access.url, "URL", "The storage (or the variable SYNAPSED_STORAGE)");
#ifdef SYNAPSED_WITH_CRYPTO
  add_value(app, "--keys", access.keys.keys, "FILE",
            "The key file with the data keys that values are sealed under");
  add_master_options(app, access.keys.master, "", "The master key of --keys");
#endif
}

std::vector<Command> add_storage(CLI::App& parent, SharedOptions& shared) {
  CLI::App& storage = *parent.add_subcommand("storage", "Look into storage, and keep it safe");
  storage.require_subcommand(1);
  storage.footer(std::string(kFooter));
  std::vector<Command> commands;
  for (const Row& row : kRows) commands.push_back(add_row(storage, shared, row));
  return commands;
}

}  // namespace synapsed::cli
