// Keys that stay with the host: who may use them, for what, and that their bytes are nowhere else.

#include <algorithm>
#include <filesystem>
#include <set>

#include <synapsed/crypto.hpp>

#include "tests/integration/crypto/guest_face.hpp"
#include "tests/support/results.hpp"

namespace synapsed::test {
namespace {

using crypto::KeyUse;

constexpr auto kEverything = KeyUse::kSign | KeyUse::kVerify | KeyUse::kDecrypt |
                             KeyUse::kEncrypt | KeyUse::kWrap;

// What guests get.
constexpr std::int32_t kInvalidArgument = -1;
constexpr std::int32_t kNotFound = -2;
constexpr std::int32_t kDenied = -3;
constexpr std::int32_t kConflict = -5;
constexpr std::int32_t kExhausted = -6;
constexpr std::int32_t kNotAuthentic = -10;

Bytes bytes_of(std::string_view text) {
  const auto bytes = std::as_bytes(std::span(text));
  return {bytes.begin(), bytes.end()};
}

class Handles : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!std::filesystem::exists(guest_path("keys"))) {
      GTEST_SKIP() << "the guest was not built: no Clang for wasm32-wasi";
    }
    start(small_config());
  }

  void start(const RuntimeConfig& config) {
    runtime_.emplace(must(WasmRuntime::create(config)));
    for (auto& [name, function] : crypto::create_crypto_host_functions({.keys = keys_})) {
      runtime_->register_host_function(name, std::move(function));
    }
    module_ = load("wallet");
  }
  ModuleId load(std::string_view name) {
    return must(runtime_->load_module_file(
        name, guest_path("keys"),
        ModuleMetadata{}.with_capability("crypto").with_capability("crypto.keys")));
  }
  void make(std::string name, KeyAlgorithm algorithm, KeyUse uses = kEverything,
            std::vector<std::string> modules = {"wallet"}) {
    must(keys_->generate({.tenant = "alice", .name = std::move(name)}, algorithm,
                         {.uses = uses, .modules = std::move(modules)}));
  }
  ExecutionContext alice() { return ExecutionContext{}.with_tenant("alice"); }

  WasmValue call(std::string_view function, const std::vector<WasmValue>& arguments,
                 const ExecutionContext& context) {
    return must(runtime_->execute_function(module_, function, arguments, context)).values[0];
  }
  WasmValue call(std::string_view function, const std::vector<WasmValue>& arguments) {
    return call(function, arguments, alice());
  }
  Bytes ok(const WasmValue& result) {
    const WasmValue* bytes = result.get_if<WasmRecord>()->find("ok");
    if (bytes == nullptr) ADD_FAILURE() << result.to_json();
    return bytes == nullptr ? Bytes() : *bytes->get_if<Bytes>();
  }
  std::int32_t err(const WasmValue& result) {
    const WasmValue* code = result.get_if<WasmRecord>()->find("err");
    if (code == nullptr) ADD_FAILURE() << result.to_json();
    return code == nullptr ? 0 : *code->get_if<std::int32_t>();
  }
  std::int32_t number(const WasmValue& result) { return *result.get_if<std::int32_t>(); }

  std::shared_ptr<crypto::KeyStore> keys_ =
      std::make_shared<crypto::KeyStore>(crypto::KeyStore::in_memory());
  std::optional<WasmRuntime> runtime_;
  ModuleId module_;
};

TEST_F(Handles, EverySignatureAlgorithmSignsAndVerifies) {
  const Bytes message = bytes_of("a message");
  for (const auto& traits : crypto::key_algorithms()) {
    const bool is_slow = traits.name.starts_with("slh-dsa") && traits.name.ends_with("s");
    if (is_slow || (traits.kind != crypto::KeyKind::kSignature &&
                    traits.kind != crypto::KeyKind::kMac)) {
      continue;
    }
    const std::string name(traits.name);
    make(name, traits.algorithm);
    const Bytes signature = ok(call("sign", {name, message}));
    EXPECT_EQ(signature.size(), traits.output_bytes) << name;
    EXPECT_EQ(number(call("verify", {name, message, signature})), 0) << name;
    EXPECT_EQ(number(call("verify", {name, bytes_of("another"), signature})), kNotAuthentic) << name;
    if (traits.public_bytes == 0) continue;
    const auto key = must(crypto::PublicKey::from_raw(traits.algorithm,
                                                      ok(call("public_key", {name}))));
    must(crypto::verify(key, message, signature));
  }
}

