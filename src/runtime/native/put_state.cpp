#include <algorithm>

#include <fmt/format.h>

#include "base/try.hpp"
#include "runtime/instance_state.hpp"
#include "runtime/load.hpp"
#include "snapshot/data.hpp"

namespace synapsed {
namespace {

using snapshot::kPageBytes;
using snapshot::MemoryImage;
using snapshot::MemoryState;
using snapshot::TableState;
using snapshot::Value;

/// Pages that are copied rather than mapped with the whole image: mapping takes some microseconds and
/// a fault for each page that is touched.
constexpr std::size_t kCopiedPagesMax = 256;

std::unexpected<Error> impossible(std::string_view what) {
  return std::unexpected(Error(ErrorCode::kSnapshotCorrupt,
                               fmt::format("the module cannot be in the snapshot's state: {}", what)));
}

bool is_of_type(const Value& value, const ValueType& type) {
  switch (value.kind) {
    case Value::Kind::kI32: return type.kind == ValueType::Kind::kI32;
    case Value::Kind::kI64: return type.kind == ValueType::Kind::kI64;
    case Value::Kind::kF32: return type.kind == ValueType::Kind::kF32;
    case Value::Kind::kF64: return type.kind == ValueType::Kind::kF64;
    case Value::Kind::kV128: return type.kind == ValueType::Kind::kV128;
    case Value::Kind::kNull: return type.kind == ValueType::Kind::kRef && type.nullable;
    case Value::Kind::kFunction: return type.is_func_ref();
  }
  return false;
}

template <typename States, typename Parts>
Result<void> check_indices(const States& states, const Parts& parts, std::string_view what) {
  const bool are_same = std::ranges::equal(states, parts, {}, [](const auto& s) { return s.index; },
                                           [](const auto& part) { return part.index; });
  if (are_same) return {};
  return impossible(fmt::format("it has {} {} that can change", parts.size(), what));
}

class Putter {
 public:
  Putter(RuntimeState& state, LoadedModule& module, LiveInstance& live, const Snapshot::Data& data)
      : state_(state), module_(module), layout_(*module.state_layout), live_(live), data_(data) {}

  Result<bool> run() {
    TRY(check_indices(data_.globals, layout_.globals, "globals"));
    TRY(check_indices(data_.tables, layout_.tables, "tables"));
    TRY(check_indices(data_.memories, layout_.memories, "memories"));
    live_.mapped.resize(layout_.memories.size());
    for (std::size_t i = 0; i < data_.memories.size(); ++i) TRY(put_memory(i));
    for (std::size_t i = 0; i < data_.tables.size(); ++i) {
      TRY(put_table(layout_.tables[i], data_.tables[i]));
    }
    for (std::size_t i = 0; i < data_.globals.size(); ++i) {
      TRY(put_global(layout_.globals[i], data_.globals[i].value));
    }
    const bool drops_data = TRY(set_flags(layout_.data_flags, data_.dropped_data));
    const bool drops_elements = TRY(set_flags(layout_.element_flags, data_.dropped_elements));
    return drops_data || drops_elements;
  }

 private:
  Result<engine::Function> function(std::uint32_t index) {
    const auto found = std::ranges::lower_bound(layout_.functions, index, {},
                                                [](const auto& part) { return part.index; });
    if (found == layout_.functions.end() || found->index != index) {
      return impossible(fmt::format("nothing refers to function {}", index));
    }
    return live_.store.function(live_.instance, found->where).value();
  }

  Result<void> put_global(const StateLayout::Part<GlobalType>& part, const Value& value) {
    if (!is_of_type(value, part.type.value)) {
      return impossible(fmt::format("global {} has another type", part.index));
    }
    const engine::Global global = live_.store.global(live_.instance, part.where).value();
    switch (value.kind) {
      case Value::Kind::kNull:  // as it is in a new instance, or a function's
        if (part.type.value.is_func_ref()) live_.store.write(global, std::nullopt);
        return {};
      case Value::Kind::kFunction: live_.store.write(global, TRY(function(value.function))); return {};
      default: live_.store.write(global, part.type.value, value.number); return {};
    }
  }

