#include "bytecode/preinitialise.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <synapsed/inspect.hpp>

#include "base/try.hpp"
#include "runtime/runtime_impl.hpp"
#include "runtime/session.hpp"
#include "snapshot/data.hpp"

namespace synapsed {
namespace {

using bytecode::InstanceState;
using snapshot::kPageBytes;
using snapshot::MemoryImage;
using snapshot::MemoryState;
using snapshot::Value;

/// Zeros between two runs of bytes that cost less as part of one run.
constexpr std::uint64_t kGapMax = 16;

class Runs {
 public:
  explicit Runs(std::vector<InstanceState::Memory::Run>& runs) : runs_(runs) {}

  /// The bytes at `offset`, which outlive the runs.
  void add(std::uint64_t offset, ByteSpan bytes) {
    for (std::size_t at = 0; at < bytes.size();) {
      if (bytes[at] == std::byte{0}) {
        ++at;
        continue;
      }
      std::size_t end = at + 1;
      std::size_t last = at;
      for (; end < bytes.size() && end - last <= kGapMax; ++end) {
        if (bytes[end] != std::byte{0}) last = end;
      }
      runs_.push_back({.offset = offset + at, .bytes = bytes.subspan(at, last + 1 - at)});
      at = end;
    }
  }

 private:
  std::vector<InstanceState::Memory::Run>& runs_;
};

InstanceState::Memory memory_of(const MemoryState& state, const MemoryImage& initial) {
  InstanceState::Memory memory{.index = state.index, .bytes = state.bytes, .runs = {}};
  Runs runs(memory.runs);
  for (std::uint32_t number = 0; number < state.page_count(); ++number) {
    const std::byte* changed = state.page(number);
    const std::byte* page = changed == nullptr ? initial.page(number) : changed;
    const std::uint64_t offset = std::uint64_t{number} * kPageBytes;
    runs.add(offset, {page, std::min<std::size_t>(kPageBytes, state.bytes - offset)});
  }
  return memory;
}

InstanceState state_of(const Snapshot::Data& data, const InitialImages::Images& initial) {
  InstanceState state;
  for (const auto& [index, value] : data.globals) {
    InstanceState::Global global{.index = index, .number = value.number, .function = {}};
    if (value.kind == Value::Kind::kFunction) global.function = value.function;
    state.globals.push_back(global);
  }
  for (const auto& [index, elements] : data.tables) {
    state.tables.push_back({.index = index, .elements = elements});
  }
  for (std::size_t i = 0; i < data.memories.size(); ++i) {
    state.memories.push_back(memory_of(data.memories[i], *initial[i]));
  }
  state.dropped_data = data.dropped_data;
  state.dropped_elements = data.dropped_elements;
  return state;
}

}  // namespace

Result<Bytes> WasmRuntime::preinitialise(std::span<const std::byte> wasm, std::string_view function,
                                         std::span<const WasmValue> arguments,
                                         ExecutionContext context) {
  const std::shared_ptr<RuntimeState>& state = impl_->state;
  std::shared_ptr<LoadedModule> module =
      TRY(load(*state, {.name = "module", .wasm = wasm, .metadata = ModuleMetadata{}}));
  TRY(check_has_layout(*module));
  Session session = TRY(open_own_session(state, module, std::move(context)));
  const ExecutionResult result = TRY(session.call(function, arguments));
  if (result.exit_code) {
    return std::unexpected(Error(ErrorCode::kInstanceStopped,
                                 fmt::format("the guest ended itself with code {}", *result.exit_code))
                               .at(fmt::format("function \"{}\"", function))
                               .help("a module goes on from where a function returns"));
  }
  const Snapshot taken = TRY(session.snapshot());
  const InitialImages::Images initial = TRY(module->initial_images.get(*state, *module));
  const bytecode::Module parsed = TRY(bytecode::read_module(wasm));
  Bytes made =
      TRY(bytecode::preinitialise(parsed, state_of(*taken.data(), initial), function));
  TRY(validate_module(made));
  return made;
}

}  // namespace synapsed