TEST_F(Handles, SealedDataOpensAndNothingElse) {
  for (const auto& traits : crypto::key_algorithms()) {
    if (traits.kind != crypto::KeyKind::kAead) continue;
    const std::string name(traits.name);
    make(name, traits.algorithm);
    const Bytes secret = bytes_of("the secret");
    const Bytes sealed = ok(call("seal", {name, bytes_of("for whom"), secret}));
    EXPECT_EQ(ok(call("unseal", {name, bytes_of("for whom"), sealed})), secret);
    EXPECT_NE(ok(call("seal", {name, bytes_of("for whom"), secret})), sealed);
    EXPECT_EQ(err(call("unseal", {name, bytes_of("others"), sealed})), kNotAuthentic);
    for (std::size_t i = 0; i < sealed.size(); ++i) {
      Bytes changed = sealed;
      changed[i] ^= std::byte{1};
      EXPECT_EQ(err(call("unseal", {name, bytes_of("for whom"), changed})), kNotAuthentic) << i;
    }
    for (std::size_t size = 0; size < sealed.size(); ++size) {
      const Bytes part(sealed.begin(), sealed.begin() + static_cast<std::ptrdiff_t>(size));
      EXPECT_EQ(err(call("unseal", {name, bytes_of("for whom"), part})), kNotAuthentic) << size;
    }
  }
}

