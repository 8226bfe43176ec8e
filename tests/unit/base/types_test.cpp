#include <synapsed/types.hpp>

#include <gtest/gtest.h>

namespace synapsed {
namespace {

using Kind = ValueType::Kind;

TEST(Types, ReadLikeTheTextFormat) {
  const ValueType i32{.kind = Kind::kI32};
  const ValueType funcref{.kind = Kind::kRef, .nullable = true, .heap = HeapType::kFunc};
  const ValueType any{.kind = Kind::kRef, .nullable = false, .heap = HeapType::kAny};
  EXPECT_EQ(to_string(funcref), "funcref");
  EXPECT_EQ(to_string(any), "(ref any)");
  EXPECT_EQ(to_string(FunctionType{}), "() -> ()");
  EXPECT_EQ(to_string(FunctionType{.params = {i32, i32}, .results = {i32}}), "(i32, i32) -> i32");
  EXPECT_EQ(to_string(ExternType(GlobalType{.value = i32, .is_mutable = true})), "global mut i32");
  EXPECT_EQ(to_string(ExternType(TableType{.element = funcref, .minimum = 1})), "table 1.. funcref");
  EXPECT_EQ(to_string(ExternType(MemoryType{.minimum = 1, .maximum = 2, .is_shared = true})),
            "memory 1..2 pages shared");
  EXPECT_EQ(to_string(ExternType(TagType{.function = {.params = {i32}}})), "tag (i32)");
  EXPECT_EQ(kind_name(ExternType(MemoryType{})), "memory");
}

}  // namespace
}  // namespace synapsed
