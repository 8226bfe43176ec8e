// Hashes, authentication, derivation, random bytes.

#include <algorithm>
#include <array>

#include "crypto/bindings/bindings.hpp"
#include "crypto/hashing.hpp"

namespace synapsed::crypto {
namespace {

constexpr std::size_t kRandomBytesMax = std::size_t{1} << 20;
constexpr std::uint32_t kPbkdf2IterationsMax = 10'000'000;
constexpr std::size_t kPbkdf2BytesMax = 1024;

/// As long as the algorithm's, or as the room where any length may be asked for.
std::size_t digest_bytes(HashAlgorithm algorithm, std::size_t room) {
  const HashTraits& traits = traits_of(algorithm);
  return traits.has_length ? room : traits.bytes;
}

GuestResult hash_once(CallContext& call, std::uint32_t number, ByteSpan data,
                      const GuestBuffer& digest) {
  const HashAlgorithm algorithm = TRY(hash_algorithm(number));
  const auto room = TRY(room_for(digest, digest_bytes(algorithm, digest.capacity())));
  TRY(pay(call, HashWork::kHash, algorithm, data.size() + room.size()));
  // The digest may lie in what is hashed.
  std::array<std::byte, 64> small;
  const bool fits = room.size() <= small.size();
  const auto place = fits ? std::span(small).first(room.size()) : room;
  TRY(for_guest(hash_into(algorithm, data, place)));
  if (fits) std::ranges::copy(place, room.begin());
  return static_cast<std::int32_t>(room.size());
}

GuestResult finish(CallContext& call, const Options& options, std::uint32_t number,
                   const GuestBuffer& digest) {
  OpenObjects& objects = objects_of(call, options);
  DigestStream& stream = *TRY(objects.find<DigestStream>(number));
  const auto room = TRY(room_for(digest, stream.hasher.digest_bytes()));
  TRY(pay(call, stream.work, stream.algorithm, room.size()));
  stream.hasher.finish(room);
  objects.close(number);
  return static_cast<std::int32_t>(room.size());
}

GuestResult fill_random(CallContext& call, const Options& options, std::span<std::byte> bytes) {
  if (bytes.size() > kRandomBytesMax) {
    return std::unexpected(guest_error(ErrorCode::kGuestInvalidArgument));
  }
  TRY(pay(call, OtherWork::kRandom, bytes.size()));
  if (RandomStream* stream = CallContextAccess::scope(call).random.get(); stream != nullptr) {
    stream->fill(bytes);
    return 0;
  }
  Entropy* entropy = TRY(secret_entropy(call, options));
  TRY(for_guest(entropy->fill(bytes)));
  return 0;
}

GuestResult give_secret(const GuestBuffer& output, const SecretBytes& bytes) {
  TRY(give(output, bytes.view()));
  return 0;
}

Result<void> check_argon2(const Options& options, const Argon2Cost& cost) {
  const Argon2Cost& most = options->argon2_most;
  if (cost.memory_kib <= most.memory_kib && cost.passes <= most.passes &&
      cost.lanes <= most.lanes) {
    return {};
  }
  return std::unexpected(guest_error(ErrorCode::kGuestInvalidArgument));
}

}  // namespace

void define_digests(const Bindings& bindings) {
  const Options options = bindings.options();
  bindings.define("hash", [](CallContext& call, std::uint32_t algorithm, GuestBytes data,
                             GuestBuffer digest) {
    return hash_once(call, algorithm, data.view(), digest);
  });
  bindings.define("hash_begin", [options](CallContext& call, std::uint32_t number,
                                          std::uint32_t digest_bytes) -> GuestResult {
    const HashAlgorithm algorithm = TRY(hash_algorithm(number));
    TRY(pay(call, HashWork::kHash, algorithm));
    Hasher hasher = TRY(for_guest(Hasher::create(algorithm, digest_bytes)));
    return objects_of(call, options)
        .add(DigestStream{std::move(hasher), HashWork::kHash, algorithm});
  });
  bindings.define("hmac", [](CallContext& call, std::uint32_t number, GuestBytes key,
                             GuestBytes data, GuestBuffer tag) -> GuestResult {
    const HashAlgorithm algorithm = TRY(hash_algorithm(number));
    TRY(for_guest(need_fixed_length(algorithm)));
    TRY(pay(call, HashWork::kHmac, algorithm, key.view().size() + data.view().size()));
    std::array<std::byte, 64> made;  // the tag may lie in what it is of
    const auto whole = std::span(made).first(traits_of(algorithm).bytes);
    TRY(room_for(tag, whole.size()));
    TRY(for_guest(hmac_into(algorithm, key.view(), data.view(), whole)));
    return give(tag, whole);
  });
  bindings.define("hmac_begin", [options](CallContext& call, std::uint32_t number,
                                          GuestBytes key) -> GuestResult {
    const HashAlgorithm algorithm = TRY(hash_algorithm(number));
    TRY(for_guest(need_fixed_length(algorithm)));
    TRY(pay(call, HashWork::kHmac, algorithm, key.view().size()));
    Hasher hasher = TRY(for_guest(Hasher::create_hmac(algorithm, key.view())));
    return objects_of(call, options)
        .add(DigestStream{std::move(hasher), HashWork::kHmac, algorithm});
  });
  bindings.define("digest_update", [options](CallContext& call, std::uint32_t number,
                                             GuestBytes data) -> GuestResult {
    DigestStream& stream = *TRY(objects_of(call, options).find<DigestStream>(number));
    TRY(pay(call, stream.work, stream.algorithm, data.view().size()));
    stream.hasher.update(data.view());
    return 0;
  });
  bindings.define("digest_finish", [options](CallContext& call, std::uint32_t number,
                                             GuestBuffer digest) {
    return finish(call, options, number, digest);
  });
  bindings.define("digest_close", [options](CallContext& call,
                                            std::uint32_t number) -> GuestResult {
    OpenObjects& objects = objects_of(call, options);
    TRY(objects.find<DigestStream>(number));
    objects.close(number);
    return 0;
  });
  bindings.define("equal", [](GuestBytes left, GuestBytes right) -> std::int32_t {
    return equal_in_constant_time(left.view(), right.view()) ? 1 : 0;
  });
  bindings.define("random", [options](CallContext& call, GuestBuffer bytes) {
    return fill_random(call, options, bytes.room());
  });
  bindings.define("hkdf", [](CallContext& call, std::uint32_t number, GuestBytes key,
                             GuestBytes salt, GuestBytes info, GuestBuffer output) -> GuestResult {
    const HashAlgorithm algorithm = TRY(hash_algorithm(number));
    TRY(for_guest(need_fixed_length(algorithm)));
    const std::size_t digest = traits_of(algorithm).bytes;
    if (output.capacity() > 255 * digest) {
      return std::unexpected(guest_error(ErrorCode::kGuestInvalidArgument));
    }
    const std::uint64_t blocks = (output.capacity() + digest - 1) / digest;
    TRY(pay(call, HashWork::kHmac, algorithm, key.view().size() + salt.view().size()));
    TRY(call.charge(blocks * price_of(HashWork::kHmac, algorithm, info.view().size())));
    return give_secret(output, TRY(for_guest(hkdf(algorithm, key.view(), salt.view(), info.view(),
                                                  output.capacity()))));
  });
  bindings.define("pbkdf2", [](CallContext& call, std::uint32_t number, GuestBytes password,
                               GuestBytes salt, std::uint32_t iterations,
                               GuestBuffer output) -> GuestResult {
    const HashAlgorithm algorithm = TRY(hash_algorithm(number));
    TRY(for_guest(need_fixed_length(algorithm)));
    if (iterations > kPbkdf2IterationsMax || output.capacity() > kPbkdf2BytesMax) {
      return std::unexpected(guest_error(ErrorCode::kGuestInvalidArgument));
    }
    const std::size_t digest = traits_of(algorithm).bytes;
    const std::uint64_t blocks = (output.capacity() + digest - 1) / digest;
    TRY(pay(call, HashWork::kHmac, algorithm, password.view().size() + salt.view().size()));
    TRY(call.charge(blocks * iterations * price_of(OtherWork::kPbkdf2)));
    return give_secret(output, TRY(for_guest(pbkdf2(algorithm, password.view(), salt.view(),
                                                    iterations, output.capacity()))));
  });
  bindings.define("argon2id", [options](CallContext& call, GuestBytes password, GuestBytes salt,
                                        std::uint32_t memory_kib, std::uint32_t passes,
                                        std::uint32_t lanes, GuestBuffer output) -> GuestResult {
    const Argon2Cost cost{.memory_kib = memory_kib, .passes = passes, .lanes = lanes};
    TRY(check_argon2(options, cost));
    TRY(pay(call, OtherWork::kArgon2id, std::uint64_t{memory_kib} * passes * 1024));
    return give_secret(output, TRY(for_guest(argon2id(password.view(), salt.view(), cost,
                                                      output.capacity()))));
  });
}

}  // namespace synapsed::crypto
