#include <linux/keyctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdlib>

#include "base/bytes.hpp"
#include "base/files.hpp"
#include "base/hex.hpp"
#include "tests/unit/crypto/key_file_fixture.hpp"

namespace synapsed::crypto {
namespace {

using namespace test;  // the fixture's

class MasterKeys : public InFolder {
 protected:
  MasterKeys() : content_(std::make_shared<Content>()) {
    must(KeyStore::create(storage_of(content_), raw_master(0xa5)));
  }
  ~MasterKeys() override { ::unsetenv("CREDENTIALS_DIRECTORY"); }

  /// Whether it is the key that the store was made with.
  [[nodiscard]] bool opens(const Result<MasterKey>& key) const {
    return key && KeyStore::open(storage_of(content_), *key).has_value();
  }
  std::string file(const char* name, std::string_view text) const {
    must(write_file_atomically(path(name), as_bytes(text), FileAccess::kOwnerOnly));
    return path(name);
  }

  const std::shared_ptr<Content> content_;
  const std::string raw_ = std::string(32, '\xa5');
  const std::string digits_ = to_hex(as_bytes(raw_));
};

TEST_F(MasterKeys, AreBytesOrDigitsInAFile) {
  EXPECT_TRUE(opens(MasterKey::from_file(file("raw", raw_))));
  EXPECT_TRUE(opens(MasterKey::from_file(file("hex", digits_))));
  EXPECT_TRUE(opens(MasterKey::from_file(file("line", digits_ + "\n"))));
  EXPECT_TRUE(opens(MasterKey::from_file(file("dos", digits_ + "\r\n"))));
}

TEST_F(MasterKeys, OfAnotherFormAreRefusedWithoutTellingThem) {
  for (const std::string& bad : {std::string(), raw_ + "\n", raw_.substr(1), digits_ + "0",
                                 digits_.substr(1) + "g", digits_ + "\n\n", raw_ + raw_ + raw_}) {
    const auto key = MasterKey::from_file(file("bad", bad));
    ASSERT_TRUE(fails_with(key, ErrorCode::kCryptoMasterKey));
    EXPECT_EQ(key.error().where(), path("bad"));
    EXPECT_EQ(key.error().to_string().find(digits_.substr(1, 20)), std::string::npos);
  }
  EXPECT_TRUE(fails_with(MasterKey::from_bytes(Bytes(31)), ErrorCode::kCryptoMasterKey));
}

TEST_F(MasterKeys, InAFileThatOthersMayReadAreRefused) {
  const std::string path = file("key", raw_);
  for (const mode_t mode : {0640U, 0604U, 0620U, 0666U}) {
    ASSERT_EQ(::chmod(path.c_str(), mode), 0);
    const auto key = MasterKey::from_file(path);
    ASSERT_TRUE(fails_with(key, ErrorCode::kCryptoMasterKey));
    EXPECT_EQ(key.error().hint(), "chmod 600 " + path);
  }
  ASSERT_EQ(::chmod(path.c_str(), 0400), 0);
  EXPECT_TRUE(opens(MasterKey::from_file(path)));
}

TEST_F(MasterKeys, ThatAreNotThereAreSaid) {
  EXPECT_TRUE(fails_with(MasterKey::from_file(path("none")), ErrorCode::kLoadUnreadable));
  EXPECT_TRUE(fails_with(MasterKey::from_file(folder_.string()), ErrorCode::kLoadUnreadable));
}

TEST_F(MasterKeys, OfServicesAreCredentials) {
  file("service-key", digits_);
  ::chmod(path("service-key").c_str(), 0440);  // as systemd with access lists makes them
  ::setenv("CREDENTIALS_DIRECTORY", folder_.c_str(), 1);
  EXPECT_TRUE(opens(MasterKey::from_os("service-key")));
  for (const char* bad : {"", ".", "..", "../service-key", "a/b"}) {
    EXPECT_TRUE(fails_with(MasterKey::from_os(bad), ErrorCode::kCryptoMasterKey));
  }
}

TEST_F(MasterKeys, OfTheKernelAreReadWhereItKeepsThem) {
  const auto missing = MasterKey::from_os("synapsed-no-such-key");
  ASSERT_TRUE(fails_with(missing, ErrorCode::kCryptoMasterKey));
  EXPECT_NE(missing.error().message().find("synapsed-no-such-key"), std::string::npos);
  const long key = ::syscall(SYS_add_key, "user", "synapsed-test-key", digits_.data(),
                             digits_.size(), KEY_SPEC_PROCESS_KEYRING);
  if (key < 0) GTEST_SKIP() << "the kernel keeps no keys here";
  EXPECT_TRUE(opens(MasterKey::from_os("synapsed-test-key")));
}

TEST_F(MasterKeys, OfPassphrasesOpenWhatTheySealed) {
  const auto content = std::make_shared<Content>();
  const auto secret = [](std::string_view text) { return MasterKey::passphrase(text, kQuick); };
  must(KeyStore::create(storage_of(content), secret("correct horse")));
  must(
      KeyStore::open(storage_of(content), MasterKey::passphrase("correct horse")));  // its own cost
  for (const char* wrong : {"Correct horse", "correct horse ", ""}) {
    EXPECT_TRUE(fails_with(KeyStore::open(storage_of(content), secret(wrong)),
                           ErrorCode::kCryptoMasterKey));
  }
  EXPECT_TRUE(
      fails_with(KeyStore::open(storage_of(content), raw_master()), ErrorCode::kCryptoMasterKey));
  EXPECT_TRUE(
      fails_with(KeyStore::open(storage_of(content_), secret("x")), ErrorCode::kCryptoMasterKey));
}

TEST_F(MasterKeys, OfUnreasonableCostAreRefused) {
  const auto create = [](std::string_view text, const Argon2Cost& cost) {
    return KeyStore::create(storage_of(std::make_shared<Content>()),
                            MasterKey::passphrase(text, cost));
  };
  EXPECT_TRUE(
      fails_with(create("x", {.memory_kib = (1U << 20) + 1}), ErrorCode::kCryptoInvalidArgument));
  EXPECT_TRUE(
      fails_with(create("x", {.memory_kib = 32, .passes = 65}), ErrorCode::kCryptoInvalidArgument));
  EXPECT_TRUE(fails_with(create("x", {.memory_kib = 7, .passes = 1, .lanes = 1}),
                         ErrorCode::kCryptoInvalidArgument));
  EXPECT_TRUE(fails_with(create("", kQuick), ErrorCode::kCryptoMasterKey));
  EXPECT_TRUE(fails_with(create(std::string(1025, 'x'), kQuick), ErrorCode::kCryptoMasterKey));
}

}  // namespace
}  // namespace synapsed::crypto
