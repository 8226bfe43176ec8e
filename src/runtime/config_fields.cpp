#include "runtime/config_fields.hpp"

#include <array>
#include <type_traits>

#include <fmt/format.h>

#include "base/units.hpp"

namespace synapsed {
namespace {

template <typename T>
std::string text_of(const T& value) {
  if constexpr (std::is_same_v<T, bool>) {
    return value ? "on" : "off";
  } else if constexpr (std::is_enum_v<T>) {
    return std::string(to_string(value));
  } else if constexpr (std::is_same_v<T, std::chrono::nanoseconds>) {
    return value.count() == 0 ? "none" : format_duration(value);
  } else if constexpr (std::is_same_v<T, std::uint64_t>) {
    return format_bytes(value);
  } else {
    return fmt::format("{}", value);
  }
}

#define FIELD(group, name, unit, why)                                          \
  ConfigField {                                                                \
    #group, #name, unit, why,                                                  \
        [](const RuntimeConfig& config) { return text_of(config.group.name); } \
  }

constexpr std::array kFields{
    FIELD(security, enable_sandboxing, "",
          "the limits are ceilings that a context can only lower"),
    FIELD(security, strict_validation, "", "imports are resolved when a module is loaded"),
    FIELD(security, enable_deterministic_execution, "",
          "canonical NaNs, one result for relaxed SIMD, no threads"),
    FIELD(security, disable_unsafe_host_functions, "",
          "no files, clocks, random numbers or sockets for guests"),
    FIELD(security, max_imports, "imports", "of one module"),
    FIELD(security, max_exports, "exports", "of one module"),
    FIELD(security, unknown_imports, "", "what an import that nobody provides becomes"),
    FIELD(memory, memory_pool_size, "bytes", "linear memory of all instances together"),
    FIELD(memory, enable_memory_sharing, "", "the threads proposal: shared memories and atomics"),
    FIELD(memory, enable_gc, "", "the GC and exception proposals; idle instances are reclaimed"),
    FIELD(memory, gc_threshold, "bytes", "linear memory in use at which reclaiming starts"),
    FIELD(memory, enable_memory_protection, "",
          "guard regions: the processor checks bounds, at the price of address space"),
    FIELD(limits, module_bytes_max, "bytes", "of one module's binary"),
    FIELD(limits, timeout, "time", "wall time of one execution"),
    FIELD(limits, memory_bytes_max, "bytes", "linear memory of one execution"),
    ConfigField{"limits", "table_elements_max", "elements", "of all tables of one execution",
                [](const RuntimeConfig& config) {
                  return fmt::format("{}", config.limits.table_elements_max);
                }},
    FIELD(limits, stack_bytes_max, "bytes", "native stack of one execution"),
    FIELD(compilation, compiler, "", "cranelift optimises, winch compiles fast"),
    FIELD(compilation, optimisation, "", "how hard cranelift tries"),
    FIELD(compilation, debug_info, "", "source lines in backtraces"),
    FIELD(compilation, parallel_compilation, "", "all cores compile one module"),
    FIELD(pooling, enable, "", "instances come from slots reserved in advance"),
    FIELD(pooling, instances_max, "instances", "slots, when pooling"),
};

#undef FIELD

}  // namespace

std::span<const ConfigField> config_fields() { return kFields; }

}  // namespace synapsed
