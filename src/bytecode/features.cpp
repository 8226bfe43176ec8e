#include "bytecode/features.hpp"

#include <array>

namespace synapsed::bytecode {
namespace {

constexpr std::array<std::string_view, kFeatures> kNames{
    "mvp",           "mutable-globals", "sign-extension", "saturating-conversions",
    "multi-value",   "bulk-memory",     "reference-types", "simd",
    "tail-call",     "extended-const",  "multi-memory",   "memory64",
    "threads",       "relaxed-simd",    "function-references", "gc",
    "exceptions",    "wide-arithmetic", "custom-page-sizes"};

}  // namespace

std::string_view to_string(Feature feature) { return kNames[static_cast<std::size_t>(feature)]; }

}  // namespace synapsed::bytecode
