// `synapsed keys` and the options of the commands below it. What they do is in keys_….cpp.

#include "cli/keys.hpp"

#include <array>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "cli/options.hpp"

namespace synapsed::cli {
namespace {

constexpr std::string_view kFooter = R"(Examples:
  synapsed keys init --keys service.keys --master-file master.key
  export SYNAPSED_KEYS=service.keys
  synapsed keys generate signing --algorithm ml-dsa-65 --use sign,verify --module notary \
    --master-file master.key
  synapsed keys list --master-file master.key

The master key of a key file is a file of 32 bytes or 64 hexadecimal digits (--master-file), a systemd
credential or a key of the kernel's keyrings (--master-os), or a passphrase: of --passphrase-file, of
the variable SYNAPSED_PASSPHRASE, or asked for on the terminal.)";

using Options = std::shared_ptr<KeysOptions>;
using Declare = void (*)(CLI::App&, KeysOptions&);
using Act = int (*)(const KeysOptions&, const Invocation&);

struct Row {
  const char* name;
  const char* description;
  Declare declare;
  Act act;
  const char* example;
};

// --- Options that several have. ---

void add_name(CLI::App& app, KeysOptions& options) {
  app.add_option("NAME", options.name, "The key's name")->type_name("NAME")->required();
  add_value(app, "--tenant", options.tenant, "TENANT", "The tenant whose key it is");
}

void add_json(CLI::App& app, KeysOptions& options) {
  app.add_flag("--json", options.json, "Print one JSON object");
}

std::vector<std::string_view> algorithm_names() {
  std::vector<std::string_view> names;
  for (const crypto::KeyTraits& traits : crypto::key_algorithms()) names.push_back(traits.name);
  return names;
}

CLI::Option* add_algorithm(CLI::App& app, KeysOptions& options) {
  return add_choice(app, "--algorithm", options.algorithm, algorithm_names(), "The algorithm");
}

void add_policy(CLI::App& app, KeysOptions& options) {
  const auto uses = crypto::names_of(static_cast<crypto::KeyUse>(~0U));
  add_choices(app, "--use", options.uses, uses, "What it may be used for, separated by commas");
  add_repeated(app, "--module", options.modules, "MODULE",
               "A module whose guests may use it; * is any");
}

void add_out(CLI::App& app, KeysOptions& options) {
  add_value(app, "-o,--output", options.out, "FILE",
            "Where to write, all or nothing (default: standard output)");
}

template <std::size_t kCount>
void add_format(CLI::App& app, KeysOptions& options,
                const std::array<std::string_view, kCount>& formats,
                const std::string& description) {
  add_choice(app, "--format", options.format, formats, description);
}

// --- Those of each. ---

void declare_init(CLI::App& app, KeysOptions& options) { add_json(app, options); }

void declare_generate(CLI::App& app, KeysOptions& options) {
  add_name(app, options);
  add_algorithm(app, options)->required();
  add_policy(app, options);
  add_json(app, options);
}

void declare_list(CLI::App& app, KeysOptions& options) {
  add_value(app, "--tenant", options.tenant, "TENANT", "Only the keys of this tenant");
  add_json(app, options);
}

void declare_named(CLI::App& app, KeysOptions& options) {
  add_name(app, options);
  add_json(app, options);
}

void declare_public(CLI::App& app, KeysOptions& options) {
  constexpr std::array<std::string_view, 3> kFormats{"raw", "spki", "pem"};
  add_name(app, options);
  add_format(app, options, kFormats, "How (default: pem, or raw where there is no such encoding)");
  add_out(app, options);
}

void declare_import(CLI::App& app, KeysOptions& options) {
  constexpr std::array<std::string_view, 3> kFormats{"raw", "pkcs8", "pem"};
  add_name(app, options);
  app.add_option("FILE", options.file, "The secret key; - reads standard input")
      ->type_name("FILE")
      ->required();
  add_algorithm(app, options);
  add_format(app, options, kFormats, "How it is encoded (default: pem or raw, by its first bytes)");
  add_policy(app, options);
  add_json(app, options);
}

void declare_export(CLI::App& app, KeysOptions& options) {
  constexpr std::array<std::string_view, 3> kFormats{"raw", "pkcs8", "pem"};
  add_name(app, options);
  add_format(app, options, kFormats, "How (default: pem, or raw where there is no such encoding)");
  add_out(app, options);
  app.add_flag("--force", options.force, "Show the secret key on a terminal");
}

void declare_policy(CLI::App& app, KeysOptions& options) {
  add_name(app, options);
  add_policy(app, options);
  app.add_flag("--no-modules", options.no_modules, "No module's guests may use it")
      ->excludes(app.get_option("--module"));
  add_json(app, options);
}

void declare_rotate_master(CLI::App& app, KeysOptions& options) {
  add_master_options(app, options.new_master, "new-", "The new master key");
  add_json(app, options);
}

void declare_remove(CLI::App& app, KeysOptions& options) {
  add_name(app, options);
  app.add_flag("--yes", options.yes, "Remove it, with all its versions");
  add_json(app, options);
}

void declare_verify(CLI::App& app, KeysOptions& options) { add_json(app, options); }

constexpr std::array kRows{
    Row{"init", "Make a new key file", declare_init, init_keys,
        "synapsed keys init --keys service.keys --passphrase-file phrase"},
    Row{"generate", "Make a key", declare_generate, generate_key,
        "synapsed keys generate signing --algorithm ml-dsa-65 --use sign,verify --module notary"},
    Row{"list", "List the keys", declare_list, list_keys, "synapsed keys list --json"},
    Row{"show", "Show a key's policy and versions", declare_named, show_key,
        "synapsed keys show signing --tenant alice"},
    Row{"public", "Write a public key", declare_public, write_public_key,
        "synapsed keys public signing -o signing.pem"},
    Row{"import", "Take in a secret key", declare_import, import_key,
        "synapsed keys import old-key key.pem --use sign,verify --module '*'"},
    Row{"export", "Write a secret key whose policy allows it", declare_export, export_key,
        "synapsed keys export signing --format pkcs8 -o signing.p8"},
    Row{"policy", "Change what a key may be used for, and by whom", declare_policy, set_key_policy,
        "synapsed keys policy signing --use verify --module notary --module audit"},
    Row{"rotate", "Make the next version of a key", declare_named, rotate_key,
        "synapsed keys rotate signing"},
    Row{"rotate-master", "Seal all keys under another master key", declare_rotate_master,
        rotate_master,
        "synapsed keys rotate-master --master-file old.key --new-master-file new.key"},
    Row{"remove", "Remove a key for good", declare_remove, remove_key,
        "synapsed keys remove signing --yes"},
    Row{"verify", "Check the key file and every key in it", declare_verify, verify_keys,
        "synapsed keys verify"},
};

Command add_row(CLI::App& keys, SharedOptions& shared, const Row& row) {
  CLI::App& app = *keys.add_subcommand(row.name, row.description);
  app.group("Commands");
  const Options options = std::make_shared<KeysOptions>();
  row.declare(app, *options);
  add_value(app, "--keys", options->keys, "FILE", "The key file (or the variable SYNAPSED_KEYS)");
  add_master_options(app, options->master, "", "The master key");
  add_shared_options(app, shared);
  app.footer(std::string("Examples:\n  ") + row.example);
  return {.app = &app, .act = [options, act = row.act](const Invocation& invocation) {
            return act(*options, invocation);
          }};
}

}  // namespace

void add_master_options(CLI::App& app, MasterOptions& master, const std::string& prefix,
                        const std::string& which) {
  CLI::Option* file =
      add_value(app, "--" + prefix + "master-file", master.file, "FILE",
                which + ": 32 bytes or 64 hexadecimal digits, in a file only its owner may read");
  CLI::Option* os = add_value(app, "--" + prefix + "master-os", master.os, "NAME",
                              which + ": a systemd credential, or a key of the kernel's keyrings")
                        ->excludes(file);
  add_value(app, "--" + prefix + "passphrase-file", master.passphrase_file, "FILE",
            which + ": the first line of a file only its owner may read")
      ->excludes(file, os);
}

std::vector<Command> add_keys(CLI::App& parent, SharedOptions& shared) {
  CLI::App& keys = *parent.add_subcommand("keys", "Manage keys that guests use and never read");
  keys.require_subcommand(1);
  keys.footer(std::string(kFooter));
  std::vector<Command> commands;
  for (const Row& row : kRows) commands.push_back(add_row(keys, shared, row));
  return commands;
}

}  // namespace synapsed::cli
