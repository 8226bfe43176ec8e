#include "modules/move_state.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "base/try.hpp"

namespace synapsed::modules {
namespace {

constexpr std::string_view kState = "state";
constexpr std::string_view kMigrate = "migrate";

Error placed(Error error, const Version& version, std::string_view function) {
  const std::string inner = error.where().empty() ? "" : ", " + error.where();
  return std::move(error).at(fmt::format("{}, {}{}", version.module.reference(), function, inner));
}

bool declares(const ModuleInfo& info, std::string_view function) {
  return info.interface && std::ranges::any_of(info.interface->functions, [&](const auto& each) {
           return each.name == function;
         });
}

Result<void> check_hooks(const Version& from, const Version& to) {
  const ModuleInfo old_info = TRY(from.runtime.module_info(from.id));
  const ModuleInfo new_info = TRY(to.runtime.module_info(to.id));
  const bool gives = declares(old_info, kState);
  if (gives && declares(new_info, kMigrate)) return {};
  return std::unexpected(
      Error(ErrorCode::kUpgradeNoMigration, "its state cannot be moved to the new version")
          .at(fmt::format("{} to {}", from.module.reference(), to.module.reference()))
          .help(gives ? "declare \"migrate: func(old-version: string, state: list<u8>);\" in the new version's interface"
                      : "declare \"state: func() -> list<u8>;\" in the old version's interface"));
}

/// A `result` that is an error, as `migrate` may return one.
std::optional<std::string> failure_in(const ExecutionResult& result) {
  if (result.values.empty()) return std::nullopt;
  const auto* record = result.values.front().get_if<WasmRecord>();
  const WasmValue* why = record == nullptr ? nullptr : record->find("err");
  if (why == nullptr) return std::nullopt;
  return why->to_text();
}

Result<WasmValue> state_of(const Version& from, const ExecutionContext& context) {
  Session session = TRY(from.runtime.open_session(from.id, context));
  if (from.runtime.config().snapshots.enable) {
    Session copy = TRY(session.fork());
    return std::move(TRY(copy.call(kState, {})).values.at(0));
  }
  return std::move(TRY(session.call(kState, {})).values.at(0));
}

Result<void> migrate(const Version& to, const std::string& old_version, WasmValue state,
                     const ExecutionContext& context) {
  const ExecutionResult done =
      TRY(to.runtime.execute_function(to.id, kMigrate, {old_version, std::move(state)}, context));
  const auto failure = failure_in(done);
  if (!failure) return {};
  return std::unexpected(Error(ErrorCode::kUpgradeNoMigration,
                               fmt::format("the new version refuses the state: {}", *failure)));
}

}  // namespace

Result<void> move_state(const Version& from, const Version& to, const ExecutionContext& context) {
  if (from.module.sha256 == to.module.sha256 && from.runtime.config().snapshots.enable) {
    const Snapshot snapshot = TRY(from.runtime.snapshot(from.id, context));
    return to.runtime.restore(to.id, snapshot, context);
  }
  TRY(check_hooks(from, to));
  auto state = state_of(from, context);
  if (!state) return std::unexpected(placed(std::move(state).error(), from, kState));
  auto done = migrate(to, from.module.version.to_string(), std::move(*state), context);
  if (!done) return std::unexpected(placed(std::move(done).error(), to, kMigrate));
  return {};
}

}  // namespace synapsed::modules
