#include "crypto/hashing.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "base/try.hpp"
#include "crypto/openssl.hpp"

namespace synapsed::crypto {
namespace {

constexpr std::size_t kDigestBytesMax = std::size_t{1} << 20;
constexpr std::size_t kBlake2bBytesMax = 64;
constexpr std::size_t kTagBytesMin = 16;

struct Name {
  HashAlgorithm algorithm;
  const char* name;
};
constexpr std::array kNames{
    Name{HashAlgorithm::kSha224, "SHA2-224"},      Name{HashAlgorithm::kSha256, "SHA2-256"},
    Name{HashAlgorithm::kSha384, "SHA2-384"},      Name{HashAlgorithm::kSha512, "SHA2-512"},
    Name{HashAlgorithm::kSha512_256, "SHA2-512/256"}, Name{HashAlgorithm::kSha3_224, "SHA3-224"},
    Name{HashAlgorithm::kSha3_256, "SHA3-256"},    Name{HashAlgorithm::kSha3_384, "SHA3-384"},
    Name{HashAlgorithm::kSha3_512, "SHA3-512"},    Name{HashAlgorithm::kShake128, "SHAKE-128"},
    Name{HashAlgorithm::kShake256, "SHAKE-256"},   Name{HashAlgorithm::kKeccak256, "KECCAK-256"},
    Name{HashAlgorithm::kBlake2b, "BLAKE2B-512"},
};
static_assert(kNames.size() == 13);
constexpr std::size_t kCodes = 16;  // beyond the numbers of hashes

bool is_shake(HashAlgorithm algorithm) {
  return algorithm == HashAlgorithm::kShake128 || algorithm == HashAlgorithm::kShake256;
}

/// The length to make, where 0 asks for the algorithm's own.
Result<std::size_t> digest_length(HashAlgorithm algorithm, std::size_t asked) {
  const HashTraits& traits = traits_of(algorithm);
  if (asked == 0 || asked == traits.bytes) return traits.bytes;
  const std::size_t most =
      algorithm == HashAlgorithm::kBlake2b ? kBlake2bBytesMax : kDigestBytesMax;
  if (traits.has_length && asked <= most) return asked;
  return std::unexpected(invalid_argument(
      traits.has_length
          ? fmt::format("a digest of {} has 1 to {} bytes, not {}", traits.name, most, asked)
          : fmt::format("a digest of {} has {} bytes, not {}", traits.name, traits.bytes, asked)));
}

/// Begins a digest of `bytes`.
bool begin(EVP_MD_CTX* context, HashAlgorithm algorithm, std::size_t bytes) {
  if (algorithm != HashAlgorithm::kBlake2b) {
    return EVP_DigestInit_ex2(context, fetched(algorithm), nullptr) == 1;
  }
  auto size = static_cast<unsigned>(bytes);
  Parameters<1> parameters;
  parameters.add(OSSL_DIGEST_PARAM_SIZE, size);
  return EVP_DigestInit_ex2(context, fetched(algorithm), parameters.get()) == 1;
}

bool end(EVP_MD_CTX* context, HashAlgorithm algorithm, std::span<std::byte> digest) {
  return (is_shake(algorithm) ? EVP_DigestFinalXOF(context, out(digest), digest.size())
                              : EVP_DigestFinal_ex(context, out(digest), nullptr)) == 1;
}

/// A context of HMAC with that hash, to begin with a key.
EvpMacContext hmac_context(HashAlgorithm algorithm) {
  // Copied, because looking the hash up by its name takes as long as a short message.
  static const std::array prepared = [] {
    const EvpMac hmac(EVP_MAC_fetch(library(), "HMAC", nullptr));
    std::array<EvpMacContext, kCodes> all;
    for (const Name& row : kNames) {
      if (traits_of(row.algorithm).has_length) continue;
      Parameters<1> parameters;
      parameters.add(OSSL_MAC_PARAM_DIGEST, row.name);
      EvpMacContext context(EVP_MAC_CTX_new(hmac.get()));
      if (context && EVP_MAC_CTX_set_params(context.get(), parameters.get()) == 1) {
        all.at(static_cast<std::size_t>(row.algorithm)) = std::move(context);
      }
    }
    return all;
  }();
  const EvpMacContext& context = prepared.at(static_cast<std::size_t>(algorithm));
  return EvpMacContext(context ? EVP_MAC_CTX_dup(context.get()) : nullptr);
}

bool begin_hmac(EVP_MAC_CTX* context, ByteSpan key) {
  constexpr unsigned char kNoKey = 0;  // a null key would mean the one before
  return EVP_MAC_init(context, key.empty() ? &kNoKey : in(key), key.size(), nullptr) == 1;
}

}  // namespace

const char* openssl_name(HashAlgorithm algorithm) {
  return std::ranges::find(kNames, algorithm, &Name::algorithm)->name;
}

const EVP_MD* fetched(HashAlgorithm algorithm) {
  static const std::array hashes = [] {
    std::array<EvpHash, kCodes> all;
    for (const Name& row : kNames) {
      all.at(static_cast<std::size_t>(row.algorithm)).reset(EVP_MD_fetch(library(), row.name, nullptr));
    }
    return all;
  }();
  return hashes.at(static_cast<std::size_t>(algorithm)).get();
}

Result<void> need_fixed_length(HashAlgorithm algorithm) {
  const HashTraits& traits = traits_of(algorithm);
  if (!traits.has_length) return {};
  return std::unexpected(Error(ErrorCode::kCryptoUnsupported,
                               fmt::format("{} is not used with HMAC", traits.name))
                             .help("take a hash with digests of one length"));
}

struct Hasher::Impl {
  HashAlgorithm algorithm;
  std::size_t bytes;
  EvpHashContext hash;  // one of the two
  EvpMacContext mac;
  bool is_new = true;  // nothing was added since it began

