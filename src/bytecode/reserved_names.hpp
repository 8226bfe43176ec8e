#pragma once

/// \file
/// What passes export from the modules they make: the runtime's, not the guest's. Thread rule:
/// constants.

#include <string_view>

namespace synapsed::bytecode {

/// Exports that begin so are the runtime's; a module that has one of its own is refused.
inline constexpr std::string_view kReservedPrefix = "synapsed:";
/// The gas that is left, a mutable i64. Negative: exhausted.
inline constexpr std::string_view kGasExport = "synapsed:gas";
/// A table of one function, (missing i64) -> (): called where the gas lacks so much, it may add to
/// it. What is in it at first adds nothing.
inline constexpr std::string_view kRefillExport = "synapsed:refill";
/// The counted stack that is left, a mutable i64 (docs/formats/stack.md). Negative: exhausted.
inline constexpr std::string_view kStackExport = "synapsed:stack";
/// What the original calls when it is instantiated, if anything.
inline constexpr std::string_view kStartExport = "synapsed:start";

/// Before the index of what is exported for snapshots (see snapshot_exports.hpp).
inline constexpr std::string_view kGlobalExport = "synapsed:global:";
inline constexpr std::string_view kTableExport = "synapsed:table:";
inline constexpr std::string_view kMemoryExport = "synapsed:memory:";
inline constexpr std::string_view kDataDroppedExport = "synapsed:data-dropped:";
inline constexpr std::string_view kElementDroppedExport = "synapsed:element-dropped:";
inline constexpr std::string_view kFunctionExport = "synapsed:function:";
/// () -> (): drops the segments whose flags are set.
inline constexpr std::string_view kDropExport = "synapsed:drop";

}  // namespace synapsed::bytecode
