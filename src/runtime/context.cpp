#include <synapsed/context.hpp>

namespace synapsed {

ExecutionContext& ExecutionContext::with_timeout(std::chrono::nanoseconds timeout) {
  timeout_ = timeout;
  return *this;
}
ExecutionContext& ExecutionContext::with_memory_limit(std::uint64_t bytes) {
  memory_limit_ = bytes;
  return *this;
}
ExecutionContext& ExecutionContext::with_cancellation(CancelToken token) {
  cancellation_ = std::move(token);
  return *this;
}
ExecutionContext& ExecutionContext::with_tenant(std::string tenant) {
  tenant_ = std::move(tenant);
  return *this;
}
ExecutionContext& ExecutionContext::with_gas_limit(std::uint64_t gas) {
  gas_limit_ = gas;
  return *this;
}
ExecutionContext& ExecutionContext::with_gas(GasPart part) {
  gas_part_ = std::move(part);
  return *this;
}
ExecutionContext& ExecutionContext::with_gas_source(GasSource source) {
  gas_source_ = std::move(source);
  return *this;
}
ExecutionContext& ExecutionContext::with_snapshot(Snapshot snapshot) {
  snapshot_ = std::move(snapshot);
  return *this;
}

ExecutionContext& ExecutionContext::with_guest_profile(GuestProfile profile) {
  guest_profile_ = std::move(profile);
  return *this;
}
ExecutionContext& ExecutionContext::with_log(LogSink sink) {
  log_ = std::move(sink);
  return *this;
}
ExecutionContext& ExecutionContext::with_trace(Trace trace) {
  const bool is_told = trace.sink && trace.parent.is_sampled;
  trace_ = is_told ? std::make_shared<const Trace>(std::move(trace)) : nullptr;
  return *this;
}
ExecutionContext& ExecutionContext::with_time(
    std::chrono::sys_time<std::chrono::nanoseconds> time) {
  time_ = time;
  return *this;
}
ExecutionContext& ExecutionContext::with_random_seed(std::array<std::byte, 32> seed) {
  random_seed_ = seed;
  return *this;
}
ExecutionContext& ExecutionContext::with_parent(ParentExecution parent) {
  parent_ = std::move(parent);
  return *this;
}
ExecutionContext& ExecutionContext::with_conflict_retries(std::uint32_t times) {
  conflict_retries_ = times;
  return *this;
}
ExecutionContext& ExecutionContext::with_arguments(std::vector<std::string> arguments) {
  wasi_.arguments = std::move(arguments);
  return *this;
}
ExecutionContext& ExecutionContext::with_env(std::string name, std::string value) {
  wasi_.environment.emplace_back(std::move(name), std::move(value));
  return *this;
}
ExecutionContext& ExecutionContext::with_directory(WasiDirectory directory) {
  wasi_.directories.push_back(std::move(directory));
  return *this;
}
ExecutionContext& ExecutionContext::with_stdin(WasiInput input) {
  wasi_.standard_input = std::move(input);
  return *this;
}
ExecutionContext& ExecutionContext::with_stdout(WasiOutput output) {
  wasi_.standard_output = std::move(output);
  return *this;
}
ExecutionContext& ExecutionContext::with_stderr(WasiOutput output) {
  wasi_.standard_error = std::move(output);
  return *this;
}

}  // namespace synapsed
