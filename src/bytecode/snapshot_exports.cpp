#include "bytecode/snapshot_exports.hpp"

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
    for (const Body& body : module_.bodies) TRY(find_drops(body));
    add_globals();
    add_all(kTableExport, ExternKind::kTable, module_.tables.size());
    add_all(kMemoryExport, ExternKind::kMemory, module_.memories.size());
    add_flags(kDataDroppedExport, plan_.data_flags);
    add_flags(kElementDroppedExport, plan_.element_flags);
    plan_.entries = entries_.take();
    return std::move(plan_);
  }

 private:
  Result<void> find_drops(const Body& body) {
    OperatorReader in(body.code(), module_.offset_of(body.code()));
    Operator op;
    while (!in.at_end()) {
      TRY(in.next(op));
      if (op.op == Op::kDataDrop) note_drop(plan_.data_flags, module_.data, op.index);
      if (op.op == Op::kElemDrop) note_drop(plan_.element_flags, module_.elements, op.index);
    }
    return {};
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
    std::vector<bool> is_exported(module_.globals.size(), false);
    for (const Export& exported : module_.exports) {
      if (exported.kind != ExternKind::kGlobal || exported.index >= is_exported.size()) continue;
      is_exported[exported.index] = true;
    }
    for (std::uint32_t i = 0; i < module_.globals.size(); ++i) {
      if (!module_.globals[i].is_mutable || is_exported[i]) continue;
      add(kGlobalExport, i, ExternKind::kGlobal, i);
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
};

}  // namespace

Result<SnapshotExports> plan_snapshot_exports(const Module& module, std::uint32_t first_flag) {
  return Planner(module, first_flag).run();
}

}  // namespace synapsed::bytecode
