// `synapsed keys public`, `import` and `export`.

#include <fcntl.h>

#include <fmt/format.h>

#include "base/bytes.hpp"
#include "base/try.hpp"
#include "cli/input.hpp"
#include "cli/keys.hpp"
#include "cli/output.hpp"
#include "crypto/secret_file.hpp"

namespace synapsed::cli {
namespace {

using crypto::KeyStore;
using crypto::KeyUse;
using crypto::PublicKey;
using crypto::SecretBytes;
using crypto::SecretKey;

/// Above any encoding of a key.
constexpr std::size_t kImportBytesMax = std::size_t{64} << 10;

Bytes bytes_of(std::string_view text) {
  const ByteSpan bytes = as_bytes(text);
  return {bytes.begin(), bytes.end()};
}

/// PEM where the algorithm has it, when nothing else was asked for.
bool has_default(const KeysOptions& options, const Error& error) {
  return !options.format && error.code() == ErrorCode::kCryptoUnsupported;
}

struct PublicBytes {
  Bytes bytes;
  bool is_text = false;
};

Result<PublicBytes> encode_public(const KeysOptions& options, const PublicKey& key) {
  if (options.format == "raw") return PublicBytes{.bytes = key.to_raw()};
  if (options.format == "spki") {
    Bytes bytes = TRY(key.to_spki());
    return PublicBytes{.bytes = std::move(bytes)};
  }
  const auto pem = key.to_pem();
  if (pem) return PublicBytes{.bytes = bytes_of(*pem), .is_text = true};
  if (has_default(options, pem.error())) return PublicBytes{.bytes = key.to_raw()};
  return std::unexpected(pem.error());
}

Result<SecretBytes> encode_secret(const KeysOptions& options, const SecretKey& key) {
  if (options.format == "raw") return key.to_raw();
  if (options.format == "pkcs8") return key.to_pkcs8();
  auto pem = key.to_pem();
  if (!pem && has_default(options, pem.error())) return key.to_raw();
  return pem;
}

Result<SecretBytes> read_key(const std::string& file, const Invocation& invocation) {
  if (file == "-") {
    return crypto::read_secret(invocation.streams().in, input_name(file), kImportBytesMax);
  }
  return crypto::read_secret_file(file, kImportBytesMax);
}

std::string format_of(const KeysOptions& options, std::string_view content) {
  if (options.format) return *options.format;
  return content.starts_with("-----BEGIN") ? "pem" : "raw";
}

Result<SecretKey> decode_secret(const KeysOptions& options, const SecretBytes& content) {
  const auto algorithm = crypto::find_key_algorithm(options.algorithm.value_or(""));
  const std::string format = format_of(options, as_text(content.view()));
  if (format == "raw" && !algorithm) {
    return std::unexpected(
        Error(ErrorCode::kCryptoInvalidArgument, "raw bytes do not say of which algorithm they are")
            .help("--algorithm NAME"));
  }
  if (format == "raw") return SecretKey::from_raw(*algorithm, content.view());
  SecretKey key = TRY(format == "pem" ? SecretKey::from_pem(as_text(content.view()))
                                      : SecretKey::from_pkcs8(content.view()));
  if (!algorithm || key.algorithm() == *algorithm) return key;
  return std::unexpected(
      Error(ErrorCode::kCryptoInvalidKey,
            fmt::format("it is a key of {}, not of {}", traits_of(key.algorithm()).name,
                        traits_of(*algorithm).name)));
}

/// To the file that is named, or else to standard output.
Result<void> deliver(const KeysOptions& options, const Invocation& invocation, ByteSpan bytes,
                     FileAccess access) {
  if (options.out && *options.out != "-") return write_output(*options.out, bytes, access);
  invocation.streams().out << as_text(bytes);
  return {};
}

bool goes_to_terminal(const KeysOptions& options, const Invocation& invocation) {
  return invocation.streams().out_is_terminal && (!options.out || *options.out == "-");
}

Error not_shown(std::string message, std::string hint) {
  return Error(ErrorCode::kCryptoKeyDenied, std::move(message)).help(std::move(hint));
}

}  // namespace

int write_public_key(const KeysOptions& options, const Invocation& invocation) {
  return act_on_store(options, invocation, [&](KeyStore& store) -> Result<void> {
    const auto key = TRY(store.find(options.key()));
    const PublicKey public_key = TRY(key->key.public_key());
    const PublicBytes encoded = TRY(encode_public(options, public_key));
    if (!encoded.is_text && goes_to_terminal(options, invocation)) {
      return std::unexpected(not_shown("binary is not written to a terminal",
                                       "name a file with -o, or redirect the output"));
    }
    return deliver(options, invocation, encoded.bytes, FileAccess::kAsUsual);
  });
}

int import_key(const KeysOptions& options, const Invocation& invocation) {
  return act_on_store(options, invocation, [&](KeyStore& store) -> Result<void> {
    const SecretBytes content = TRY(read_key(options.file, invocation));
    auto key = decode_secret(options, content);
    if (!key) return std::unexpected(in_file(key.error(), input_name(options.file)));
    const KeyUse uses = TRY(uses_of(options, key->algorithm()));
    const auto info = TRY(store.add(options.key(), std::move(*key), {uses, options.modules}));
    invocation.streams().out << fmt::format("imported {}, {}\n", shown(info.name),
                                            traits_of(info.algorithm).name);
    return {};
  });
}

int export_key(const KeysOptions& options, const Invocation& invocation) {
  if (goes_to_terminal(options, invocation) && !options.force) {
    return report_bad_usage(invocation.streams(), invocation.coloured_errors,
                            "a secret key is not shown on a terminal",
                            "name a file with -o, redirect the output, or insist with --force");
  }
  return act_on_store(options, invocation, [&](KeyStore& store) -> Result<void> {
    const auto key = TRY(store.find(options.key()));
    if (!allows(key->info.policy.uses, KeyUse::kExport)) {
      return std::unexpected(
          not_shown(fmt::format("the policy of {} does not allow its export", shown(options.key())),
                    "synapsed keys policy NAME --use …,export allows it"));
    }
    const SecretBytes encoded = TRY(encode_secret(options, key->key));
    return deliver(options, invocation, encoded.view(), FileAccess::kOwnerOnly);
  });
}

}  // namespace synapsed::cli
