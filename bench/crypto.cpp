// What crypto costs guests: beside the same calls of OpenSSL made natively, in the same run, and how
// far its gas is off from what guest code costs for the same gas.
//
//     bench_crypto [cost|gas|prices]
//
// `prices` prints the table that would be right here, for abi/crypto_prices.toml.

#include <cmath>
#include <cstdlib>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <openssl/rand.h>
#include <secp256k1.h>
#include <synapsed/crypto.hpp>

#include "bench/crypto_guest.hpp"
#include "bench/measure.hpp"
#include "bench/raw_engine.hpp"
#include "bench/subject.hpp"
#include "crypto/hashing.hpp"
#include "crypto/openssl.hpp"

namespace synapsed::bench {
namespace {

using crypto::HashAlgorithm;
using crypto::KeyAlgorithm;
using crypto::KeyKind;
using crypto::KeyTraits;

constexpr double kBelowNs = 20'000;  // operations below it are measured by what is added
constexpr double kAddedNsMax = 150;
constexpr double kRatioMax = 1.10;

void need(bool condition, std::string_view what) {
  if (condition) return;
  fmt::print(stderr, "{} failed natively\n", what);
  std::exit(1);
}

std::uint32_t number(HashAlgorithm algorithm) { return static_cast<std::uint32_t>(algorithm); }
std::uint32_t number(KeyAlgorithm algorithm) { return static_cast<std::uint32_t>(algorithm); }

Bytes zeros(std::size_t size) { return Bytes(size); }

/// Keys of every algorithm, in a store for guests and at hand.
class Keys {
 public:
  Keys() : store_(std::make_shared<crypto::KeyStore>(crypto::KeyStore::in_memory())) {
    for (const KeyTraits& traits : crypto::key_algorithms()) {
      must(store_->generate({.tenant = "", .name = std::string(traits.name)}, traits.algorithm,
                            {.uses = crypto::KeyUse::kSign | crypto::KeyUse::kVerify |
                                     crypto::KeyUse::kDecrypt | crypto::KeyUse::kEncrypt,
                             .modules = {"bench"}}));
    }
  }
  [[nodiscard]] const std::shared_ptr<crypto::KeyStore>& store() const { return store_; }
  [[nodiscard]] std::shared_ptr<const crypto::StoredKey> of(KeyAlgorithm algorithm) const {
    return must(store_->find(
        {.tenant = "", .name = std::string(crypto::traits_of(algorithm).name)}));
  }
  [[nodiscard]] Bytes public_raw(KeyAlgorithm algorithm) const {
    return of(algorithm)->info.public_key->to_raw();
  }
  [[nodiscard]] Bytes secret_raw(KeyAlgorithm algorithm) const {
    const auto secret = of(algorithm)->key.to_raw();
    return {secret.view().begin(), secret.view().end()};
  }

 private:
  std::shared_ptr<crypto::KeyStore> store_;
};

WasmRuntime make_runtime(const Keys& keys, bool is_metered) {
  RuntimeConfig config = RuntimeConfig::production();
  config.metering.enable = is_metered;
  config.limits.timeout = std::chrono::hours{1};
  WasmRuntime runtime = must(WasmRuntime::create(config));
  for (auto& [name, function] : crypto::create_crypto_host_functions({.keys = keys.store()})) {
    runtime.register_host_function(name, std::move(function));
  }
  return runtime;
}

// --- Beside OpenSSL. ---

struct Native {
  std::string name;
  CryptoCall call;
  std::function<void()> raw;
  std::uint64_t times;
};

crypto::EvpKey key_from(const char* name, int selection, const char* what, const Bytes& bytes) {
  crypto::Parameters<1> parameters;
  parameters.add(what, bytes);
  const crypto::EvpKeyContext context(EVP_PKEY_CTX_new_from_name(crypto::library(), name, nullptr));
  EVP_PKEY* key = nullptr;
  need(EVP_PKEY_fromdata_init(context.get()) == 1 &&
           EVP_PKEY_fromdata(context.get(), &key, selection, parameters.get()) == 1,
       name);
  return crypto::EvpKey(key);
}

class BesideOpenSsl {
 public:
  BesideOpenSsl() : runtime_(make_runtime(keys_, false)) {}

