#include "bytecode/preinitialise.hpp"

#include <algorithm>
#include <cstring>

#include <fmt/format.h>

#include "base/try.hpp"
#include "bytecode/flags.hpp"
#include "bytecode/writer.hpp"

namespace synapsed::bytecode {
namespace {

using namespace segment_flags;

std::unexpected<Error> cannot_start(std::string_view what) {
  return std::unexpected(Error(ErrorCode::kLoadInvalidModule,
                               fmt::format("no module can start in this state: {}", what)));
}

template <typename Parts>
auto* find(Parts& parts, std::uint32_t index) {
  const auto found = std::ranges::find(parts, index, [](const auto& part) { return part.index; });
  return found == parts.end() ? nullptr : &*found;
}

bool is_in(const std::vector<std::uint32_t>& sorted, std::size_t index) {
  return std::ranges::binary_search(sorted, static_cast<std::uint32_t>(index));
}

class Preinitialiser {
 public:
  Preinitialiser(const Module& module, const InstanceState& state)
      : module_(module), state_(state), writer_(module) {}

  Result<Bytes> run(std::string_view initialiser) {
    TRY(write_globals());
    TRY(write_tables());
    TRY(write_memories());
    write_exports(initialiser);
    if (!state_.tables.empty()) write_elements();
    write_data();
    writer_.remove(SectionId::kStart);
    return writer_.write();
  }

 private:
  // --- Globals, tables, memories. ---

  static void write_constant(Writer& out, ValueCode type, const InstanceState::Global& global) {
    switch (type.code()) {
      case ValueCode::kI32: out.i32_const(global.number.i32); break;
      case ValueCode::kI64: out.i64_const(global.number.i64); break;
      case ValueCode::kF32: write_bits(out, Op::kF32Const, global.number, 4); break;
      case ValueCode::kF64: write_bits(out, Op::kF64Const, global.number, 8); break;
      case ValueCode::kV128: write_bits(out, Op::kV128Const, global.number, 16); break;
      default:
        if (global.function) {
          out.op(Op::kRefFunc, *global.function);
        } else {
          out.op(Op::kRefNull);
          out.heap_type(type);
        }
    }
    out.op(Op::kEnd);
  }
  static void write_bits(Writer& out, Op op, const RawValue& value, std::size_t bytes) {
    out.op(op);
    out.raw(std::as_bytes(std::span(&value, 1)).first(bytes));
  }

  Result<void> write_globals() {
    for (const auto& global : state_.globals) {
      if (global.index >= module_.imported_globals) continue;
      return cannot_start(fmt::format("global {} is imported", global.index));
    }
    if (state_.globals.empty()) return {};
    Writer out;
    out.unsigned_leb(module_.globals.size() - module_.imported_globals);
    for (std::uint32_t i = module_.imported_globals; i < module_.globals.size(); ++i) {
      const Global& global = module_.globals[i];
      out.value_type(global.type);
      out.byte(global.is_mutable ? 1 : 0);
      if (const auto* set = find(state_.globals, i)) {
        write_constant(out, global.type, *set);
      } else {
        out.raw(global.initialiser);
      }
    }
    writer_.replace(SectionId::kGlobal, out.take());
    return {};
  }

  Result<void> write_tables() {
    if (state_.tables.empty()) return {};
    Writer out;
    out.unsigned_leb(module_.tables.size() - module_.imported_tables);
    for (std::uint32_t i = 0; i < module_.tables.size(); ++i) {
      const Table& table = module_.tables[i];
      const auto* set = find(state_.tables, i);
      if (i < module_.imported_tables) {
        if (set != nullptr) return cannot_start(fmt::format("table {} is imported", i));
        continue;
      }
      if (!table.initialiser.empty()) {
        return cannot_start(fmt::format("table {} has an initialiser of its own", i));
      }
      out.value_type(table.element);
      out.limits({.minimum = set == nullptr ? table.minimum : set->elements.size(),
                  .maximum = table.maximum,
                  .is_64 = table.is_64,
                  .is_shared = table.is_shared});
    }
    writer_.replace(SectionId::kTable, out.take());
    return {};
  }

  Result<void> write_memories() {
    if (state_.memories.empty()) return {};
    Writer out;
    out.unsigned_leb(module_.memories.size() - module_.imported_memories);
    for (std::uint32_t i = 0; i < module_.memories.size(); ++i) {
      const MemoryType& memory = module_.memories[i];
      const auto* set = find(state_.memories, i);
      if (i < module_.imported_memories) {
        if (set != nullptr) return cannot_start(fmt::format("memory {} is imported", i));
        continue;
      }
      if (memory.page_bytes != kPageBytes) {
        return cannot_start(fmt::format("memory {} has pages of {} bytes", i, memory.page_bytes));
      }
      MemoryType grown = memory;
      if (set != nullptr) grown.minimum = set->bytes / kPageBytes;
      out.limits(grown);
    }
    writer_.replace(SectionId::kMemory, out.take());
    return {};
  }

