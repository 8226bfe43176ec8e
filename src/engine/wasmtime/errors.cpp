#include "engine/wasmtime/errors.hpp"

#include <array>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "base/units.hpp"

namespace synapsed::engine {
namespace {

struct TrapRow {
  wasmtime_trap_code_t code;
  ErrorCode kind;
  std::string_view message;
};

constexpr std::array kTraps{
    TrapRow{WASMTIME_TRAP_CODE_STACK_OVERFLOW, ErrorCode::kStackExhausted,
            "the guest used up its stack"},
    TrapRow{WASMTIME_TRAP_CODE_MEMORY_OUT_OF_BOUNDS, ErrorCode::kTrapMemoryOutOfBounds,
            "memory access out of bounds"},
    TrapRow{WASMTIME_TRAP_CODE_HEAP_MISALIGNED, ErrorCode::kTrapMisalignedAtomic,
            "misaligned atomic access"},
    TrapRow{WASMTIME_TRAP_CODE_TABLE_OUT_OF_BOUNDS, ErrorCode::kTrapTableOutOfBounds,
            "table access out of bounds"},
    TrapRow{WASMTIME_TRAP_CODE_INDIRECT_CALL_TO_NULL, ErrorCode::kTrapIndirectCallToNull,
            "indirect call to an uninitialised table element"},
    TrapRow{WASMTIME_TRAP_CODE_BAD_SIGNATURE, ErrorCode::kTrapBadSignature,
            "indirect call to a function of another type"},
    TrapRow{WASMTIME_TRAP_CODE_INTEGER_OVERFLOW, ErrorCode::kTrapIntegerOverflow,
            "integer overflow"},
    TrapRow{WASMTIME_TRAP_CODE_INTEGER_DIVISION_BY_ZERO, ErrorCode::kTrapIntegerDivisionByZero,
            "integer division by zero"},
    TrapRow{WASMTIME_TRAP_CODE_BAD_CONVERSION_TO_INTEGER, ErrorCode::kTrapBadConversionToInteger,
            "conversion of a float that no integer can hold"},
    TrapRow{WASMTIME_TRAP_CODE_UNREACHABLE_CODE_REACHED, ErrorCode::kTrapUnreachable,
            "the guest executed \"unreachable\""},
    TrapRow{WASMTIME_TRAP_CODE_ATOMIC_WAIT_NON_SHARED_MEMORY, ErrorCode::kTrapAtomicWaitNonShared,
            "atomic wait on a memory that is not shared"},
    TrapRow{WASMTIME_TRAP_CODE_NULL_REFERENCE, ErrorCode::kTrapNullReference, "null reference"},
    TrapRow{WASMTIME_TRAP_CODE_ARRAY_OUT_OF_BOUNDS, ErrorCode::kTrapArrayOutOfBounds,
            "array access out of bounds"},
    TrapRow{WASMTIME_TRAP_CODE_ALLOCATION_TOO_LARGE, ErrorCode::kTrapAllocationTooLarge,
            "allocation too large"},
    TrapRow{WASMTIME_TRAP_CODE_CAST_FAILURE, ErrorCode::kTrapCastFailure, "failed cast"},
    TrapRow{WASMTIME_TRAP_CODE_UNCAUGHT_EXCEPTION, ErrorCode::kTrapUncaughtException,
            "uncaught exception"},
};

/// `file:line`, empty when unknown.
std::string source_of(const wasm_trap_t* trap, const wasmtime_error_t* error, std::size_t frame) {
  ByteVector file;
  std::uint32_t line = 0;
  if (!synapsed_frame_source(trap, error, frame, &file, &line)) return {};
  return fmt::format("{}:{}", std::string_view(file.data, file.size), line);
}

std::vector<Frame> frames_of(const wasm_trap_t* trap, const wasmtime_error_t* error) {
  FrameVector frames;
  if (trap != nullptr) {
    wasm_trap_trace(trap, &frames);
  } else {
    wasmtime_error_wasm_trace(error, &frames);
  }
  constexpr std::size_t kFramesMax = 20;
  std::vector<Frame> result;
  for (std::size_t i = 0; i < frames.size && i < kFramesMax; ++i) {
    const wasm_frame_t* frame = frames.data[i];
    const std::size_t offset = wasm_frame_module_offset(frame);
    result.push_back({.function_index = wasm_frame_func_index(frame),
                      .function_name = text_of(wasmtime_frame_func_name(frame)),
                      .module_name = text_of(wasmtime_frame_module_name(frame)),
                      .code_offset = offset == SIZE_MAX ? std::nullopt : std::optional(offset),
                      .source = source_of(trap, error, i)});
  }
  return result;
}

struct Cause {
  ErrorCode kind;
  std::string message;
  std::string hint;
};

/// What the host itself decided: the interruption or the refusal it noted while the guest ran.
std::optional<Cause> host_decision(const Store::Impl& store) {
  using Interruption = Store::Impl::Interruption;
  const synapsed_account& account = store.account;
  if (store.interruption == Interruption::kDeadline) {
    return Cause{ErrorCode::kDeadline, "the execution reached its deadline", ""};
  }
  if (store.interruption == Interruption::kCancelled) {
    return Cause{ErrorCode::kCancelled, "the execution was cancelled", ""};
  }
  switch (account.refusal) {
    case SYNAPSED_REFUSAL_MEMORY:
      return Cause{ErrorCode::kMemoryLimit,
                   fmt::format("the guest asked for {} of memory and may hold {}",
                               format_bytes(account.refused_request),
                               format_bytes(account.memory_bytes_max)),
                   "raise the memory limit if the guest is right to need more"};
    case SYNAPSED_REFUSAL_POOL:
      return Cause{ErrorCode::kMemoryPoolExhausted,
                   fmt::format("all instances together hold nearly the pool's {}",
                               format_bytes(account.pool->bytes_max)),
                   "raise memory_pool_size, or run fewer instances at once"};
    case SYNAPSED_REFUSAL_TABLE:
      return Cause{ErrorCode::kTableLimit,
                   fmt::format("the guest asked for {} table elements and may hold {}",
                               account.refused_request, account.table_elements_max),
                   "raise table_elements_max if the guest is right to need more"};
    default: return std::nullopt;
  }
}

Cause cause_of_trap(const wasm_trap_t* trap) {
  wasmtime_trap_code_t code = 0;
  if (wasmtime_trap_code(trap, &code)) {
    for (const TrapRow& row : kTraps) {
      if (row.code == code) return {row.kind, std::string(row.message), ""};
    }
  }
  ByteVector message;
  wasm_trap_message(trap, &message);
  std::string text(message.data, message.size);
  if (text.ends_with('\0')) text.pop_back();
  // A thrown exception nobody catches has no trap code of its own.
  if (text.find("thrown Wasm exception") != std::string::npos) {
    return {ErrorCode::kTrapUncaughtException, "uncaught exception", ""};
  }
  return {ErrorCode::kTrapOther, root_cause(text), ""};
}

Cause cause_of_error(const wasmtime_error_t* error) {
  const std::string full = message_of(error);
  std::string text = root_cause(full);
  if (text.starts_with("unknown import")) {
    return {ErrorCode::kTrapUnknownImport, "the guest called an import that nobody provides: " +
            text.substr(text.find(": ") + 2), "provide it, or build the guest without it"};
  }
  if (full.find("maximum concurrent") != std::string::npos) {
    return {ErrorCode::kInstanceLimit, text,
            "raise pooling.instances_max, or run fewer executions at once"};
  }
  if (full.find("GC heap") != std::string::npos && full.find("memory") != std::string::npos) {
    return {ErrorCode::kMemoryLimit, text, "raise the memory limit if the guest needs more"};
  }
  return {ErrorCode::kTrapOther, std::move(text), ""};
}

}  // namespace

std::string root_cause(std::string_view message) {
  constexpr std::string_view kMarker = "Caused by:";
  if (const std::size_t marker = message.rfind(kMarker); marker != std::string_view::npos) {
    message.remove_prefix(marker + kMarker.size());
  }
  message = message.substr(0, message.find("\n\nStack backtrace"));
  for (int number = 9; number >= 0; --number) {
    const std::string label = fmt::format("\n    {}: ", number);
    if (const std::size_t start = message.rfind(label); start != std::string_view::npos) {
      message.remove_prefix(start + label.size());
      break;
    }
  }
  const std::size_t first = message.find_first_not_of(" \n\t");
  if (first == std::string_view::npos) return {};
  return std::string(message.substr(first, message.find_last_not_of(" \n\t") - first + 1));
}

std::string text_of(const wasm_name_t* name) {
  return name == nullptr ? std::string() : std::string(name->data, name->size);
}

std::string message_of(const wasmtime_error_t* error) {
  ByteVector message;
  wasmtime_error_message(error, &message);
  return text_of(&message);
}

/// What a host function decided, with the guest's backtrace.
Stop stop_of_host(Stop decided, const wasm_trap_t* trap, const wasmtime_error_t* error) {
  auto* failure = std::get_if<Error>(&decided);
  if (failure == nullptr) return decided;
  Trap stopped{.kind = failure->code(), .message = failure->message(),
               .frames = frames_of(trap, error)};
  return std::move(*failure).with_trap(std::move(stopped));
}

Stop stop_of(Store::Impl& store, TrapHandle trap, ErrorHandle error) {
  if (store.host_stop) {
    return stop_of_host(std::move(*std::exchange(store.host_stop, nullptr)), trap.get(),
                        error.get());
  }
  int exit_code = 0;
  if (error && wasmtime_error_exit_status(error.get(), &exit_code)) return ProcessExit{exit_code};

  Cause cause = host_decision(store).value_or(Cause{});
  if (cause.message.empty()) {
    cause = trap ? cause_of_trap(trap.get()) : cause_of_error(error.get());
  }
  Trap stopped{.kind = cause.kind, .message = cause.message, .frames = frames_of(trap.get(), error.get())};
  return Error(cause.kind, std::move(cause.message))
      .help(std::move(cause.hint))
      .with_trap(std::move(stopped));
}

}  // namespace synapsed::engine
