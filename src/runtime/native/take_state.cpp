#include <unordered_map>

#include <fmt/format.h>

#include "base/try.hpp"
#include "runtime/instance_state.hpp"
#include "runtime/load.hpp"
#include "snapshot/data.hpp"
#include "snapshot/dirty_pages.hpp"

namespace synapsed {
namespace {

using snapshot::GlobalState;
using snapshot::kPageBytes;
using snapshot::MemoryImage;
using snapshot::MemoryState;
using snapshot::TableState;
using snapshot::Value;

Value::Kind kind_of(const ValueType& type) {
  switch (type.kind) {
    case ValueType::Kind::kI32: return Value::Kind::kI32;
    case ValueType::Kind::kI64: return Value::Kind::kI64;
    case ValueType::Kind::kF32: return Value::Kind::kF32;
    case ValueType::Kind::kF64: return Value::Kind::kF64;
    case ValueType::Kind::kV128: return Value::Kind::kV128;
    case ValueType::Kind::kRef: break;
  }
  return Value::Kind::kNull;
}

std::unexpected<Error> cannot_travel(std::string_view what, std::uint32_t index) {
  return std::unexpected(
      Error(ErrorCode::kSnapshotReference,
            fmt::format("{} {} refers to something outside the module, or of the garbage collector, "
                        "which a snapshot cannot hold",
                        what, index))
          .help("take the snapshot when the guest has given it back"));
}

class Taker {
 public:
  Taker(const LoadedModule& module, LiveInstance& live, const InitialImages::Images& initial)
      : layout_(*module.state_layout), live_(live), initial_(initial) {}

  Result<void> run(Snapshot::Data& data) {
    find_functions();
    for (const auto& part : layout_.globals) {
      const Value value = TRY(value_of(part));
      data.globals.push_back({.index = part.index, .value = value});
    }
    for (const auto& part : layout_.tables) data.tables.push_back(TRY(table_of(part)));
    data.dropped_data = flags_of(layout_.data_flags);
    data.dropped_elements = flags_of(layout_.element_flags);
    for (std::size_t i = 0; i < layout_.memories.size(); ++i) {
      data.memories.push_back(TRY(memory_of(i)));
    }
    return {};
  }

 private:
  void find_functions() {
    for (const auto& part : layout_.functions) {
      const auto function = live_.store.function(live_.instance, part.where);
      if (function) functions_.emplace(live_.store.identity_of(*function).identity, part.index);
    }
  }
  /// Null when the module has no such function.
  [[nodiscard]] std::optional<std::uint32_t> index_of(const engine::Reference& reference) const {
    if (reference.kind != engine::Reference::Kind::kFunction) return std::nullopt;
    const auto found = functions_.find(reference.identity);
    return found == functions_.end() ? std::nullopt : std::optional(found->second);
  }

  Result<Value> value_of(const StateLayout::Part<GlobalType>& part) {
    const engine::StateValue held =
        live_.store.read(live_.store.global(live_.instance, part.where).value());
    if (const auto* number = std::get_if<RawValue>(&held)) {
      return Value{.kind = kind_of(part.type.value), .number = *number};
    }
    const auto& reference = std::get<engine::Reference>(held);
    if (reference.kind == engine::Reference::Kind::kNull) return Value{};
    const auto function = index_of(reference);
    if (!function) return cannot_travel("global", part.index);
    return Value{.kind = Value::Kind::kFunction, .number = {}, .function = *function};
  }

  Result<TableState> table_of(const StateLayout::Part<TableType>& part) {
    const engine::Table table = live_.store.table(live_.instance, part.where).value();
    TableState state{.index = part.index, .elements = {}};
    state.elements.resize(live_.store.size(table));
    for (std::size_t i = 0; i < state.elements.size(); ++i) {
      const engine::Reference reference = live_.store.read(table, i);
      if (reference.kind == engine::Reference::Kind::kNull) continue;
      const auto function = index_of(reference);
      if (!function) return cannot_travel("table", part.index);
      state.elements[i] = *function + 1;
    }
    return state;
  }

  std::vector<std::uint32_t> flags_of(const StateLayout::Parts<GlobalType>& flags) {
    std::vector<std::uint32_t> dropped;
    for (const auto& part : flags) {
      const engine::StateValue flag =
          live_.store.read(live_.store.global(live_.instance, part.where).value());
      if (std::get<RawValue>(flag).i32 != 0) dropped.push_back(part.index);
    }
    return dropped;
  }