  void write_exports(std::string_view initialiser) {
    const auto is_kept = [&](const Export& exported) {
      return initialiser.empty() || exported.name != initialiser;
    };
    if (std::ranges::all_of(module_.exports, is_kept)) return;
    Writer out;
    out.unsigned_leb(static_cast<std::uint64_t>(std::ranges::count_if(module_.exports, is_kept)));
    for (const Export& exported : module_.exports) {
      if (!is_kept(exported)) continue;
      out.name(exported.name);
      out.byte(static_cast<std::uint8_t>(exported.kind));
      out.unsigned_leb(exported.index);
    }
    writer_.replace(SectionId::kExport, out.take());
  }

  // --- Segments: those that are used up stay in their places, with nothing in them. ---

  static void write_offset(Writer& out, bool is_64, std::uint64_t offset) {
    if (is_64) {
      out.i64_const(static_cast<std::int64_t>(offset));
    } else {
      out.i32_const(static_cast<std::int32_t>(static_cast<std::uint32_t>(offset)));
    }
    out.op(Op::kEnd);
  }

  void write_elements() {
    Writer out;
    std::uint64_t count = module_.elements.size();
    for (std::size_t i = 0; i < module_.elements.size(); ++i) {
      const ElementSegment& segment = module_.elements[i];
      if (segment.mode == SegmentMode::kPassive && !is_in(state_.dropped_elements, i)) {
        out.raw(segment.whole);
        continue;
      }
      // Functions that code refers to must be named somewhere.
      out.byte(kDeclared);
      out.byte(kFunctions);
      const auto functions = module_.functions_of(segment);
      out.unsigned_leb(functions.size());
      for (const std::uint32_t function : functions) out.unsigned_leb(function);
    }
    for (const auto& table : state_.tables) count += write_runs(out, table);
    Writer section;
    section.unsigned_leb(count);
    section.raw(out.bytes());
    writer_.replace(SectionId::kElement, section.take());
  }

  /// How many segments it took.
  std::uint64_t write_runs(Writer& out, const InstanceState::Table& table) const {
    std::uint64_t runs = 0;
    const auto& elements = table.elements;
    for (std::size_t begin = 0; begin < elements.size();) {
      if (elements[begin] == 0) {
        ++begin;
        continue;
      }
      std::size_t end = begin;
      while (end < elements.size() && elements[end] != 0) ++end;
      out.byte(kActiveWithIndex);
      out.unsigned_leb(table.index);
      write_offset(out, module_.tables[table.index].is_64, begin);
      out.byte(kFunctions);
      out.unsigned_leb(end - begin);
      for (std::size_t i = begin; i < end; ++i) out.unsigned_leb(elements[i] - 1);
      ++runs;
      begin = end;
    }
    return runs;
  }

  void write_data() {
    Writer out;
    std::uint64_t count = module_.data.size();
    for (std::size_t i = 0; i < module_.data.size(); ++i) {
      const DataSegment& segment = module_.data[i];
      const bool is_kept = segment.mode == SegmentMode::kPassive && !is_in(state_.dropped_data, i);
      out.byte(kPassive);
      out.sized(is_kept ? segment.bytes : ByteSpan{});
    }
    for (const auto& memory : state_.memories) {
      for (const auto& [offset, bytes] : memory.runs) {
        out.byte(kActiveWithIndex);
        out.unsigned_leb(memory.index);
        write_offset(out, module_.memories[memory.index].is_64, offset);
        out.sized(bytes);
        ++count;
      }
    }
    if (count == 0) return;
    Writer section;
    section.unsigned_leb(count);
    section.raw(out.bytes());
    writer_.replace(SectionId::kData, section.take());
    if (!module_.data_count) return;
    Writer data_count;
    data_count.unsigned_leb(count);
    writer_.replace(SectionId::kDataCount, data_count.take());
  }

  static constexpr std::uint64_t kPageBytes = 65536;

  const Module& module_;
  const InstanceState& state_;
  ModuleWriter writer_;
};

}  // namespace

Result<Bytes> preinitialise(const Module& module, const InstanceState& state,
                            std::string_view initialiser) {
  return Preinitialiser(module, state).run(initialiser);
}

}  // namespace synapsed::bytecode
