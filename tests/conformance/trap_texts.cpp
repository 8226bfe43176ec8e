#include "tests/conformance/trap_texts.hpp"

#include <array>

namespace synapsed::tests {
namespace {

struct Row {
  std::string_view text;
  wasmtime_trap_code_enum code;
};

/// The reference interpreter appends details ("uninitialized element 2"), and older scripts
/// shorten: either text may begin with the other.
constexpr std::array kRows{
    Row{"unreachable", WASMTIME_TRAP_CODE_UNREACHABLE_CODE_REACHED},
    Row{"integer divide by zero", WASMTIME_TRAP_CODE_INTEGER_DIVISION_BY_ZERO},
    Row{"integer overflow", WASMTIME_TRAP_CODE_INTEGER_OVERFLOW},
    Row{"invalid conversion to integer", WASMTIME_TRAP_CODE_BAD_CONVERSION_TO_INTEGER},
    Row{"out of bounds memory access", WASMTIME_TRAP_CODE_MEMORY_OUT_OF_BOUNDS},
    Row{"out of bounds table access", WASMTIME_TRAP_CODE_TABLE_OUT_OF_BOUNDS},
    Row{"out of bounds array access", WASMTIME_TRAP_CODE_ARRAY_OUT_OF_BOUNDS},
    Row{"undefined element", WASMTIME_TRAP_CODE_TABLE_OUT_OF_BOUNDS},
    Row{"uninitialized element", WASMTIME_TRAP_CODE_INDIRECT_CALL_TO_NULL},
    Row{"indirect call type mismatch", WASMTIME_TRAP_CODE_BAD_SIGNATURE},
    Row{"call stack exhausted", WASMTIME_TRAP_CODE_STACK_OVERFLOW},
    Row{"unaligned atomic", WASMTIME_TRAP_CODE_HEAP_MISALIGNED},
    Row{"expected shared memory", WASMTIME_TRAP_CODE_ATOMIC_WAIT_NON_SHARED_MEMORY},
    Row{"null reference", WASMTIME_TRAP_CODE_NULL_REFERENCE},
    Row{"null function reference", WASMTIME_TRAP_CODE_NULL_REFERENCE},
    Row{"null structure reference", WASMTIME_TRAP_CODE_NULL_REFERENCE},
    Row{"null array reference", WASMTIME_TRAP_CODE_NULL_REFERENCE},
    Row{"null i31 reference", WASMTIME_TRAP_CODE_NULL_REFERENCE},
    Row{"cast failure", WASMTIME_TRAP_CODE_CAST_FAILURE},
};

}  // namespace

bool is_trap(std::string_view text, wasmtime_trap_code_t code) {
  for (const Row& row : kRows) {
    const bool named = row.text.starts_with(text) || text.starts_with(row.text);
    if (named && row.code == code) return true;
  }
  return false;
}

}  // namespace synapsed::tests