  void run() {
    fmt::print("| {:<34} | {:>12} | {:>12} | ratio | {:>10} | |\n", "", "guest", "native", "more");
    fmt::print("|---|---:|---:|---:|---:|---|\n");
    hashes();
    ciphers();
    signatures();
    kems();
    fmt::print("{} of {} within the bounds: +{:.0f} ns below {:.0f} µs, {:.2f} above; 1 MiB of "
               "hashing 1.02\n",
               met_, all_, kAddedNsMax, kBelowNs / 1000, kRatioMax);
  }

 private:
  void compare_call(const Native& native, double ratio_max = kRatioMax) {
    CryptoGuest guest(runtime_, native.call);
    const Pair pair = compare([&](std::uint64_t times) { guest.run(times); },
                              [&](std::uint64_t times) {
                                for (std::uint64_t i = 0; i < times; ++i) native.raw();
                              },
                              native.times, 21);
    const double more = pair.ours - pair.raw;
    const bool is_met =
        pair.raw < kBelowNs ? more <= kAddedNsMax : pair.ratio <= ratio_max;
    met_ += is_met ? 1 : 0;
    ++all_;
    fmt::print("| {:<34} | {:>9.0f} ns | {:>9.0f} ns | {:>5.3f} | {:>+7.0f} ns | {} |\n",
               native.name, pair.ours, pair.raw, pair.ratio, more, is_met ? "" : "missed");
  }

  void hash_of(const std::string& name, std::size_t size, std::uint64_t times) {
    const Bytes data = zeros(size);
    compare_call({.name = name,
                  .call = {"hash", {number(HashAlgorithm::kSha256), Block{data}, Room{32}}},
                  .raw =
                      [&] {
                        const crypto::EvpHashContext context(EVP_MD_CTX_new());
                        unsigned char digest[32];
                        need(EVP_DigestInit_ex2(context.get(), sha256_, nullptr) == 1 &&
                                 EVP_DigestUpdate(context.get(), data.data(), data.size()) == 1 &&
                                 EVP_DigestFinal_ex(context.get(), digest, nullptr) == 1,
                             "SHA-256");
                      },
                  .times = times},
                 1.02);
  }

