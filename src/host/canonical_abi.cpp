#include "host/canonical_abi.hpp"

#include <algorithm>

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

using Functions = std::map<std::string, FunctionType, std::less<>>;

Result<void> check_allocator(const InterfaceFunction& function, const Functions& functions) {
  const auto found = functions.find(kAllocator);
  if (found != functions.end() && found->second == allocator_type()) return {};
  return invalid(function,
                 fmt::format("the arguments of \"{}\" need memory, and the module exports no "
                             "function \"{}\" of type {}",
                             function.name, kAllocator, to_string(allocator_type())));
}

Result<void> check_post_return(const InterfaceFunction& function, const FunctionAbi& abi,
                               const Functions& functions) {
  const auto found = functions.find(post_return_name(function.name));
  const FunctionType wanted{.params = abi.type.results, .results = {}};
  if (found == functions.end() || found->second == wanted) return {};
  return invalid(function, fmt::format("export \"{}\" has type {}, and is called with {}",
                                       found->first, to_string(found->second), to_string(wanted)));
}

Result<void> check_function(const InterfaceFunction& function, const Functions& functions) {
  const auto found = functions.find(function.name);
  if (found == functions.end()) {
    return invalid(function, fmt::format("the interface declares \"{}\", and no function of that "
                                         "name is exported",
                                         function.name));
  }
  const FunctionAbi abi = TRY(abi_of(function));
  if (found->second != abi.type) {
    return invalid(function, fmt::format("\"{}\" is exported with type {}, and by its interface "
                                         "has {}",
                                         function.name, to_string(found->second),
                                         to_string(abi.type)));
  }
  if (needs_blocks(function, abi)) TRY(check_allocator(function, functions));
  return check_post_return(function, abi, functions);
}

}  // namespace

std::string post_return_name(std::string_view function) {
  return fmt::format("cabi_post_{}", function);
}

FunctionType allocator_type() {
  const ValueType i32{.kind = ValueType::Kind::kI32};
  return {.params = {i32, i32, i32, i32}, .results = {i32}};
}

bool uses_memory(const InterfaceFunction& function) {
  const auto abi = abi_of(function);
  return abi && (abi->result_in_memory || needs_blocks(function, *abi));
}

Result<void> check_interface(const Interface& interface, const Functions& functions) {
  for (const InterfaceFunction& function : interface.functions) {
    TRY(check_function(function, functions));
  }
  return {};
}

}  // namespace synapsed
