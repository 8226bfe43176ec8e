// `synapsed keys init`, `generate`, `policy`, `rotate`, `rotate-master` and `remove`.

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/try.hpp"
#include "cli/keys.hpp"
#include "cli/text.hpp"

namespace synapsed::cli {
namespace {

using crypto::KeyInfo;
using crypto::KeyKind;
using crypto::KeyStore;
using crypto::KeyUse;

/// What keys of a kind can be used for, beside being exported.
KeyUse possible_uses(KeyKind kind) {
  switch (kind) {
    case KeyKind::kKem:
    case KeyKind::kAead:
      return KeyUse::kDecrypt | KeyUse::kEncrypt | KeyUse::kWrap;
    case KeyKind::kSignature:
    case KeyKind::kMac:
      return KeyUse::kSign | KeyUse::kVerify;
  }
  return KeyUse::kNone;
}

Error impossible(std::string_view use, const crypto::KeyTraits& traits) {
  const auto possible = crypto::names_of(possible_uses(traits.kind) | KeyUse::kExport);
  return Error(ErrorCode::kCryptoInvalidArgument,
               fmt::format("keys of {} have no use \"{}\"", traits.name, use))
      .help(fmt::format("they have: {}", fmt::join(possible, ", ")));
}

void tell(const KeysOptions& options, const Invocation& invocation, const KeyInfo& info,
          std::string_view what) {
  std::ostream& out = invocation.streams().out;
  if (options.json) {
    print_json(out, without_error(to_json(info)));
  } else {
    out << fmt::format("{} {}, {}, version {}\n", what, shown(info.name),
                       traits_of(info.algorithm).name, info.version);
  }
}

}  // namespace

Result<KeyUse> uses_of(const KeysOptions& options, crypto::KeyAlgorithm algorithm) {
  const crypto::KeyTraits& traits = traits_of(algorithm);
  const KeyUse possible = possible_uses(traits.kind) | KeyUse::kExport;
  KeyUse uses = KeyUse::kNone;
  for (const std::string& name : options.uses) {
    const KeyUse use = crypto::find_key_use(name).value_or(KeyUse::kNone);
    if (!allows(possible, use)) return std::unexpected(impossible(name, traits));
    uses = uses | use;
  }
  return uses;
}

int init_keys(const KeysOptions& options, const Invocation& invocation) {
  const auto path = find_key_file(options, invocation);
  if (!path) return report_no_key_file(invocation);
  const auto init = [&]() -> Result<void> {
    const auto master = TRY(read_new_master(options, NewMaster::kOfNewFile, invocation));
    TRY(KeyStore::create(*path, master));
    return {};
  };
  const auto done = init();
  if (!done) return report_failure(options.json, invocation, done.error());
  invocation.streams().out << fmt::format("created the key file {}\n", printable(*path));
  return kSuccess;
}

int generate_key(const KeysOptions& options, const Invocation& invocation) {
  return act_on_store(options, invocation, [&](KeyStore& store) -> Result<void> {
    const auto algorithm = crypto::find_key_algorithm(*options.algorithm).value();
    const KeyUse uses = TRY(uses_of(options, algorithm));
    const KeyInfo made = TRY(store.generate(options.key(), algorithm, {uses, options.modules}));
    tell(options, invocation, made, "generated");
    return {};
  });
}

int set_key_policy(const KeysOptions& options, const Invocation& invocation) {
  return act_on_store(options, invocation, [&](KeyStore& store) -> Result<void> {
    const auto key = TRY(store.find(options.key()));
    crypto::KeyPolicy policy = key->info.policy;
    if (!options.uses.empty()) policy.uses = TRY(uses_of(options, key->info.algorithm));
    if (!options.modules.empty() || options.no_modules) policy.modules = options.modules;
    TRY(store.set_policy(options.key(), policy));
    tell(options, invocation, key->info, "changed");
    return {};
  });
}

int rotate_key(const KeysOptions& options, const Invocation& invocation) {
  return act_on_store(options, invocation, [&](KeyStore& store) -> Result<void> {
    tell(options, invocation, TRY(store.rotate(options.key())), "rotated");
    return {};
  });
}

int rotate_master(const KeysOptions& options, const Invocation& invocation) {
  return act_on_store(options, invocation, [&](KeyStore& store) -> Result<void> {
    const auto master = TRY(read_new_master(options, NewMaster::kInPlaceOfTheOld, invocation));
    TRY(store.change_master_key(master));
    invocation.streams().out << "all keys are sealed under the new master key\n";
    return {};
  });
}

int remove_key(const KeysOptions& options, const Invocation& invocation) {
  if (!options.yes) {
    return report_bad_usage(invocation.streams(), invocation.coloured_errors,
                            fmt::format("the key {} would be gone for good", shown(options.key())),
                            "--yes removes it with all its versions");
  }
  return act_on_store(options, invocation, [&](KeyStore& store) -> Result<void> {
    TRY(store.remove(options.key()));
    invocation.streams().out << fmt::format("removed {}\n", shown(options.key()));
    return {};
  });
}

}  // namespace synapsed::cli