  void hashes() {
    hash_of("SHA-256, 32 bytes", 32, 20'000);
    hash_of("SHA-256, 1 KiB", 1024, 10'000);
    hash_of("SHA-256, 1 MiB", std::size_t{1} << 20, 20);
    const Bytes key = zeros(32);
    const Bytes data = zeros(64);
    const crypto::EvpMac mac(EVP_MAC_fetch(crypto::library(), "HMAC", nullptr));
    compare_call({.name = "HMAC-SHA-256, 64 bytes",
                  .call = {"hmac", {number(HashAlgorithm::kSha256), Block{key}, Block{data}, Room{32}}},
                  .raw =
                      [&] {
                        const crypto::EvpMacContext context(EVP_MAC_CTX_new(mac.get()));
                        crypto::Parameters<1> parameters;
                        parameters.add(OSSL_MAC_PARAM_DIGEST, "SHA2-256");
                        unsigned char tag[32];
                        std::size_t size = 0;
                        need(EVP_MAC_init(context.get(), crypto::in(key), key.size(),
                                          parameters.get()) == 1 &&
                                 EVP_MAC_update(context.get(), crypto::in(data), data.size()) == 1 &&
                                 EVP_MAC_final(context.get(), tag, &size, sizeof tag) == 1,
                             "HMAC");
                      },
                  .times = 10'000});
    compare_call({.name = "random, 32 bytes",
                  .call = {"random", {Room{32}}},
                  .raw =
                      [] {
                        unsigned char bytes[32];
                        need(RAND_bytes_ex(crypto::library(), bytes, sizeof bytes, 0) == 1, "RAND");
                      },
                  .times = 10'000});
  }

  void seal_of(const std::string& name, std::size_t size, std::uint64_t times) {
    const Bytes key = zeros(32);
    const Bytes nonce = zeros(12);
    const Bytes data = zeros(size);
    Bytes sealed(size + 16);
    const crypto::EvpCipher cipher(EVP_CIPHER_fetch(crypto::library(), "AES-256-GCM", nullptr));
    compare_call(
        {.name = name,
         .call = {"aead_seal", {number(KeyAlgorithm::kAes256Gcm), Block{key}, Block{nonce},
                                Block{}, Block{data}, Room{sealed.size()}}},
         .raw =
             [&] {
               const crypto::EvpCipherContext context(EVP_CIPHER_CTX_new());
               int written = 0;
               unsigned char* out = crypto::out(sealed);
               need(EVP_EncryptInit_ex2(context.get(), cipher.get(), crypto::in(key),
                                        crypto::in(nonce), nullptr) == 1 &&
                        EVP_EncryptUpdate(context.get(), out, &written, crypto::in(data),
                                          static_cast<int>(size)) == 1 &&
                        EVP_EncryptFinal_ex(context.get(), out + size, &written) == 1 &&
                        EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_GET_TAG, 16, out + size) == 1,
                    "AES-GCM");
             },
         .times = times});
  }

  void ciphers() {
    seal_of("AES-256-GCM seal, 64 bytes", 64, 10'000);
    seal_of("AES-256-GCM seal, 64 KiB", 65536, 200);
  }

  void sign_of(const std::string& name, KeyAlgorithm algorithm, const char* openssl_name,
               const char* secret, std::uint64_t times) {
    const KeyTraits& traits = crypto::traits_of(algorithm);
    const Bytes message = zeros(64);
    const crypto::EvpKey key =
        key_from(openssl_name, EVP_PKEY_KEYPAIR, secret, keys_.secret_raw(algorithm));
    const crypto::EvpSignature signature_algorithm(
        EVP_SIGNATURE_fetch(crypto::library(), openssl_name, nullptr));
    Bytes signature(traits.output_bytes);
    compare_call(
        {.name = name,
         .call = {"key_sign", {Key{std::string(traits.name)}, Block{message}, Block{},
                               Room{traits.output_bytes}}},
         .raw =
             [&] {
               const crypto::EvpKeyContext context(
                   EVP_PKEY_CTX_new_from_pkey(crypto::library(), key.get(), nullptr));
               std::size_t size = signature.size();
               need(EVP_PKEY_sign_message_init(context.get(), signature_algorithm.get(), nullptr) ==
                            1 &&
                        EVP_PKEY_sign(context.get(), crypto::out(signature), &size,
                                      crypto::in(message), message.size()) == 1,
                    openssl_name);
             },
         .times = times});
  }

  void verify_of(const std::string& name, KeyAlgorithm algorithm, const char* openssl_name,
                 std::uint64_t times) {
    const Bytes message = zeros(64);
    const Bytes raw = keys_.public_raw(algorithm);
    const Bytes signature = must(crypto::sign(keys_.of(algorithm)->key, message));
    const crypto::EvpSignature signature_algorithm(
        EVP_SIGNATURE_fetch(crypto::library(), openssl_name, nullptr));
    compare_call(
        {.name = name,
         .call = {"verify", {number(algorithm), Block{raw}, Block{message}, Block{signature}, Block{}}},
         .raw =
             [&] {
               const crypto::EvpKey key =
                   key_from(openssl_name, EVP_PKEY_PUBLIC_KEY, OSSL_PKEY_PARAM_PUB_KEY, raw);
               const crypto::EvpKeyContext context(
                   EVP_PKEY_CTX_new_from_pkey(crypto::library(), key.get(), nullptr));
               need(EVP_PKEY_verify_message_init(context.get(), signature_algorithm.get(),
                                                 nullptr) == 1 &&
                        EVP_PKEY_verify(context.get(), crypto::in(signature), signature.size(),
                                        crypto::in(message), message.size()) == 1,
                    openssl_name);
             },
         .times = times});
  }

  void signatures() {
    sign_of("Ed25519 sign, key of the host", KeyAlgorithm::kEd25519, "ED25519",
            OSSL_PKEY_PARAM_PRIV_KEY, 500);
    verify_of("Ed25519 verify", KeyAlgorithm::kEd25519, "ED25519", 200);
    sign_of("ML-DSA-65 sign, key of the host", KeyAlgorithm::kMlDsa65, "ML-DSA-65",
            OSSL_PKEY_PARAM_ML_DSA_SEED, 100);
    verify_of("ML-DSA-65 verify", KeyAlgorithm::kMlDsa65, "ML-DSA-65", 100);
    secp256k1_verify();
  }

  void secp256k1_verify() {
    constexpr KeyAlgorithm kAlgorithm = KeyAlgorithm::kEcdsaSecp256k1;
    const Bytes digest = zeros(32);
    const Bytes raw = keys_.public_raw(kAlgorithm);
    const Bytes signature = must(crypto::sign_digest(keys_.of(kAlgorithm)->key, digest));
    const secp256k1_context* context = secp256k1_context_create(SECP256K1_CONTEXT_VERIFY);
    compare_call({.name = "ECDSA secp256k1 verify",
                  .call = {"verify_digest", {number(kAlgorithm), Block{raw}, Block{digest},
                                             Block{signature}}},
                  .raw =
                      [&] {
                        secp256k1_pubkey key;
                        secp256k1_ecdsa_signature parsed;
                        need(secp256k1_ec_pubkey_parse(context, &key, crypto::in(raw), raw.size()) ==
                                     1 &&
                                 secp256k1_ecdsa_signature_parse_compact(
                                     context, &parsed, crypto::in(signature)) == 1 &&
                                 secp256k1_ecdsa_verify(context, &parsed, crypto::in(digest),
                                                        &key) == 1,
                             "secp256k1");
                      },
                  .times = 200});
  }

  void kems() {
    constexpr KeyAlgorithm kAlgorithm = KeyAlgorithm::kMlKem768;
    const KeyTraits& traits = crypto::traits_of(kAlgorithm);
    const Bytes raw = keys_.public_raw(kAlgorithm);
    Bytes ciphertext(traits.output_bytes);
    unsigned char shared[32];
    const auto encapsulate = [&] {
      const crypto::EvpKey key =
          key_from("ML-KEM-768", EVP_PKEY_PUBLIC_KEY, OSSL_PKEY_PARAM_PUB_KEY, raw);
      const crypto::EvpKeyContext context(
          EVP_PKEY_CTX_new_from_pkey(crypto::library(), key.get(), nullptr));
      std::size_t size = ciphertext.size();
      std::size_t shared_size = sizeof shared;
      need(EVP_PKEY_encapsulate_init(context.get(), nullptr) == 1 &&
               EVP_PKEY_encapsulate(context.get(), crypto::out(ciphertext), &size, shared,
                                    &shared_size) == 1,
           "ML-KEM");
    };
    compare_call({.name = "ML-KEM-768 encapsulate",
                  .call = {"encapsulate", {number(kAlgorithm), Block{raw},
                                           Room{traits.output_bytes}, Room{32}}},
                  .raw = encapsulate,
                  .times = 500});
    const crypto::EvpKey key = key_from("ML-KEM-768", EVP_PKEY_KEYPAIR, OSSL_PKEY_PARAM_ML_KEM_SEED,
                                        keys_.secret_raw(kAlgorithm));
    compare_call({.name = "ML-KEM-768 decapsulate, key of the host",
                  .call = {"key_decapsulate", {Key{std::string(traits.name)}, Block{ciphertext},
                                               Room{32}}},
                  .raw =
                      [&] {
                        const crypto::EvpKeyContext context(
                            EVP_PKEY_CTX_new_from_pkey(crypto::library(), key.get(), nullptr));
                        std::size_t size = sizeof shared;
                        need(EVP_PKEY_decapsulate_init(context.get(), nullptr) == 1 &&
                                 EVP_PKEY_decapsulate(context.get(), shared, &size,
                                                      crypto::in(ciphertext),
                                                      ciphertext.size()) == 1,
                             "ML-KEM");
                      },
                  .times = 500});
  }

  Keys keys_;
  WasmRuntime runtime_;
  const EVP_MD* sha256_ = crypto::fetched(HashAlgorithm::kSha256);
  int met_ = 0;
  int all_ = 0;
};

// --- Gas. ---

/// Nanoseconds of guest code for one gas: the geometric mean of the kernels.
double code_ns_per_gas() {
  RuntimeConfig config = RuntimeConfig::production();
  config.metering.enable = true;
  config.limits.timeout = std::chrono::hours{1};
  WasmRuntime runtime = must(WasmRuntime::create(config));
  double logarithms = 0;
  int count = 0;
  for (const Subject& kernel : find_kernels(SYNAPSED_KERNELS)) {
    const ModuleId id = must(runtime.load_module(kernel.name, kernel.wasm));
    double best = INFINITY;
    for (int round = 0; round < 3; ++round) {
      const auto result = must(runtime.execute_function(id, "run", {kernel.rounds.value_or(1)}));
      best = std::min(best, static_cast<double>(result.usage.duration_ns) /
                                static_cast<double>(result.usage.gas));
    }
    logarithms += std::log(best);
    ++count;
  }
  if (count == 0) {
    fmt::print(stderr, "no kernels: clang-19 for wasm32 was not found\n");
    std::exit(1);
  }
  return std::exp(logarithms / count);
}

/// One row of the price table, and a call that costs it.
struct Work {
  std::string group;
  std::string name;
  CryptoCall call;
  std::optional<CryptoCall> large;  ///< the same with `kLargeBytes` more
  bool decides_price = true;        ///< others are priced by what they consist of
};
constexpr std::size_t kLargeBytes = 65536;

class Works {
 public:
  Works() {
    for (const auto& traits : crypto::hash_algorithms()) add_hash(traits);
    for (const KeyTraits& traits : crypto::key_algorithms()) {
      switch (traits.kind) {
        case KeyKind::kAead: add_aead(traits); break;
        case KeyKind::kMac: add_mac(traits); break;
        case KeyKind::kKem: add_kem(traits); break;
        case KeyKind::kSignature: add_signature(traits); break;
      }
    }
    add_others();
  }
  [[nodiscard]] const std::vector<Work>& all() const { return works_; }
  [[nodiscard]] const Keys& keys() const { return keys_; }

 private:
  void add(std::string group, std::string_view name, CryptoCall call,
           std::optional<CryptoCall> large = {}) {
    works_.push_back({std::move(group), std::string(name), std::move(call), std::move(large)});
  }
  void add_composed(std::string_view name, CryptoCall call) {
    works_.push_back({call.function, std::string(name), std::move(call), {}, false});
  }
  void add_hash(const crypto::HashTraits& traits) {
    const auto hash = [&](std::size_t size) {
      return CryptoCall{"hash", {number(traits.algorithm), Block{zeros(size)}, Room{traits.bytes}}};
    };
    add("hash", traits.name, hash(0), hash(kLargeBytes));
    if (traits.has_length) return;
    const auto hmac = [&](std::size_t size) {
      return CryptoCall{"hmac", {number(traits.algorithm), Block{}, Block{zeros(size)},
                                 Room{traits.bytes}}};
    };
    add("hmac", traits.name, hmac(0), hmac(kLargeBytes));
  }
  void add_aead(const KeyTraits& traits) {
    const auto seal = [&](std::size_t size) {
      return CryptoCall{"aead_seal", {number(traits.algorithm), Block{zeros(traits.secret_bytes)},
                                      Block{zeros(12)}, Block{}, Block{zeros(size)},
                                      Room{size + 16}}};
    };
    add("seal", traits.name, seal(0), seal(kLargeBytes));
    add_generate(traits);
  }
  void add_generate(const KeyTraits& traits) {
    if (traits.public_bytes == 0) return;
    add("generate", traits.name, {"generate_keypair", {number(traits.algorithm),
                                                       Room{traits.public_bytes},
                                                       Room{traits.secret_bytes}}});
  }
  void add_mac(const KeyTraits& traits) {
    const auto sign = [&](std::size_t size) {
      return CryptoCall{"key_sign", {Key{std::string(traits.name)}, Block{zeros(size)}, Block{},
                                     Room{traits.output_bytes}}};
    };
    add("sign", traits.name, sign(0), sign(kLargeBytes));
  }
  void add_kem(const KeyTraits& traits) {
    add_generate(traits);
    const Bytes raw = keys_.public_raw(traits.algorithm);
    add("encapsulate", traits.name, {"encapsulate", {number(traits.algorithm), Block{raw},
                                                     Room{traits.output_bytes}, Room{32}}});
    const auto made = must(crypto::encapsulate(*keys_.of(traits.algorithm)->info.public_key));
    add("decapsulate", traits.name,
        {"key_decapsulate", {Key{std::string(traits.name)}, Block{made.ciphertext}, Room{32}}});
    add_composed(traits.name, {"decapsulate", {number(traits.algorithm),
                                               Block{keys_.secret_raw(traits.algorithm)},
                                               Block{made.ciphertext}, Room{32}}});
  }
  void add_signature(const KeyTraits& traits) {
    add_generate(traits);
    const auto sign = [&](std::size_t size) {
      return CryptoCall{"key_sign", {Key{std::string(traits.name)}, Block{zeros(size)}, Block{},
                                     Room{traits.output_bytes}}};
    };
    const auto verify = [&](std::size_t size) {
      const Bytes signature = must(crypto::sign(keys_.of(traits.algorithm)->key, zeros(size)));
      return CryptoCall{"verify", {number(traits.algorithm),
                                   Block{keys_.public_raw(traits.algorithm)}, Block{zeros(size)},
                                   Block{signature}, Block{}}};
    };
    const bool is_slow = traits.name.starts_with("slh-dsa");
    add("sign", traits.name, sign(0), is_slow ? std::nullopt : std::optional(sign(kLargeBytes)));
    add("verify", traits.name, verify(0), verify(kLargeBytes));
    if (is_slow) return;
    add_composed(traits.name, {"sign", {number(traits.algorithm),
                                        Block{keys_.secret_raw(traits.algorithm)}, Block{}, Block{},
                                        Room{traits.output_bytes}}});
    const Bytes signature = must(crypto::sign(keys_.of(traits.algorithm)->key, {}));
    add_composed(traits.name, {"key_verify", {Key{std::string(traits.name)}, Block{},
                                              Block{signature}, Block{}}});
  }
  void add_others() {
    add("other", "random", {"random", {Room{0}}}, CryptoCall{"random", {Room{kLargeBytes}}});
    const Bytes salt = zeros(16);
    add("other", "argon2id", {"argon2id", {Block{zeros(8)}, Block{salt}, 1024U, 1U, 1U, Room{32}}});
    add("other", "pbkdf2", {"pbkdf2", {number(HashAlgorithm::kSha256), Block{zeros(8)}, Block{salt},
                                       1000U, Room{32}}});
    const auto& key = keys_.of(KeyAlgorithm::kEcdsaSecp256k1)->key;
    add("other", "recover", {"recover", {Block{zeros(32)},
                                         Block{must(crypto::sign_recoverable(key, zeros(32)))},
                                         Room{33}}});
    add("other", "encode_signature",
        {"ecdsa_to_der", {Block{must(crypto::sign_digest(key, zeros(32)))}, Room{80}}});
    for (const KeyAlgorithm algorithm : {KeyAlgorithm::kEd25519, KeyAlgorithm::kMlDsa65}) {
      const auto& public_key = *keys_.of(algorithm)->info.public_key;
      add("other", "encode",
          {"decode_public_key", {number(algorithm), 1U, Block{must(public_key.to_spki())},
                                 Room{4096}}});
    }
  }

  Keys keys_;
  std::vector<Work> works_;
};

constexpr double kMeasureMs = 50;

void print_gas() {
  const double code = code_ns_per_gas();
  fmt::print("guest code: {:.3f} ns for one gas\n\n", code);
  fmt::print("| {:<12} | {:<20} | {:>12} | {:>12} | priced at |\n|---|---|---:|---:|---:|\n", "work",
             "algorithm", "time", "gas");
  const Works works;
  WasmRuntime runtime = make_runtime(works.keys(), true);
  double least = INFINITY;
  double most = 0;
  const auto measure = [&](const Work& work, const CryptoCall& call, std::string_view suffix) {
    const CallCost cost = CryptoGuest(runtime, call).measure(kMeasureMs);
    const double priced = cost.gas * code / cost.time_ns;
    least = std::min(least, priced);
    most = std::max(most, priced);
    fmt::print("| {:<12} | {:<20} | {:>9.0f} ns | {:>12.0f} | {:>8.2f}{} |\n", work.group,
               work.name + std::string(suffix), cost.time_ns, cost.gas, priced,
               priced < 0.5 || priced > 2 ? " off" : "");
  };
  for (const Work& work : works.all()) {
    measure(work, work.call, "");
    if (work.large) measure(work, *work.large, ", 64K");
  }
  fmt::print("\npriced between {:.2f} and {:.2f} of what the same time of guest code costs\n", least,
             most);
}

/// Two digits are enough.
std::uint64_t rounded(double gas) {
  if (gas < 1) return 1;
  const double unit = std::pow(10, std::floor(std::log10(gas)) - 1);
  return static_cast<std::uint64_t>(std::round(gas / unit) * std::max(unit, 1.0));
}

void print_prices() {
  const double code = code_ns_per_gas();
  const Works works;
  WasmRuntime runtime = make_runtime(works.keys(), true);
  std::map<std::string, std::map<std::string, std::vector<std::pair<double, double>>>> rows;
  for (const Work& work : works.all()) {
    if (!work.decides_price) continue;
    const double base = CryptoGuest(runtime, work.call).measure(kMeasureMs).time_ns;
    double per_kib = 0;
    if (work.large) {
      const double large = CryptoGuest(runtime, *work.large).measure(kMeasureMs).time_ns;
      per_kib = std::max(large - base, 0.0) / (kLargeBytes / 1024.0);
    }
    rows[work.group][work.name].emplace_back(base, per_kib);
  }
  for (const auto& [group, names] : rows) {
    fmt::print("[{}]\n", group);
    for (const auto& [name, costs] : names) {
      // Of several calls with one price, the one in the middle of their ratio.
      double base = 0;
      for (const auto& cost : costs) base += std::log(cost.first);
      base = std::exp(base / static_cast<double>(costs.size()));
      fmt::print("{:<20} = {{ base = {}, per_kib = {} }}\n", name, rounded(base / code),
                 costs.front().second == 0 ? 0 : rounded(costs.front().second / code));
    }
    fmt::print("\n");
  }
}

}  // namespace
}  // namespace synapsed::bench

int main(int argc, char** argv) {
  const std::string_view only = argc > 1 ? argv[1] : "";
  if (only == "prices") {
    synapsed::bench::print_prices();
    return 0;
  }
  if (only.empty() || only == "cost") synapsed::bench::BesideOpenSsl().run();
  if (only.empty() || only == "gas") synapsed::bench::print_gas();
}