  Result<MemoryState> memory_of(std::size_t place) {
    const auto& part = layout_.memories[place];
    if (part.type.is_shared) return cannot_travel("shared memory", part.index);
    const engine::Memory memory = live_.store.memory(live_.instance, part.where).value();
    const auto bytes = TRY(live_.store.view(memory).slice(0, live_.store.view(memory).size()));
    MemoryState state;
    state.index = part.index;
    state.bytes = bytes.size();
    if (place < live_.mapped.size()) state.base = live_.mapped[place];
    const MemoryImage& below = state.base ? *state.base : *initial_[place];
    const std::vector<std::uint32_t> candidates = snapshot::dirty_pages(bytes);
    state.pages = snapshot::PageSet(candidates.size());
    for (const std::uint32_t number : candidates) add_if_changed(state, bytes, number, below);
    return state;
  }
  static void add_if_changed(MemoryState& state, ByteSpan memory, std::uint32_t number,
                             const MemoryImage& below) {
    const ByteSpan rest = memory.subspan(std::size_t{number} * kPageBytes);
    const ByteSpan page = rest.first(std::min(rest.size(), kPageBytes));
    if (std::memcmp(page.data(), below.page(number), page.size()) == 0) return;
    const auto kept = state.pages.add(number);
    std::memcpy(kept.data(), page.data(), page.size());
    std::memset(kept.data() + page.size(), 0, kPageBytes - page.size());
  }

  const StateLayout& layout_;
  LiveInstance& live_;
  const InitialImages::Images& initial_;
  std::unordered_map<std::uintptr_t, std::uint32_t> functions_;
};

/// A store with an instance whose code has not run.
Result<LiveInstance> untouched(RuntimeState& state, LoadedModule& module) {
  const auto links = TRY(module.current_links(state, module.context_wasi));
  const LimitsConfig& limits = state.config.limits;
  engine::Store store =
      TRY(engine::Store::create(module.module.engine(),
                                {.memory_bytes_max = limits.memory_bytes_max,
                                 .table_elements_max = limits.table_elements_max + 1,
                                 .tables_max = 17},
                                &state.pool));
  LiveInstance live{.store = std::move(store), .instance = {}, .context_wasi = {}};
  if (module.imports_wasi) TRY(live.store.set_wasi({}));
  live.store.arm(engine::kNoDeadline);
  const auto* prepared = std::get_if<engine::PreparedModule>(&links->resolution);
  auto made = prepared != nullptr
                  ? prepared->instantiate(live.store)
                  : std::get<engine::Linker>(links->resolution)
                        .instantiate_with_zeros(live.store, module.module);
  live.store.disarm();
  if (made) {
    live.instance = *made;
    return live;
  }
  if (auto* error = std::get_if<Error>(&made.error())) return std::unexpected(std::move(*error));
  return std::unexpected(Error(ErrorCode::kEngineFault, "an instance ended before it ran"));
}

}  // namespace

Result<InitialImages::Images> InitialImages::get(RuntimeState& state, LoadedModule& module) {
  const Lock<Mutex> lock(mutex_);
  if (!images_) {
    LiveInstance live = TRY(untouched(state, module));
    Images images;
    for (const auto& part : module.state_layout->memories) {
      const auto view = live.store.view(live.store.memory(live.instance, part.where).value());
      const auto bytes = TRY(view.slice(0, view.size()));
      images.push_back(TRY(MemoryImage::of(bytes)));
    }
    images_ = std::move(images);
  }
  return *images_;
}

Result<void> check_has_layout(const LoadedModule& module) {
  if (module.state_layout) return {};
  return std::unexpected(Error(ErrorCode::kSnapshotDisabled, "the module was not made for snapshots")
                             .at(module.info.name)
                             .help("turn snapshots.enable on before it is loaded"));
}

Result<Snapshot> take_state(RuntimeState& state, LoadedModule& module, LiveInstance& live) {
  TRY(check_has_layout(module));
  const InitialImages::Images initial = TRY(module.initial_images.get(state, module));
  auto data = std::make_shared<Snapshot::Data>();
  data->module = module.digest;
  TRY(Taker(module, live, initial).run(*data));
  return Snapshot(std::move(data));
}

}  // namespace synapsed
