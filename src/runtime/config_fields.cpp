#include "runtime/config_fields.hpp"

#include <array>
#include <type_traits>

#include <fmt/format.h>

#include "base/units.hpp"

namespace synapsed {
namespace {

template <typename T>
ConfigValue value_of(const T& value) {
  if constexpr (std::is_same_v<T, std::chrono::nanoseconds>) {
    return static_cast<std::uint64_t>(value.count());
  } else if constexpr (std::is_enum_v<T> || std::is_same_v<T, GasPrices>) {
    return std::string(to_string(value));
  } else if constexpr (std::is_same_v<T, bool> || std::is_same_v<T, std::string>) {
    return value;
  } else {
    return std::uint64_t{value};
  }
}

#define FIELD(group, name, unit, why)                                           \
  ConfigField {                                                                 \
    #group, #name, unit, why,                                                   \
        [](const RuntimeConfig& config) { return value_of(config.group.name); } \
  }

constexpr std::array kFields{
    FIELD(security, enable_sandboxing, "",
          "the limits are ceilings that a context can only lower"),
    FIELD(security, strict_validation, "", "imports are resolved when a module is loaded"),
    FIELD(security, enable_deterministic_execution, "",
          "canonical NaNs, one result for relaxed SIMD, no threads"),
    FIELD(security, allow_floats, "", "modules may use floating-point numbers"),
    FIELD(security, disable_unsafe_host_functions, "",
          "no files, clocks, random numbers or sockets of the host for guests"),
    FIELD(security, max_imports, "imports", "of one module"),
    FIELD(security, max_exports, "exports", "of one module"),
    FIELD(security, unknown_imports, "", "what an import that nobody provides becomes"),
    FIELD(memory, memory_pool_size, "bytes", "linear memory of all instances together"),
    FIELD(memory, enable_memory_sharing, "", "the threads proposal: shared memories and atomics"),
    FIELD(memory, enable_gc, "", "the GC and exception proposals; idle instances are reclaimed"),
    FIELD(memory, gc_threshold, "bytes", "memory in use at which reclaiming starts: of instances, and code"),
    FIELD(memory, enable_memory_protection, "",
          "guard regions: the processor checks bounds, at the price of address space"),
    FIELD(limits, module_bytes_max, "bytes", "of one module's binary"),
    FIELD(limits, timeout, "ns", "wall time of one execution"),
    FIELD(limits, memory_bytes_max, "bytes", "linear memory of one execution"),
    FIELD(limits, table_elements_max, "elements", "of all tables of one execution"),
    FIELD(limits, stack_bytes_max, "bytes", "native stack of one execution"),
    FIELD(limits, call_stack_bytes_max, "bytes",
          "stack counted by the guest's code, the same everywhere; 0: not counted"),
    FIELD(compilation, compiler, "", "cranelift optimises, winch compiles fast"),
    FIELD(compilation, optimisation, "", "how hard cranelift tries"),
    FIELD(compilation, tiered, "", "winch compiles first, cranelift while modules serve"),
    FIELD(compilation, debug_info, "", "source lines in backtraces"),
    FIELD(compilation, parallel_compilation, "", "all cores compile one module"),
    FIELD(compilation, interruption, "",
          "how guests are stopped: signals cost them nothing, epochs can also pause them"),
    FIELD(compilation, cache_directory, "", "where compiled code is kept for the next process"),
    FIELD(compilation, cache_bytes_max, "bytes", "of compiled code that is kept"),
    FIELD(metering, enable, "", "guests pay gas for what they compute, not for host calls alone"),
    FIELD(metering, on_exhausted, "",
          "what becomes of a guest out of gas: it stops, or asks the host for more first"),
    FIELD(metering, profile, "", "metered guests count what their gas goes to: slow"),
    FIELD(metering, prices, "", "what gas is charged by: version and hash of the table"),
    FIELD(snapshots, enable, "", "modules are made for snapshots of their instances"),
    FIELD(monitoring, host_calls, "", "calls of host functions are counted and timed"),
    FIELD(pooling, enable, "", "instances come from slots reserved in advance"),
    FIELD(pooling, instances_max, "instances", "slots, when pooling"),
    FIELD(admission, running_max, "executions", "at once; 0: as many as slots, when pooling"),
    FIELD(admission, running_per_module_max, "executions", "of one module at once; 0: no limit"),
    FIELD(admission, running_per_tenant_max, "executions", "of one tenant at once; 0: no limit"),
    FIELD(admission, queue_max, "executions", "that wait at each of these limits"),
    FIELD(async, threads, "threads", "of the runtime's own executor; 0: one per core"),
    FIELD(async, time_slice, "ns", "computing before others get the thread"),
    FIELD(async, gas_slice, "gas", "computing before others get the thread; 0: no limit"),
};

#undef FIELD

std::string number_text(std::string_view unit, std::uint64_t number) {
  if (unit == "bytes") return format_bytes(number);
  if (unit != "ns") return fmt::format("{}", number);
  if (number == 0) return "none";
  return format_duration(std::chrono::nanoseconds{static_cast<std::int64_t>(number)});
}

}  // namespace

std::string ConfigField::text(const RuntimeConfig& config) const {
  const ConfigValue current = value(config);
  if (const auto* flag = std::get_if<bool>(&current)) return *flag ? "on" : "off";
  if (const auto* number = std::get_if<std::uint64_t>(&current)) return number_text(unit, *number);
  const auto& words = std::get<std::string>(current);
  return words.empty() ? "none" : words;
}

std::span<const ConfigField> config_fields() { return kFields; }

}  // namespace synapsed
