#include "base/files.hpp"

#include <unistd.h>

#include <cstdlib>
#include <filesystem>

#include "base/bytes.hpp"
#include "base/hex.hpp"
#include "base/sha256.hpp"
#include "tests/support/results.hpp"

namespace synapsed {
namespace {

using test::fails_with;
using test::must;

class Files : public ::testing::Test {
 protected:
  Files() {
    std::string pattern = ::testing::TempDir() + "synapsed_files_XXXXXX";
    folder_ = ::mkdtemp(pattern.data());
  }
  ~Files() override { std::filesystem::remove_all(folder_); }
  [[nodiscard]] std::string path(const char* name) const { return (folder_ / name).string(); }

  std::filesystem::path folder_;
};

TEST_F(Files, ReadsBackWhatWasWritten) {
  must(write_file_atomically(path("a"), as_bytes("hello")));
  must(write_file_atomically(path("a"), as_bytes("bye")));
  EXPECT_EQ(as_text(must(read_file(path("a"), 100))), "bye");
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder_), {}), 1);
}

TEST_F(Files, WritesThroughASymbolicLink) {
  must(write_file_atomically(path("a"), as_bytes("old")));
  std::filesystem::create_symlink(path("a"), path("link"));
  must(write_file_atomically(path("link"), as_bytes("new")));
  EXPECT_TRUE(std::filesystem::is_symlink(path("link")));
  EXPECT_EQ(as_text(must(read_file(path("a"), 100))), "new");
}

TEST_F(Files, RefusesMoreThanTheLimit) {
  must(write_file_atomically(path("a"), as_bytes("hello")));
  EXPECT_EQ(must(read_file(path("a"), 5)).size(), 5U);
  EXPECT_TRUE(fails_with(read_file(path("a"), 4), ErrorCode::kLoadTooLarge));
  EXPECT_TRUE(fails_with(read_file("/dev/zero", 1000), ErrorCode::kLoadTooLarge));
}

TEST_F(Files, SaysWhyAFileCannotBeRead) {
  const auto missing = read_file(path("missing"), 100);
  EXPECT_TRUE(fails_with(missing, ErrorCode::kLoadUnreadable));
  EXPECT_EQ(missing.error().where(), path("missing"));
  EXPECT_TRUE(fails_with(read_file(folder_.string(), 100), ErrorCode::kLoadUnreadable));
}

TEST_F(Files, AFailedWriteLeavesNothingBehind) {
  std::filesystem::create_directory(path("taken"));
  EXPECT_TRUE(fails_with(write_file_atomically(path("taken"), as_bytes("x")), ErrorCode::kIo));
  EXPECT_TRUE(fails_with(write_file_atomically(path("no/where"), as_bytes("x")), ErrorCode::kIo));
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder_), {}), 1);
}

TEST(Sha256, AgreesWithTheStandardsExamples) {  // FIPS 180-4, examples of NIST
  EXPECT_EQ(to_hex(sha256({})), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(to_hex(sha256(as_bytes("abc"))),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(Hex, RoundTripsAndRefusesOddOrForeignText) {
  EXPECT_EQ(to_hex(from_hex("00fF7a").value()), "00ff7a");
  EXPECT_FALSE(from_hex("0"));
  EXPECT_FALSE(from_hex("0g"));
}

}  // namespace
}  // namespace synapsed
