#include <string>
#include <vector>

#include <synapsed/semantic_version.hpp>

#include "tests/support/results.hpp"

namespace synapsed {
namespace {

using test::must;

TEST(SemanticVersions, FollowTheSpecification) {
  for (const char* text : {"0.0.0", "1.2.3", "1.0.0-alpha", "1.0.0-rc.1", "1.0.0-0.3.7",
                           "1.0.0-x-y-z.--", "1.0.0+001", "1.0.0-a+b.c-d", "10.20.30"}) {
    EXPECT_EQ(must(SemanticVersion::parse(text)).to_string(), text);
  }
  for (const char* text : {"", "1", "1.2", "1.2.3.4", "01.2.3", "1.2.x", "1.2.3-", "1.2.3+",
                           "1.2.3-01", "v1.2.3", "1.2.3-a..b", " 1.2.3", "1.2.99999999999999999999"}) {
    EXPECT_FALSE(SemanticVersion::parse(text)) << text;
  }
}

TEST(SemanticVersions, HaveThePrecedenceOfTheSpecification) {
  const std::vector<std::string> ascending{
      "0.9.9",      "1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-alpha.beta", "1.0.0-beta", "1.0.0-beta.2",
      "1.0.0-beta.11", "1.0.0-rc.1", "1.0.0",         "1.0.1",            "1.2.0",      "2.0.0"};
  for (std::size_t i = 0; i < ascending.size(); ++i) {
    for (std::size_t j = 0; j < ascending.size(); ++j) {
      const auto a = must(SemanticVersion::parse(ascending[i]));
      const auto b = must(SemanticVersion::parse(ascending[j]));
      EXPECT_TRUE((a <=> b) == (i <=> j)) << ascending[i] << " " << ascending[j];
    }
  }
  EXPECT_EQ(must(SemanticVersion::parse("1.0.0+a")), must(SemanticVersion::parse("1.0.0+b")));
}

struct Contained {
  const char* range;
  std::vector<const char*> in;
  std::vector<const char*> out;
};

TEST(VersionRanges, AreThoseOfCargo) {
  const std::vector<Contained> cases{
      {"*", {"0.0.0", "9.9.9"}, {"1.0.0-rc.1"}},
      {"^1.2.3", {"1.2.3", "1.9.0"}, {"1.2.2", "2.0.0", "2.0.0-rc.1", "1.5.0-rc.1"}},
      {"1.2.3", {"1.2.3", "1.9.0"}, {"1.2.2", "2.0.0"}},
      {"^0.2.3", {"0.2.3", "0.2.9"}, {"0.3.0", "0.2.2"}},
      {"^0.0.3", {"0.0.3"}, {"0.0.4", "0.0.2"}},
      {"^0.0", {"0.0.0", "0.0.9"}, {"0.1.0"}},
      {"^0", {"0.0.1", "0.9.0"}, {"1.0.0"}},
      {"^1", {"1.0.0", "1.9.9"}, {"0.9.9", "2.0.0"}},
      {"~1.2.3", {"1.2.3", "1.2.9"}, {"1.3.0"}},
      {"~1.2", {"1.2.0", "1.2.9"}, {"1.3.0"}},
      {"~1", {"1.0.0", "1.9.0"}, {"2.0.0"}},
      {"1.*", {"1.0.0", "1.9.0"}, {"2.0.0", "0.9.0"}},
      {"1.2.*", {"1.2.0", "1.2.9"}, {"1.3.0"}},
      {"0.*", {"0.0.0", "0.9.0"}, {"1.0.0"}},
      {"=1.2.3", {"1.2.3", "1.2.3+build"}, {"1.2.4"}},
      {"=1.2", {"1.2.0", "1.2.9"}, {"1.3.0"}},
      {"=1.2.3-rc.1", {"1.2.3-rc.1"}, {"1.2.3-rc.2", "1.2.3"}},
      {">=1.2, <2", {"1.2.0", "1.9.9"}, {"1.1.9", "2.0.0"}},
      {">1", {"2.0.0"}, {"1.9.9"}},
      {"<=1", {"1.9.9", "0.1.0"}, {"2.0.0"}},
      {">1.2.3 , <=1.3.0", {"1.2.4", "1.3.0"}, {"1.2.3", "1.3.1"}},
      {"^1.2.3-rc.1", {"1.2.3-rc.1", "1.2.3-rc.2", "1.2.3", "1.4.0"}, {"1.2.3-beta", "1.4.0-rc.1"}}};
  for (const auto& [text, in, out] : cases) {
    const VersionRange range = must(VersionRange::parse(text));
    EXPECT_EQ(range.to_string(), text);
    for (const char* version : in) {
      EXPECT_TRUE(range.contains(must(SemanticVersion::parse(version)))) << text << " " << version;
    }
    for (const char* version : out) {
      EXPECT_FALSE(range.contains(must(SemanticVersion::parse(version)))) << text << " " << version;
    }
  }
}

TEST(VersionRanges, ThatAreNoneAreRefused) {
  for (const char* text : {"", "^", "1.2.3.4", "^1.2-rc", "1.*.3", ">=", "1,", "a", "^ ^1", "==1"}) {
    EXPECT_TRUE(test::fails_with(VersionRange::parse(text), ErrorCode::kManifestInvalid)) << text;
  }
}

}  // namespace
}  // namespace synapsed
