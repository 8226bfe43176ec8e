#pragma once

/// \file
/// Calls of functions whose interface is known, by the canonical ABI of the Component Model.
///
/// Thread rule: pure functions of their arguments and of guest memory.

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <synapsed/error.hpp>
#include <synapsed/interface.hpp>
#include <synapsed/raw_value.hpp>
#include <synapsed/types.hpp>
#include <synapsed/value.hpp>

#include "engine/memory_view.hpp"
#include "host/abi_layout.hpp"
#include "host/lowered_call.hpp"

namespace synapsed {

/// The allocator of the canonical ABI: (old pointer, old size, alignment, new size) -> pointer.
inline constexpr std::string_view kAllocator = "cabi_realloc";
/// The function that, when exported, is called with a core result after it was lifted.
[[nodiscard]] std::string post_return_name(std::string_view function);

/// The core type of `cabi_realloc`.
[[nodiscard]] FunctionType allocator_type();

/// The memory of the canonical ABI.
inline constexpr std::string_view kMemory = "memory";

/// Every function is exported with the core type its interface gives it, with what it needs of
/// `memory` and `cabi_realloc`, and with a fitting `cabi_post_…` or none. Error:
/// `load.invalid_interface`.
Result<void> check_interface(const Interface& interface, std::span<const ExportType> exports);

/// The arguments as blocks and core values. Errors: `call.argument_count`, `call.argument_type`
/// (also for a string that is not UTF-8), `call.argument_range`; they name the function and the
/// parameter's part, as in `parameter "points"[3].x of "sum"`.
[[nodiscard]] Result<LoweredCall> lower_call(const InterfaceFunction& function,
                                             std::span<const WasmValue> arguments);
/// The same with what `abi_of(function)` gave.
[[nodiscard]] Result<LoweredCall> lower_call(const InterfaceFunction& function,
                                             const FunctionAbi& abi,
                                             std::span<const WasmValue> arguments);

/// A result may hold so many values, parts counted, and so many bytes of strings and `list<u8>` as
/// its memory has: a guest can let one block be shown many times.
inline constexpr std::size_t kLiftedValuesMax = 1'000'000;

/// The result as one value, or none. `values` are what the call returned. Integers narrower than
/// i32 are their lowest bits; a bool is 0 or 1. Errors: `call.out_of_bounds`,
/// `call.invalid_result`; they name the function and the result's part.
[[nodiscard]] Result<std::vector<WasmValue>> lift_result(const InterfaceFunction& function,
                                                         std::span<const RawValue> values,
                                                         engine::MemoryView memory);
/// The same with what `abi_of(function)` gave.
[[nodiscard]] Result<std::vector<WasmValue>> lift_result(const InterfaceFunction& function,
                                                         const FunctionAbi& abi,
                                                         std::span<const RawValue> values,
                                                         engine::MemoryView memory);

}  // namespace synapsed