  Result<void> put_table(const StateLayout::Part<TableType>& part, const TableState& state) {
    const engine::Table table = live_.store.table(live_.instance, part.where).value();
    const std::uint64_t size = live_.store.size(table);
    const ValueType& type = part.type.element;
    if (state.elements.size() < size) {
      return impossible(fmt::format("table {} has at least {} elements", part.index, size));
    }
    const bool has_functions = std::ranges::any_of(state.elements, [](auto e) { return e != 0; });
    if (has_functions && !type.is_func_ref()) {
      return impossible(fmt::format("table {} is of no functions", part.index));
    }
    if (state.elements.size() > size) {
      std::optional<engine::Function> fill;
      if (!type.nullable && state.elements.back() != 0) {
        fill = TRY(function(state.elements.back() - 1));
      }
      TRY(live_.store.grow(table, state.elements.size() - size, type, fill));
    }
    if (!type.is_func_ref()) return {};
    for (std::size_t i = 0; i < state.elements.size(); ++i) {
      std::optional<engine::Function> element;
      if (state.elements[i] != 0) element = TRY(function(state.elements[i] - 1));
      if (!element && !type.nullable) return impossible("an element must not be null");
      live_.store.write(table, i, element);
    }
    return {};
  }

  Result<bool> set_flags(const StateLayout::Parts<GlobalType>& flags,
                         const std::vector<std::uint32_t>& dropped) {
    for (const std::uint32_t index : dropped) {
      const auto found =
          std::ranges::find(flags, index, &StateLayout::Part<GlobalType>::index);
      if (found == flags.end()) {
        return impossible(fmt::format("its code never drops segment {}", index));
      }
      live_.store.write(live_.store.global(live_.instance, found->where).value(),
                        found->type.value, RawValue(std::int32_t{1}));
    }
    return !dropped.empty();
  }

  Result<void> put_memory(std::size_t place) {
    const auto& part = layout_.memories[place];
    const MemoryState& state = data_.memories[place];
    if (part.type.is_shared) return impossible("it has a shared memory");
    const engine::Memory memory = live_.store.memory(live_.instance, part.where).value();
    const std::uint64_t size = live_.store.view(memory).size();
    if (state.bytes < size || state.bytes % part.type.page_bytes != 0) {
      return impossible(fmt::format("memory {} cannot have {} bytes", part.index, state.bytes));
    }
    TRY(live_.store.grow(memory, (state.bytes - size) / part.type.page_bytes));
    const auto target = TRY(live_.store.view(memory).slice(0, state.bytes));
    if (!TRY(map(place, state, target))) copy(state, state.changed(), target);
    return {};
  }

  /// Slots of a pool are mapped again for others by who made them, who knows nothing of our images.
  Result<bool> map(std::size_t place, const MemoryState& state, std::span<std::byte> target) {
    const bool is_worth_it = state.base || state.pages.size() > kCopiedPagesMax;
    if (state_.config.pooling.enable || !is_worth_it) return false;
    const bool has_base = state.base && state.base->contents().size() == state.bytes &&
                          state.pages.size() <= kCopiedPagesMax;
    if (has_base && state.base->map_over(target)) {
      live_.mapped[place] = state.base;
      copy(state, state.pages.numbers(), target);
      return true;
    }
    auto image = data_.images.made(place);
    if (!image) {
      const auto initial = TRY(module_.initial_images.get(state_, module_));
      image = TRY(data_.images.image(state, place, *initial[place]));
    }
    if (!image->map_over(target)) return false;
    live_.mapped[place] = std::move(image);
    return true;
  }
  static void copy(const MemoryState& state, const std::vector<std::uint32_t>& pages,
                   std::span<std::byte> target) {
    for (const std::uint32_t number : pages) {
      const std::span rest = target.subspan(std::size_t{number} * kPageBytes);
      std::memcpy(rest.data(), state.page(number), std::min(rest.size(), kPageBytes));
    }
  }

  RuntimeState& state_;
  LoadedModule& module_;
  const StateLayout& layout_;
  LiveInstance& live_;
  const Snapshot::Data& data_;
};

}  // namespace

Result<bool> put_state(RuntimeState& state, LoadedModule& module, LiveInstance& live,
                       const Snapshot& snapshot) {
  TRY(check_has_layout(module));
  if (snapshot.data()->module != module.digest) {
    return std::unexpected(
        Error(ErrorCode::kSnapshotOtherModule, "the snapshot is of another module")
            .help("restore it into the module with the same bytes, or have the new version migrate"));
  }
  return Putter(state, module, live, *snapshot.data()).run();
}

}  // namespace synapsed
