#include "host/canonical_abi.hpp"

#include <algorithm>
#include <map>
#include <variant>

#include <fmt/format.h>

#include "base/try.hpp"
#include "host/abi_layout.hpp"

namespace synapsed {
namespace {

using Kind = InterfaceType::Kind;

std::unexpected<Error> invalid(const InterfaceFunction& function, std::string message) {
  return std::unexpected(Error(ErrorCode::kLoadInvalidInterface, std::move(message))
                             .at(fmt::format("interface, {}", to_string(function))));
}

/// True when a value of the type may need a block: it holds a string or a list.
bool has_span(const InterfaceType& type) {
  switch (type.kind) {
    case Kind::kString:
    case Kind::kList: return true;
    case Kind::kOption:
    case Kind::kResult:
      return (type.element != nullptr && has_span(*type.element)) ||
             (type.error != nullptr && has_span(*type.error));
    case Kind::kRecord: {
      const auto in_field = [](const InterfaceField& field) { return has_span(field.type); };
      return std::ranges::any_of(type.record->fields, in_field);
    }
    default: return false;
  }
}

bool needs_blocks(const InterfaceFunction& function, const FunctionAbi& abi) {
  const auto in_param = [](const InterfaceField& param) { return has_span(param.type); };
  return abi.params_in_memory || std::ranges::any_of(function.params, in_param);
}

/// What a module exports, by name.
class Exports {
 public:
  explicit Exports(std::span<const ExportType> exports) {
    for (const ExportType& exported : exports) types_.emplace(exported.name, &exported.type);
  }

  /// Null when no `T` has that name.
  template <typename T>
  const T* find(std::string_view name) const {
    const auto found = types_.find(name);
    return found == types_.end() ? nullptr : std::get_if<T>(found->second);
  }

 private:
  std::map<std::string_view, const ExternType*> types_;
};

Result<void> check_memory(const InterfaceFunction& function, const Exports& exports) {
  const auto* memory = exports.find<MemoryType>(kMemory);
  if (memory != nullptr && !memory->is_64 && !memory->is_shared) return {};
  return invalid(function, fmt::format("\"{}\" passes values through memory, and the module exports "
                                       "no \"{}\" that is unshared and has 32-bit addresses",
                                       function.name, kMemory));
}

Result<void> check_allocator(const InterfaceFunction& function, const Exports& exports) {
  const auto* type = exports.find<FunctionType>(kAllocator);
  if (type != nullptr && *type == allocator_type()) return {};
  return invalid(function,
                 fmt::format("the arguments of \"{}\" need memory, and the module exports no "
                             "function \"{}\" of type {}",
                             function.name, kAllocator, to_string(allocator_type())));
}

Result<void> check_post_return(const InterfaceFunction& function, const FunctionAbi& abi,
                               const Exports& exports) {
  const std::string name = post_return_name(function.name);
  const auto* type = exports.find<FunctionType>(name);
  const FunctionType wanted{.params = abi.type.results, .results = {}};
  if (type == nullptr || *type == wanted) return {};
  return invalid(function, fmt::format("export \"{}\" has type {}, and is called with {}", name,
                                       to_string(*type), to_string(wanted)));
}

Result<void> check_function(const InterfaceFunction& function, const Exports& exports) {
  const auto* type = exports.find<FunctionType>(function.name);
  if (type == nullptr) {
    return invalid(function, fmt::format("the interface declares \"{}\", and no function of that "
                                         "name is exported",
                                         function.name));
  }
  const FunctionAbi abi = TRY(abi_of(function));
  if (*type != abi.type) {
    return invalid(function, fmt::format("\"{}\" is exported with type {}, and by its interface "
                                         "has {}",
                                         function.name, to_string(*type), to_string(abi.type)));
  }
  const bool has_blocks = needs_blocks(function, abi);
  if (has_blocks || abi.result_in_memory) TRY(check_memory(function, exports));
  if (has_blocks) TRY(check_allocator(function, exports));
  return check_post_return(function, abi, exports);
}

}  // namespace

std::string post_return_name(std::string_view function) {
  return fmt::format("cabi_post_{}", function);
}

FunctionType allocator_type() {
  const ValueType i32{.kind = ValueType::Kind::kI32};
  return {.params = {i32, i32, i32, i32}, .results = {i32}};
}

Result<void> check_interface(const Interface& interface, std::span<const ExportType> exports) {
  const Exports by_name(exports);
  for (const InterfaceFunction& function : interface.functions) {
    TRY(check_function(function, by_name));
  }
  return {};
}

}  // namespace synapsed