TEST_F(Handles, EnvelopesToKeysOfTheHostAreOpened) {
  for (const auto& traits : crypto::key_algorithms()) {
    if (traits.kind != crypto::KeyKind::kKem) continue;
    const std::string name(traits.name);
    make(name, traits.algorithm);
    const auto key = must(crypto::PublicKey::from_raw(traits.algorithm,
                                                      ok(call("public_key", {name}))));
    const Bytes letter(100'000, std::byte{7});
    const Bytes envelope = must(crypto::seal_envelope(key, letter));
    EXPECT_EQ(ok(call("open_envelope", {name, envelope})), letter) << name;
  }
}

TEST_F(Handles, AKeyDoesOnlyWhatItsUsesSay) {
  make("verifier", KeyAlgorithm::kEd25519, KeyUse::kVerify);
  EXPECT_EQ(err(call("sign", {"verifier", Bytes()})), kDenied);
  make("signer", KeyAlgorithm::kEd25519, KeyUse::kSign);
  const Bytes signature = ok(call("sign", {"signer", Bytes()}));
  EXPECT_EQ(number(call("verify", {"signer", Bytes(), signature})), kDenied);
  EXPECT_EQ(err(call("export_key", {"signer"})), kDenied);
  make("encrypter", KeyAlgorithm::kAes256Gcm, KeyUse::kEncrypt);
  const Bytes sealed = ok(call("seal", {"encrypter", Bytes(), Bytes(3)}));
  EXPECT_EQ(err(call("unseal", {"encrypter", Bytes(), sealed})), kDenied);
  make("given", KeyAlgorithm::kEd25519, KeyUse::kSign | KeyUse::kExport);
  const auto stored = must(keys_->find({.tenant = "alice", .name = "given"}));
  EXPECT_TRUE(std::ranges::equal(ok(call("export_key", {"given"})), stored->key.to_raw().view()));
}

TEST_F(Handles, AKeyOfAnotherKindIsNoArgument) {
  make("kem", KeyAlgorithm::kMlKem768);
  EXPECT_EQ(err(call("sign", {"kem", Bytes()})), kInvalidArgument);
  EXPECT_EQ(err(call("seal", {"kem", Bytes(), Bytes()})), kInvalidArgument);
  make("cipher", KeyAlgorithm::kAes256Gcm);
  EXPECT_EQ(err(call("public_key", {"cipher"})), kInvalidArgument);
}

TEST_F(Handles, KeysOfOtherTenantsAreNotFoundAndOfOtherModulesDenied) {
  make("mine", KeyAlgorithm::kEd25519);
  EXPECT_EQ(err(call("sign", {"mine", Bytes()}, ExecutionContext{}.with_tenant("bob"))), kNotFound);
  EXPECT_EQ(err(call("sign", {"mine", Bytes()}, ExecutionContext{})), kNotFound);
  make("nobodys", KeyAlgorithm::kEd25519, kEverything, {});
  EXPECT_EQ(err(call("sign", {"nobodys", Bytes()})), kDenied);
  make("anybodys", KeyAlgorithm::kEd25519, kEverything, {"*"});
  EXPECT_EQ(ok(call("sign", {"anybodys", Bytes()})).size(), 64U);
  module_ = load("stranger");
  EXPECT_EQ(err(call("sign", {"mine", Bytes()})), kDenied);
}

TEST_F(Handles, NumbersThatWereNotGivenAreNotFound) {
  make("mine", KeyAlgorithm::kEd25519);
  for (const std::uint32_t forged : {0U, 1U, 2U, 0x7fffffffU, 0xffffffffU}) {
    EXPECT_EQ(number(call("sign_with_number", {forged})), kNotFound);
  }
  EXPECT_EQ(number(call("use_after_close", {"mine"})), kNotFound);
  EXPECT_EQ(number(call("open_many", {"mine", 256})), 0);
  EXPECT_EQ(number(call("open_many", {"mine", 257})), kExhausted);
}

TEST_F(Handles, GuestsKeepKeysOfTheirOwn) {
  const auto algorithm = static_cast<std::uint32_t>(KeyAlgorithm::kMlDsa65);
  EXPECT_EQ(number(call("make", {"own", algorithm, 3})), 0);
  EXPECT_EQ(number(call("make", {"own", algorithm, 3})), kConflict);
  EXPECT_EQ(number(call("make", {"other", algorithm, 64})), kInvalidArgument);
  EXPECT_EQ(number(call("make", {std::string(200, 'x'), algorithm, 3})), kInvalidArgument);
  const Bytes signature = ok(call("sign", {"own", bytes_of("text")}));
  const auto stored = must(keys_->find({.tenant = "alice", .name = "own"}));
  EXPECT_EQ(stored->info.policy.modules, std::vector<std::string>{"wallet"});
  must(crypto::verify(*stored->info.public_key, bytes_of("text"), signature));
  EXPECT_EQ(err(call("export_key", {"own"})), kDenied);
}

TEST_F(Handles, ADryRunKeepsNoKey) {
  const std::vector<WasmValue> arguments{"own", static_cast<std::uint32_t>(KeyAlgorithm::kEd25519), 3};
  must(runtime_->dry_run(module_, "make", arguments, alice()));
  EXPECT_TRUE(fails_with(keys_->find({.tenant = "alice", .name = "own"}),
                         ErrorCode::kCryptoKeyNotFound));
}

TEST_F(Handles, RotatedKeysStillVerifyAndOpen) {
  make("signing", KeyAlgorithm::kEd25519);
  make("sealing", KeyAlgorithm::kAes256Gcm);
  const Bytes signature = ok(call("sign", {"signing", Bytes(5)}));
  const Bytes sealed = ok(call("seal", {"sealing", Bytes(), Bytes(5)}));
  must(keys_->rotate({.tenant = "alice", .name = "signing"}));
  must(keys_->rotate({.tenant = "alice", .name = "sealing"}));
  EXPECT_EQ(number(call("verify", {"signing", Bytes(5), signature})), 0);
  EXPECT_EQ(ok(call("unseal", {"sealing", Bytes(), sealed})), Bytes(5));
  EXPECT_NE(ok(call("sign", {"signing", Bytes(5)})), signature);
}

TEST_F(Handles, WrappedKeysComeBackAndAreNoData) {
  make("signing", KeyAlgorithm::kEd25519);
  make("wrapping", KeyAlgorithm::kAes256GcmSiv);
  const Bytes signature = ok(call("sign_with_wrapped", {"wrapping", "signing", Bytes(9)}));
  EXPECT_EQ(number(call("verify", {"signing", Bytes(9), signature})), 0);
  EXPECT_EQ(err(call("unseal_wrapped", {"wrapping", "signing"})), kNotAuthentic);
  make("exported", KeyAlgorithm::kAes256GcmSiv, KeyUse::kWrap | KeyUse::kExport);
  EXPECT_EQ(err(call("sign_with_wrapped", {"exported", "signing", Bytes()})), kDenied);
}

TEST_F(Handles, ModulesWithoutTheCapabilityAreRefused) {
  for (const std::string_view granted : {"", "crypto", "crypto.keys"}) {
    ModuleMetadata metadata;
    if (!granted.empty()) metadata.with_capability(std::string(granted));
    const auto module = runtime_->load_module_wat(
        "plain", R"((module (import "synapsed:crypto@1" "hash"
                              (func (param i32 i32 i32 i32 i32) (result i32)))
                            (import "synapsed:crypto@1" "key_close" (func (param i32) (result i32)))))",
        metadata);
    EXPECT_TRUE(fails_with(module, ErrorCode::kImportDenied)) << granted;
  }
}

