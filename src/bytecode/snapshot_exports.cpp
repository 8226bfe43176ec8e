#include "bytecode/snapshot_exports.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "base/try.hpp"
#include "bytecode/operators.hpp"
#include "bytecode/reserved_names.hpp"
#include "bytecode/writer.hpp"

namespace synapsed::bytecode {
namespace {

class Planner {
 public:
  Planner(const Module& module, std::uint32_t first_flag)
      : module_(module), next_flag_(first_flag) {
    plan_.data_flags.assign(module.data.size(), kNoIndex);
    plan_.element_flags.assign(module.elements.size(), kNoIndex);
  }

  Result<SnapshotExports> run() {
    for (const Body& body : module_.bodies) {
      TRY(look_at(body.code()));
    }
    for (const Global& global : module_.globals) {
      TRY(look_at(global.initialiser));
      references_change_ = references_change_ || (global.is_mutable && global.type.is_reference());
    }
    for (const Table& table : module_.tables) TRY(look_at(table.initialiser));
    add_globals();
    add_all(kMemoryExport, ExternKind::kMemory, module_.memories.size());
    if (references_change_) {
      add_all(kTableExport, ExternKind::kTable, module_.tables.size());
      add_functions();
    }
    add_flags(kDataDroppedExport, plan_.data_flags);
    add_flags(kElementDroppedExport, plan_.element_flags);
    plan_.entries = entries_.take();
    return std::move(plan_);
  }

 private:
  Result<void> look_at(ByteSpan code) {
    if (code.empty()) return {};
    OperatorReader in(code, module_.offset_of(code));
    Operator op;
    while (!in.at_end()) {
      TRY(in.next(op));
      note(op);
    }
    return {};
  }

  void note(const Operator& op) {
    switch (op.op) {
      case Op::kDataDrop: return note_drop(plan_.data_flags, module_.data, op.index);
      case Op::kElemDrop: return note_drop(plan_.element_flags, module_.elements, op.index);
      case Op::kRefFunc: functions_.push_back(op.index); return;
      case Op::kTableSet:
      case Op::kTableInit:
      case Op::kTableCopy:
      case Op::kTableGrow:
      case Op::kTableFill: references_change_ = true; return;
      default: return;
    }
  }

  template <typename Segments>
  void note_drop(std::vector<std::uint32_t>& flags, const Segments& segments, std::uint32_t index) {
    if (index >= flags.size() || flags[index] != kNoIndex) return;
    if (segments[index].mode != SegmentMode::kPassive) return;
    flags[index] = next_flag_++;
    ++plan_.flags;
  }

  void add(std::string_view prefix, std::size_t number, ExternKind kind, std::uint32_t index) {
    entries_.name(fmt::format("{}{}", prefix, number));
    entries_.byte(static_cast<std::uint8_t>(kind));
    entries_.unsigned_leb(index);
    ++plan_.exports;
  }

  void add_all(std::string_view prefix, ExternKind kind, std::size_t count) {
    for (std::uint32_t i = 0; i < count; ++i) add(prefix, i, kind, i);
  }

  void add_globals() {
    for (std::uint32_t i = 0; i < module_.globals.size(); ++i) {
      if (module_.globals[i].is_mutable) add(kGlobalExport, i, ExternKind::kGlobal, i);
    }
  }

  /// Those that somebody may have a reference to.
  void add_functions() {
    functions_.insert(functions_.end(), module_.element_functions.begin(),
                      module_.element_functions.end());
    for (const Export& exported : module_.exports) {
      if (exported.kind == ExternKind::kFunction) functions_.push_back(exported.index);
    }
    std::ranges::sort(functions_);
    const auto repeated = std::ranges::unique(functions_);
    functions_.erase(repeated.begin(), repeated.end());
    for (const std::uint32_t function : functions_) {
      add(kFunctionExport, function, ExternKind::kFunction, function);
    }
  }

  void add_flags(std::string_view prefix, const std::vector<std::uint32_t>& flags) {
    for (std::size_t i = 0; i < flags.size(); ++i) {
      if (flags[i] != kNoIndex) add(prefix, i, ExternKind::kGlobal, flags[i]);
    }
  }

  const Module& module_;
  std::uint32_t next_flag_;
  SnapshotExports plan_;
  Writer entries_;
  std::vector<std::uint32_t> functions_;  // that references are made to; repeatedly, in no order
  bool references_change_ = false;
};

void write_drop(std::uint32_t flag, std::uint32_t code, std::size_t segment, CodeWriter& out) {
  if (flag == kNoIndex) return;
  out.op(Op::kGlobalGet, flag);
  out.begin_if();
  out.byte(0xfc);
  out.u32(code);
  out.u32(segment);
  out.op(Op::kEnd);
}

}  // namespace

Result<SnapshotExports> plan_snapshot_exports(const Module& module, std::uint32_t first_flag) {
  return Planner(module, first_flag).run();
}

void write_drops(const SnapshotExports& plan, CodeWriter& out) {
  for (std::size_t i = 0; i < plan.data_flags.size(); ++i) {
    write_drop(plan.data_flags[i], info(Op::kDataDrop).code, i, out);
  }
  for (std::size_t i = 0; i < plan.element_flags.size(); ++i) {
    write_drop(plan.element_flags[i], info(Op::kElemDrop).code, i, out);
  }
}

}  // namespace synapsed::bytecode
