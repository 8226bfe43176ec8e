#include "bytecode/component.hpp"

#include "tests/support/module_bytes.hpp"
#include "tests/support/results.hpp"

namespace synapsed::bytecode {
namespace {

using synapsed::test::fails_with;
using synapsed::test::must;
using test::append;
using test::hex;
using test::module_of;
using test::section;

Bytes component_of(std::initializer_list<Bytes> sections) {
  Bytes bytes = hex("00 61 73 6d 0d 00 01 00");
  for (const Bytes& each : sections) append(bytes, each);
  return bytes;
}

TEST(Component, FindsTheCoreModulesInsideItAndInsideThoseInIt) {
  const Bytes module = module_of({section(1, hex("01 60 00 00"))});
  const Bytes bytes = component_of({section(0, hex("01 61")), section(1, module),
                                    section(4, component_of({section(1, module_of({}))}))});
  EXPECT_TRUE(is_component(bytes));
  EXPECT_FALSE(is_component(module));
  const auto found = must(find_core_modules(bytes));
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[0].size_bytes, module.size());
  EXPECT_EQ(found[0].depth, 0U);
  EXPECT_EQ(found[1].depth, 1U);
  EXPECT_EQ(bytes[found[1].offset + 1], std::byte{'a'});
}

TEST(Component, HostileNestingIsAnError) {
  Bytes bytes = component_of({});
  for (int i = 0; i < 200; ++i) bytes = component_of({section(4, bytes)});
  EXPECT_TRUE(fails_with(find_core_modules(bytes), ErrorCode::kLoadInvalidModule));
  EXPECT_TRUE(fails_with(find_core_modules(component_of({hex("01 ff ff ff ff 0f")})),
                         ErrorCode::kLoadTruncated));
}

}  // namespace
}  // namespace synapsed::bytecode