TEST_F(Handles, NothingSecretIsMadeWhereChanceIsDecided) {
  make("sealing", KeyAlgorithm::kAes256Gcm);
  make("signing", KeyAlgorithm::kMlDsa65);
  auto seeded = alice().with_random_seed({});
  const auto algorithm = static_cast<std::uint32_t>(KeyAlgorithm::kEd25519);
  EXPECT_EQ(number(call("make", {"own", algorithm, 3}, seeded)), kDenied);
  EXPECT_EQ(err(call("seal", {"sealing", Bytes(), Bytes()}, seeded)), kDenied);
  // Signatures are the same again and again, and genuine.
  const Bytes signature = ok(call("sign", {"signing", Bytes(4)}, seeded));
  EXPECT_EQ(ok(call("sign", {"signing", Bytes(4)}, seeded)), signature);
  EXPECT_NE(ok(call("sign", {"signing", Bytes(4)})), signature);
  EXPECT_EQ(number(call("verify", {"signing", Bytes(4), signature})), 0);
}

TEST_F(Handles, TheBlockchainProfileMakesNoKeys) {
  RuntimeConfig config = RuntimeConfig::blockchain();
  config.pooling.enable = false;
  start(config);
  make("signing", KeyAlgorithm::kEd25519);
  const auto context = alice().with_time(std::chrono::sys_time<std::chrono::nanoseconds>{});
  const auto algorithm = static_cast<std::uint32_t>(KeyAlgorithm::kEd25519);
  EXPECT_EQ(number(call("make", {"own", algorithm, 3}, context)), kDenied);
  const Bytes signature = ok(call("sign", {"signing", Bytes(4)}, context));
  EXPECT_EQ(ok(call("sign", {"signing", Bytes(4)}, context)), signature);
}

/// Whether any 16 bytes of the secret stand in `place`.
using Windows = std::set<std::string, std::less<>>;

bool holds_part_of(const Windows& windows, std::span<const std::byte> place) {
  const std::string_view text(reinterpret_cast<const char*>(place.data()), place.size());
  for (std::size_t i = 0; i + 16 <= text.size(); ++i) {
    if (windows.contains(text.substr(i, 16))) return true;
  }
  return false;
}

Windows windows_of(const crypto::SecretKey& key) {
  Windows windows;
  const auto secret = key.to_raw();
  for (std::size_t i = 0; i + 16 <= secret.size(); ++i) {
    const auto window = secret.view().subspan(i, 16);
    windows.emplace(reinterpret_cast<const char*>(window.data()), window.size());
  }
  return windows;
}

