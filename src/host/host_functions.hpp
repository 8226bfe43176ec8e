#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include <synapsed/host.hpp>

#include "base/sync.hpp"
#include "engine/host_function.hpp"

namespace synapsed {

struct HostFunctions::Impl {
  struct Entry {
    HostFunctionInfo info;
    std::shared_ptr<const HostCallable> callable;  ///< null for an untyped one
    DynamicHostFunction untyped;
  };

  /// The function for an import of that name and type; null when no such name is defined. Errors:
  /// `call.import_mismatch` when it has another type, `call.unsupported_type`.
  [[nodiscard]] Result<std::shared_ptr<const engine::HostFunction>> resolve(
      std::string_view module, std::string_view name, const FunctionType& type) const;

  mutable SharedMutex mutex;
  std::map<std::pair<std::string, std::string>, Entry> entries;  // under the mutex
};

}  // namespace synapsed
