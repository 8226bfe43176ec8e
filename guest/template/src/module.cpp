// The functions that this module exports.

#include <cstdint>
#include <string>
#include <string_view>

#include <synapsed/guest.hpp>

std::string greet(std::string_view name) { return "Hello, " + std::string(name) + "!"; }
SYNAPSED_EXPORT(greet, "func(name: string) -> string")

std::int32_t add(std::int32_t left, std::int32_t right) { return left + right; }
SYNAPSED_EXPORT(add, "func(left: s32, right: s32) -> s32")
