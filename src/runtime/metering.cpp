#include "runtime/metering.hpp"

#include <optional>
#include <utility>

#include <fmt/format.h>

#include "runtime/exports.hpp"

namespace synapsed {
namespace {

/// Frames of the original: those of injected functions are gone, offsets are the original's.
void restore_frames(const Metered& metered, Trap& trap) {
  std::erase_if(trap.frames, [&](const Frame& frame) {
    return frame.function_index >= metered.instrumentation->functions;
  });
  for (Frame& frame : trap.frames) {
    if (frame.code_offset) frame.code_offset = metered.instrumentation->positions.original(*frame.code_offset);
  }
}

/// A fault the guest did not choose. It chose `unreachable`, and host functions and limits settle
/// what they cost.
bool is_fault(const Trap& trap) {
  switch (trap.kind) {
    case ErrorCode::kTrapUnreachable:
    case ErrorCode::kTrapUncaughtException:
    case ErrorCode::kTrapUnknownImport:
    case ErrorCode::kTrapPanic: return false;
    case ErrorCode::kStackExhausted: return true;
    default: return class_of(trap.kind) == ErrorClass::kGuestTrap;
  }
}

/// ` in function 3 (sort)`
std::string place_of(const Trap& trap) {
  if (trap.frames.empty()) return {};
  const Frame& frame = trap.frames.front();
  if (frame.function_name.empty()) return fmt::format(" in function {}", frame.function_index);
  return fmt::format(" in function {} ({})", frame.function_index, frame.function_name);
}

Error out_of_gas(const GasAccount& gas, Trap trap) {
  trap.kind = ErrorCode::kOutOfGas;
  trap.message = fmt::format("the guest used up its {} gas{}", gas.used(), place_of(trap));
  return Error(trap.kind, trap.message)
      .help("raise the execution's gas limit")
      .with_trap(std::move(trap));
}

bool has_used_up_stack(const Metered& metered, LiveInstance* live) {
  if (!metered.stack || live == nullptr) return false;
  const auto counter = live->store.counter(live->instance, *metered.stack);
  return counter && live->store.read(*counter) < 0;
}

Error stack_exhausted(Trap trap) {
  trap.kind = ErrorCode::kStackExhausted;
  trap.message = fmt::format("the guest's calls go too deep{}", place_of(trap));
  return Error(trap.kind, trap.message)
      .help("call less deeply, or raise limits.call_stack_bytes_max")
      .with_trap(std::move(trap));
}

/// The error of a guest that noticed itself that a limit is used up.
std::optional<Error> noticed(const Metered& metered, LiveInstance* live, GasAccount& gas,
                             const Trap& trap) {
  if (trap.kind != ErrorCode::kTrapUnreachable) return std::nullopt;
  if (gas.is_exhausted()) return out_of_gas(gas, trap);
  if (!has_used_up_stack(metered, live)) return std::nullopt;
  if (gas.limit()) gas.forfeit();
  return stack_exhausted(trap);
}

/// What the guest calls stays in its table: it is set again where it may be another.
void connect(const GasRefill& refill, LiveInstance& live, bool has_source, bool is_sliced) {
  const bool is_connected = live.refill || live.sliced_refill;
  if (!has_source && !is_sliced && !is_connected) return;
  std::optional<engine::Function>& function = is_sliced ? live.sliced_refill : live.refill;
  if (!function) {
    function = refill.functions.function(live.store, bytecode::kRefillExport,
                                         is_sliced ? kSlicedRefill : kRefill);
  }
  live.store.write(live.store.table(live.instance, refill.table).value(), 0, function.value());
}

}  // namespace

void share_gas(const LoadedModule& module, LiveInstance& live, GasAccount& gas,
               std::uint64_t slice) {
  const auto& metered = module.metered;
  if (!metered || !metered->gas) return;
  if (!live.gas) live.gas = live.store.counter(live.instance, *metered->gas);
  gas.share(live.store, live.gas.value(), slice);
  if (metered->refill) connect(*metered->refill, live, gas.has_source(), slice != 0);
}

engine::Stop account_for(const LoadedModule& module, LiveInstance* live, GasAccount& gas,
                         engine::Stop stop) {
  auto* error = std::get_if<Error>(&stop);
  if (!module.metered || error == nullptr || error->trap() == nullptr) return stop;
  Trap trap = *error->trap();
  restore_frames(*module.metered, trap);
  if (auto limit = noticed(*module.metered, live, gas, trap)) return std::move(*limit);
  if (is_fault(trap) && gas.limit()) gas.forfeit();
  return std::move(*error).with_trap(std::move(trap));
}

}  // namespace synapsed
