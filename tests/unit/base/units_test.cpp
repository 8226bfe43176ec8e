#include "base/units.hpp"

#include "tests/support/results.hpp"

namespace synapsed {
namespace {

using namespace std::chrono_literals;
using test::fails_with;
using test::must;

TEST(Units, ReadsDurations) {
  EXPECT_EQ(must(parse_duration("200ms")), 200ms);
  EXPECT_EQ(must(parse_duration("1.5s")), 1500ms);
  EXPECT_EQ(must(parse_duration("2m")), 2min);
  EXPECT_EQ(must(parse_duration("1h")), 1h);
  EXPECT_EQ(must(parse_duration("0")), 0ns);
  EXPECT_EQ(must(parse_duration("7ns")), 7ns);
}

TEST(Units, RefusesWhatIsNoDuration) {
  for (const char* text : {"", "5", "-5s", "s", "5 s", "1e3s", "5fortnights", "1.2.3s", "9999999h", "."}) {
    EXPECT_TRUE(fails_with(parse_duration(text), ErrorCode::kInvalidLimit)) << text;
  }
}

TEST(Units, ReadsSizes) {
  EXPECT_EQ(must(parse_bytes("65536")), 65536U);
  EXPECT_EQ(must(parse_bytes("64MiB")), std::uint64_t{64} << 20);
  EXPECT_EQ(must(parse_bytes("1.5G")), std::uint64_t{3} << 29);
  EXPECT_EQ(must(parse_bytes("2kB")), 2000U);
  EXPECT_EQ(must(parse_bytes("0")), 0U);
}

TEST(Units, RefusesWhatIsNoSize) {
  for (const char* text : {"", "-1", "lots", "64 MiB", "1e9", "99999999T", "0x10"}) {
    EXPECT_TRUE(fails_with(parse_bytes(text), ErrorCode::kInvalidLimit)) << text;
  }
}

TEST(Units, WritesWhatPeopleRead) {
  EXPECT_EQ(format_duration(200ms), "200 ms");
  EXPECT_EQ(format_duration(1500ms), "1.5 s");
  EXPECT_EQ(format_duration(0ns), "0 ns");
  EXPECT_EQ(format_bytes(64 << 20), "64 MiB");
  EXPECT_EQ(format_bytes(1536), "1.5 KiB");
  EXPECT_EQ(format_bytes(17), "17 bytes");
}

}  // namespace
}  // namespace synapsed
