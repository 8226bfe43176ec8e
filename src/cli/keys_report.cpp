// `synapsed keys list`, `show` and `verify`.

#include <ctime>

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/bytes.hpp"
#include "base/hex.hpp"
#include "base/try.hpp"
#include "cli/keys.hpp"
#include "cli/text.hpp"

namespace synapsed::cli {
namespace {

using crypto::KeyInfo;
using crypto::KeyStore;

std::string time_text(std::chrono::sys_seconds time) {
  const std::time_t seconds = time.time_since_epoch().count();
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", parts);
}

std::string uses_text(const KeyInfo& info) {
  return fmt::format("{}", fmt::join(crypto::names_of(info.policy.uses), ","));
}
std::string modules_text(const KeyInfo& info) {
  return fmt::format("{}", fmt::join(info.policy.modules, ","));
}

Json public_key_json(const KeyInfo& info) {
  return info.public_key ? Json(to_hex(info.public_key->to_raw())) : Json();
}

/// Enough to compare two by eye.
Result<std::string> fingerprint(const KeyInfo& info) {
  if (!info.public_key) return std::string("-");
  return to_hex(TRY(crypto::hash(crypto::HashAlgorithm::kSha256, info.public_key->to_raw())));
}

std::string list_text(const std::vector<KeyInfo>& keys) {
  Table table;
  table.add_row({"name", "tenant", "algorithm", "version", "uses", "modules", "created"});
  for (const KeyInfo& info : keys) {
    table.add_row({info.name.name, info.name.tenant, std::string(traits_of(info.algorithm).name),
                   std::to_string(info.version), uses_text(info), modules_text(info),
                   time_text(info.created_at)});
  }
  return table.text();
}

using Versions = std::vector<std::shared_ptr<const crypto::StoredKey>>;

Json versions_json(const Versions& versions) {
  Json array = Json::array();
  for (const auto& version : versions) {
    array.push_back({{"version", version->info.version},
                     {"created_at", time_text(version->info.created_at)},
                     {"public_key", public_key_json(version->info)}});
  }
  return array;
}

Result<std::string> key_text(const Versions& versions) {
  const KeyInfo& info = versions.front()->info;
  Table facts;
  facts.add_row({"name:", info.name.name});
  if (!info.name.tenant.empty()) facts.add_row({"tenant:", info.name.tenant});
  facts.add_row({"algorithm:", std::string(traits_of(info.algorithm).name)});
  facts.add_row({"uses:", uses_text(info)});
  facts.add_row({"modules:", modules_text(info)});
  Table list;
  list.add_row({"version", "created", "SHA-256 of the public key"});
  for (const auto& version : versions) {
    std::string print = TRY(fingerprint(version->info));
    list.add_row({std::to_string(version->info.version), time_text(version->info.created_at),
                  std::move(print)});
  }
  return facts.text() + list.text();
}

Json keys_json(const std::vector<KeyInfo>& keys) {
  Json array = Json::array();
  for (const KeyInfo& info : keys) array.push_back(to_json(info));
  return array;
}

}  // namespace

std::string shown(const crypto::KeyName& name) {
  return name.tenant.empty() ? fmt::format("\"{}\"", printable(name.name))
                             : fmt::format("\"{}\" of the tenant \"{}\"", printable(name.name),
                                           printable(name.tenant));
}

Json to_json(const KeyInfo& info) {
  return {{"name", info.name.name},
          {"tenant", or_null(info.name.tenant)},
          {"algorithm", traits_of(info.algorithm).name},
          {"version", info.version},
          {"uses", crypto::names_of(info.policy.uses)},
          {"modules", info.policy.modules},
          {"created_at", time_text(info.created_at)},
          {"public_key", public_key_json(info)}};
}

Json without_error(Json json) {
  Json whole{{"error", nullptr}};
  whole.update(json);
  return whole;
}

int list_keys(const KeysOptions& options, const Invocation& invocation) {
  return act_on_store(options, invocation, [&](KeyStore& store) -> Result<void> {
    std::vector<KeyInfo> keys = TRY(store.list());
    if (options.tenant) {
      std::erase_if(keys, [&](const KeyInfo& info) { return info.name.tenant != *options.tenant; });
    }
    std::ostream& out = invocation.streams().out;
    if (options.json) {
      print_json(out, {{"error", nullptr}, {"keys", keys_json(keys)}});
    } else {
      out << list_text(keys);
    }
    return {};
  });
}

int show_key(const KeysOptions& options, const Invocation& invocation) {
  return act_on_store(options, invocation, [&](KeyStore& store) -> Result<void> {
    const Versions versions = TRY(store.find_versions(options.key()));
    std::ostream& out = invocation.streams().out;
    if (!options.json) {
      out << TRY(key_text(versions));
      return {};
    }
    Json json = without_error(to_json(versions.front()->info));
    json["versions"] = versions_json(versions);
    print_json(out, json);
    return {};
  });
}

int verify_keys(const KeysOptions& options, const Invocation& invocation) {
  return act_on_store(options, invocation, [&](KeyStore& store) -> Result<void> {
    const std::size_t count = TRY(store.check());
    std::ostream& out = invocation.streams().out;
    if (options.json) {
      print_json(out, {{"error", nullptr}, {"keys", count}});
    } else {
      out << fmt::format("{}: ok, {} keys, all versions counted\n",
                         printable(find_key_file(options, invocation).value_or("")), count);
    }
    return {};
  });
}

}  // namespace synapsed::cli