  void restart() {
    if (is_new) return;
    is_new = true;
    if (mac) {
      EVP_MAC_init(mac.get(), nullptr, 0, nullptr);
    } else {
      begin(hash.get(), algorithm, bytes);
    }
  }
};

Hasher::Hasher(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Hasher::Hasher(Hasher&&) noexcept = default;
Hasher& Hasher::operator=(Hasher&&) noexcept = default;
Hasher::~Hasher() = default;

Result<Hasher> Hasher::create(HashAlgorithm algorithm, std::size_t digest_bytes) {
  const std::size_t bytes = TRY(digest_length(algorithm, digest_bytes));
  EvpHashContext context(EVP_MD_CTX_new());
  if (!context || !begin(context.get(), algorithm, bytes)) {
    return std::unexpected(engine_fault("hashing"));
  }
  return Hasher(std::make_unique<Impl>(
      Impl{.algorithm = algorithm, .bytes = bytes, .hash = std::move(context), .mac = {}}));
}

Result<Hasher> Hasher::create_hmac(HashAlgorithm algorithm, ByteSpan key) {
  TRY(need_fixed_length(algorithm));
  EvpMacContext context = hmac_context(algorithm);
  if (!context || !begin_hmac(context.get(), key)) return std::unexpected(engine_fault("HMAC"));
  return Hasher(std::make_unique<Impl>(Impl{.algorithm = algorithm,
                                            .bytes = traits_of(algorithm).bytes,
                                            .hash = {},
                                            .mac = std::move(context)}));
}

void Hasher::update(ByteSpan bytes) {
  impl_->is_new = false;
  if (impl_->mac) {
    EVP_MAC_update(impl_->mac.get(), in(bytes), bytes.size());
  } else {
    EVP_DigestUpdate(impl_->hash.get(), bytes.data(), bytes.size());
  }
}

std::size_t Hasher::digest_bytes() const { return impl_->bytes; }

void Hasher::finish(std::span<std::byte> digest) {
  const auto place = digest.first(impl_->bytes);
  if (impl_->mac) {
    std::size_t written = 0;
    EVP_MAC_final(impl_->mac.get(), out(place), &written, place.size());
  } else {
    end(impl_->hash.get(), impl_->algorithm, place);
  }
  impl_->is_new = false;
  impl_->restart();
}

Bytes Hasher::finish() {
  Bytes digest(impl_->bytes);
  finish(digest);
  return digest;
}

Result<void> hash_into(HashAlgorithm algorithm, ByteSpan data, std::span<std::byte> digest) {
  const std::size_t bytes = TRY(digest_length(algorithm, digest.size()));
  if (bytes != digest.size()) {
    return std::unexpected(invalid_argument("there is no room for a digest"));
  }
  const EvpHashContext context(EVP_MD_CTX_new());
  if (!context || !begin(context.get(), algorithm, bytes) ||
      EVP_DigestUpdate(context.get(), data.data(), data.size()) != 1 ||
      !end(context.get(), algorithm, digest)) {
    return std::unexpected(engine_fault("hashing"));
  }
  return {};
}

Result<Bytes> hash(HashAlgorithm algorithm, ByteSpan data, std::size_t digest_bytes) {
  Bytes digest(TRY(digest_length(algorithm, digest_bytes)));
  TRY(hash_into(algorithm, data, digest));
  return digest;
}

Result<void> hmac_into(HashAlgorithm algorithm, ByteSpan key, ByteSpan data,
                       std::span<std::byte> tag) {
  TRY(need_fixed_length(algorithm));
  if (tag.size() != traits_of(algorithm).bytes) {
    return std::unexpected(invalid_argument("there is no room for a tag"));
  }
  const EvpMacContext context = hmac_context(algorithm);
  std::size_t written = 0;
  if (!context || !begin_hmac(context.get(), key) ||
      EVP_MAC_update(context.get(), in(data), data.size()) != 1 ||
      EVP_MAC_final(context.get(), out(tag), &written, tag.size()) != 1) {
    return std::unexpected(engine_fault("HMAC"));
  }
  return {};
}

Result<Bytes> hmac(HashAlgorithm algorithm, ByteSpan key, ByteSpan data) {
  Bytes tag(traits_of(algorithm).bytes);
  TRY(hmac_into(algorithm, key, data, tag));
  return tag;
}

Result<void> verify_hmac(HashAlgorithm algorithm, ByteSpan key, ByteSpan data, ByteSpan tag) {
  const Bytes whole = TRY(hmac(algorithm, key, data));
  if (tag.size() < kTagBytesMin || tag.size() > whole.size() ||
      !equal_in_constant_time(ByteSpan(whole).first(tag.size()), tag)) {
    return std::unexpected(not_authentic());
  }
  return {};
}

}  // namespace synapsed::crypto