TEST_F(Handles, ASecretIsNowhereButInTheHost) {
  // The guest shows all of its memory after each use.
  std::vector<Bytes> seen;
  std::string told;
  runtime_->host_functions().define("env", "show", [&](CallContext& call) -> Result<void> {
    for (std::uint32_t size = 65536;; size += 65536) {
      const auto memory = call.memory(0, size);
      if (!memory) break;
      seen.emplace_back(memory->begin(), memory->end());
    }
    return {};
  });
  const ModuleId spy = must(runtime_->load_module_wat("wallet", R"((module
    (import "synapsed:crypto@1" "key_open" (func $open (param i32 i32) (result i32)))
    (import "synapsed:crypto@1" "key_sign" (func $sign (param i32 i32 i32 i32 i32 i32 i32) (result i32)))
    (import "synapsed:crypto@1" "key_export" (func $export (param i32 i32 i32) (result i32)))
    (import "synapsed:crypto@1" "key_wrap" (func $wrap (param i32 i32 i32 i32) (result i32)))
    (import "synapsed:crypto@1" "key_close" (func $close (param i32) (result i32)))
    (import "env" "show" (func $show))
    (memory (export "memory") 4)
    (data (i32.const 0) "signingwrapping")
    (func (export "use") (result i32) (local $key i32) (local $by i32)
      (local.set $key (call $open (i32.const 0) (i32.const 7)))
      (local.set $by (call $open (i32.const 7) (i32.const 8)))
      (drop (call $sign (local.get $key) (i32.const 0) (i32.const 7) (i32.const 0) (i32.const 0)
                        (i32.const 1024) (i32.const 60000)))
      (call $show)
      (drop (call $wrap (local.get $by) (local.get $key) (i32.const 70000) (i32.const 60000)))
      (call $show)
      (if (i32.ge_s (call $export (local.get $key) (i32.const 1024) (i32.const 60000)) (i32.const 0))
        (then unreachable))
      (call $show)
      (drop (call $close (local.get $key)))
      (call $show)
      (unreachable))))",
      ModuleMetadata{}.with_capability("crypto").with_capability("crypto.keys")));
  make("wrapping", KeyAlgorithm::kAes256Gcm);
  for (const KeyAlgorithm algorithm :
       {KeyAlgorithm::kEd25519, KeyAlgorithm::kMlDsa65, KeyAlgorithm::kEcdsaSecp256k1,
        KeyAlgorithm::kEcdsaP256, KeyAlgorithm::kSr25519, KeyAlgorithm::kEd25519MlDsa65,
        KeyAlgorithm::kSlhDsaShake128f, KeyAlgorithm::kHmacSha256}) {
    make("signing", algorithm);
    seen.clear();
    auto context = alice().with_log([&](const LogLine& line) { told += line.text; });
    const auto result = runtime_->execute_function(spy, "use", {}, context);
    ASSERT_TRUE(fails_with(result, ErrorCode::kTrapUnreachable));
    told += result.error().to_string();
    told += std::to_string(runtime_->get_stats().functions_executed);
    const auto stored = must(keys_->find({.tenant = "alice", .name = "signing"}));
    const auto windows = windows_of(stored->key);
    ASSERT_FALSE(windows.empty());
    ASSERT_EQ(seen.size(), 16U);  // four times one to four pages
    for (const Bytes& memory : seen) EXPECT_FALSE(holds_part_of(windows, memory));
    EXPECT_FALSE(holds_part_of(windows, std::as_bytes(std::span(told))));
    must(keys_->remove({.tenant = "alice", .name = "signing"}));
  }
  // The search finds what is there.
  make("signing", KeyAlgorithm::kEd25519);
  const auto stored = must(keys_->find({.tenant = "alice", .name = "signing"}));
  Bytes memory(1000);
  std::ranges::copy(stored->key.to_raw().view(), memory.begin() + 333);
  EXPECT_TRUE(holds_part_of(windows_of(stored->key), memory));
}

}  // namespace
}  // namespace synapsed::test
