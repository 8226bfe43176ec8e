#include <synapsed/error.hpp>

#include <set>

#include <gtest/gtest.h>

namespace synapsed {
namespace {

TEST(Error, NamesAreUniqueAndBanded) {
  std::set<std::string_view> names;
  for (const ErrorCode code : all_error_codes()) {
    EXPECT_TRUE(names.insert(to_string(code)).second) << to_string(code);
    EXPECT_NE(to_string(code).find('.'), std::string_view::npos) << to_string(code);
  }
}

TEST(Error, TheBandDecidesTheClass) {
  for (const ErrorCode code : all_error_codes()) {
    const std::string_view name = to_string(code);
    if (name.starts_with("trap.")) {
      EXPECT_EQ(class_of(code), ErrorClass::kGuestTrap) << name;
    }
    if (name.starts_with("host.")) {
      EXPECT_EQ(class_of(code), ErrorClass::kHostFault) << name;
    }
    if (name.starts_with("load.")) {
      EXPECT_EQ(class_of(code), ErrorClass::kBadInput) << name;
    }
  }
  EXPECT_EQ(class_of(ErrorCode::kDeadline), ErrorClass::kLimitReached);
  EXPECT_EQ(class_of(ErrorCode::kCancelled), ErrorClass::kInterrupted);
}

TEST(Error, PrintsWhatWhereHintAndBacktrace) {
  const Error error =
      Error(ErrorCode::kTrapUnreachable, "it broke")
          .at("a.wasm")
          .help("mend it")
          .with_trap({.kind = ErrorCode::kTrapUnreachable,
                      .message = "it broke",
                      .frames = {{.function_index = 3, .function_name = "f", .module_name = "m",
                                  .code_offset = 31, .source = "a.c:7"},
                                 {.function_index = 4}}});
  EXPECT_EQ(error.to_string(),
            "error: it broke [trap.unreachable]\n"
            "  --> a.wasm\n"
            "  help: mend it\n"
            "  at 0: m!f @ 0x1f (a.c:7)\n"
            "  at 1: function 4");
}

TEST(Error, EditingACopyLeavesTheOriginal) {
  const Error original(ErrorCode::kIo, "a");
  const Error copy = Error(original).at("b");
  EXPECT_EQ(original.where(), "");
  EXPECT_EQ(copy.where(), "b");
  EXPECT_EQ(copy.message(), "a");
}

}  // namespace
}  // namespace synapsed
