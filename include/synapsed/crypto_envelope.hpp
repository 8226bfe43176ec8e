#pragma once

/// \file
/// Hybrid public-key encryption: a KEM, HKDF and AES-256-GCM, in an envelope whose format is
/// documented (docs/formats/envelope.md). Owned by the room `crypto`.
///
///     const Bytes envelope = crypto::seal_envelope(public_key, plaintext).value();
///     const SecretBytes again = crypto::open_envelope(secret_key, envelope).value();
///
/// Errors: `crypto.unsupported` for a key that is no KEM's, `crypto.invalid_envelope` for bytes that
/// are none or none for this key's algorithm, `crypto.not_authentic` for everything that does not
/// decrypt: another key, context or associated data, any change, parts missing, repeated or in
/// another order.
///
/// Thread rule: functions are safe from any thread, an object belongs to one at a time.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include <synapsed/crypto_keys.hpp>

namespace synapsed::crypto {

/// What both sides know beside the key; neither is in the envelope.
struct EnvelopeOptions {
  std::span<const std::byte> context;     ///< what the envelope is for: an application, a purpose
  std::span<const std::byte> associated;  ///< what it belongs to: a record's name, a sender
};

/// Data of any length is encrypted in parts of so many bytes, the last one of fewer or as many; only
/// an envelope of nothing has an empty one.
inline constexpr std::size_t kEnvelopePartBytes = std::size_t{1} << 16;

/// Of an envelope to a key of that KEM.
[[nodiscard]] std::size_t envelope_header_bytes(KeyAlgorithm algorithm);
/// Of the whole envelope.
[[nodiscard]] std::size_t envelope_bytes(KeyAlgorithm algorithm, std::size_t plaintext_bytes);
/// The KEM of an envelope, from its first bytes.
[[nodiscard]] Result<KeyAlgorithm> envelope_algorithm(std::span<const std::byte> envelope);

[[nodiscard]] Result<Bytes> seal_envelope(const PublicKey& key,
                                          std::span<const std::byte> plaintext,
                                          const EnvelopeOptions& options = {},
                                          Entropy& entropy = system_entropy());
[[nodiscard]] Result<SecretBytes> open_envelope(const SecretKey& key,
                                                std::span<const std::byte> envelope,
                                                const EnvelopeOptions& options = {});

class EnvelopeStream;  // the key, and the number of the next part

/// Makes an envelope of data that comes in parts.
class EnvelopeSealer {
 public:
  [[nodiscard]] static Result<EnvelopeSealer> create(const PublicKey& key,
                                                     const EnvelopeOptions& options = {},
                                                     Entropy& entropy = system_entropy());
  EnvelopeSealer(EnvelopeSealer&&) noexcept;
  EnvelopeSealer& operator=(EnvelopeSealer&&) noexcept;
  ~EnvelopeSealer();

  [[nodiscard]] const Bytes& header() const { return header_; }  ///< what the envelope begins with
  /// The next part, 16 bytes longer. Error: `crypto.invalid_argument` for a length that a part does
  /// not have, and after the last.
  [[nodiscard]] Result<Bytes> next(std::span<const std::byte> plaintext, bool is_last);

 private:
  EnvelopeSealer(Bytes header, std::unique_ptr<EnvelopeStream> stream);
  Bytes header_;
  std::unique_ptr<EnvelopeStream> stream_;
};

/// Opens an envelope whose parts come one by one. Parts are genuine as they come out; whether none is
/// missing at the end is known with the last.
class EnvelopeOpener {
 public:
  /// `header`: the first `envelope_header_bytes` of the envelope.
  [[nodiscard]] static Result<EnvelopeOpener> create(const SecretKey& key,
                                                     std::span<const std::byte> header,
                                                     const EnvelopeOptions& options = {});
  EnvelopeOpener(EnvelopeOpener&&) noexcept;
  EnvelopeOpener& operator=(EnvelopeOpener&&) noexcept;
  ~EnvelopeOpener();

  /// Error: `crypto.not_authentic`; nothing more is opened then.
  [[nodiscard]] Result<SecretBytes> next(std::span<const std::byte> sealed, bool is_last);

 private:
  explicit EnvelopeOpener(std::unique_ptr<EnvelopeStream> stream);
  std::unique_ptr<EnvelopeStream> stream_;
};

}  // namespace synapsed::crypto
