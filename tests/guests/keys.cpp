// Uses keys of the host that it has no bytes of.

#include <cstddef>
#include <cstdint>
#include <expected>
#include <span>
#include <string_view>
#include <vector>

#include <synapsed/crypto.hpp>
#include <synapsed/guest.hpp>

namespace {

namespace crypto = synapsed::crypto;
using Bytes = std::vector<std::byte>;
using In = std::span<const std::byte>;
using Answer = std::expected<Bytes, std::int32_t>;

template <typename Call>
Answer filled(std::size_t most, const Call& call) {
  Bytes buffer(most);
  const std::int32_t length = call(std::span(buffer));
  if (length < 0) return std::unexpected(length);
  buffer.resize(static_cast<std::size_t>(length));
  return buffer;
}

/// Opens the key, calls with its number, and closes it.
template <typename Call>
Answer with_key(std::string_view name, const Call& call) {
  const std::int32_t opened = crypto::key_open(name);
  if (opened < 0) return std::unexpected(opened);
  const auto key = static_cast<std::uint32_t>(opened);
  Answer answer = call(key);
  crypto::key_close(key);
  return answer;
}

}  // namespace

Answer sign(std::string_view name, In message) {
  return with_key(name, [&](std::uint32_t key) {
    return filled(50'000, [&](auto out) { return crypto::key_sign(key, message, {}, out); });
  });
}
SYNAPSED_EXPORT(sign, "func(name: string, message: list<u8>) -> result<list<u8>, s32>")

std::int32_t verify(std::string_view name, In message, In signature) {
  const std::int32_t key = crypto::key_open(name);
  return key < 0 ? key
                 : crypto::key_verify(static_cast<std::uint32_t>(key), message, signature, {});
}
SYNAPSED_EXPORT(verify, "func(name: string, message: list<u8>, signature: list<u8>) -> s32")

Answer seal(std::string_view name, In associated, In plaintext) {
  return with_key(name, [&](std::uint32_t key) {
    return filled(plaintext.size() + 36, [&](auto out) {
      return crypto::key_seal(key, associated, plaintext, out);
    });
  });
}
SYNAPSED_EXPORT(seal, "func(name: string, associated: list<u8>, plaintext: list<u8>) "
                      "-> result<list<u8>, s32>")

Answer unseal(std::string_view name, In associated, In sealed) {
  return with_key(name, [&](std::uint32_t key) {
    return filled(sealed.size(), [&](auto out) {
      return crypto::key_unseal(key, associated, sealed, out);
    });
  });
}
SYNAPSED_EXPORT(unseal, "func(name: string, associated: list<u8>, sealed: list<u8>) "
                        "-> result<list<u8>, s32>")

Answer open_envelope(std::string_view name, In envelope) {
  return with_key(name, [&](std::uint32_t key) {
    return filled(envelope.size(), [&](auto out) {
      return crypto::key_envelope_open(key, {}, {}, envelope, out);
    });
  });
}
SYNAPSED_EXPORT(open_envelope, "func(name: string, envelope: list<u8>) -> result<list<u8>, s32>")

Answer public_key(std::string_view name) {
  return with_key(name, [&](std::uint32_t key) {
    return filled(8192, [&](auto out) { return crypto::key_public(key, out); });
  });
}
SYNAPSED_EXPORT(public_key, "func(name: string) -> result<list<u8>, s32>")

Answer export_key(std::string_view name) {
  return with_key(name, [&](std::uint32_t key) {
    return filled(8192, [&](auto out) { return crypto::key_export(key, out); });
  });
}
SYNAPSED_EXPORT(export_key, "func(name: string) -> result<list<u8>, s32>")

/// Wraps one key with another, opens what it wrapped, and signs with that.
Answer sign_with_wrapped(std::string_view wrapping, std::string_view name, In message) {
  return with_key(wrapping, [&](std::uint32_t by) {
    return with_key(name, [&](std::uint32_t key) -> Answer {
      const Answer wrapped =
          filled(8192, [&](auto out) { return crypto::key_wrap(by, key, out); });
      if (!wrapped) return wrapped;
      const std::int32_t unwrapped = crypto::key_unwrap(by, *wrapped);
      if (unwrapped < 0) return std::unexpected(unwrapped);
      return filled(50'000, [&](auto out) {
        return crypto::key_sign(static_cast<std::uint32_t>(unwrapped), message, {}, out);
      });
    });
  });
}
SYNAPSED_EXPORT(sign_with_wrapped, "func(wrapping: string, name: string, message: list<u8>) "
                                   "-> result<list<u8>, s32>")

/// What becomes of a wrapped key that somebody tries to unseal as data.
Answer unseal_wrapped(std::string_view wrapping, std::string_view name) {
  return with_key(wrapping, [&](std::uint32_t by) {
    return with_key(name, [&](std::uint32_t key) -> Answer {
      const Answer wrapped =
          filled(8192, [&](auto out) { return crypto::key_wrap(by, key, out); });
      if (!wrapped) return wrapped;
      return filled(8192, [&](auto out) { return crypto::key_unseal(by, {}, *wrapped, out); });
    });
  });
}
SYNAPSED_EXPORT(unseal_wrapped, "func(wrapping: string, name: string) -> result<list<u8>, s32>")

/// Makes a key and keeps it under the name.
std::int32_t make(std::string_view name, std::uint32_t algorithm, std::uint32_t uses) {
  const std::int32_t key =
      crypto::key_generate(static_cast<crypto::KeyAlgorithm>(algorithm), uses);
  return key < 0 ? key : crypto::key_save(static_cast<std::uint32_t>(key), name);
}
SYNAPSED_EXPORT(make, "func(name: string, algorithm: u32, uses: u32) -> s32")

/// Uses a number that was never given, or no longer.
std::int32_t sign_with_number(std::uint32_t key) {
  Bytes signature(8192);
  return crypto::key_sign(key, {}, {}, signature);
}
SYNAPSED_EXPORT(sign_with_number, "func(key: u32) -> s32")

std::int32_t use_after_close(std::string_view name) {
  const std::int32_t key = crypto::key_open(name);
  if (key < 0) return key;
  crypto::key_close(static_cast<std::uint32_t>(key));
  return sign_with_number(static_cast<std::uint32_t>(key));
}
SYNAPSED_EXPORT(use_after_close, "func(name: string) -> s32")

/// How many it may have open.
std::int32_t open_many(std::string_view name, std::uint32_t count) {
  for (std::uint32_t i = 0; i < count; ++i) {
    const std::int32_t key = crypto::key_open(name);
    if (key < 0) return key;
  }
  return 0;
}
SYNAPSED_EXPORT(open_many, "func(name: string, count: u32) -> s32")
