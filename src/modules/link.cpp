#include "modules/link.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <synapsed/inspect.hpp>

#include "base/bytes.hpp"
#include "base/try.hpp"
#include "host/dynamic_callable.hpp"
#include "runtime/links.hpp"

namespace synapsed::modules {
namespace {

Error placed(Error error, const ImportType& import) {
  return std::move(error).at(fmt::format("import {}", quoted(import)));
}

/// The kind that an interface type has between the two modules; none: it cannot cross.
std::optional<ValueKind> kind_between(const InterfaceType& type) {
  using Kind = InterfaceType::Kind;
  switch (type.kind) {
    case Kind::kString: return ValueKind::kString;
    case Kind::kBool: return ValueKind::kBool;
    case Kind::kS64:
    case Kind::kU64: return ValueKind::kI64;
    case Kind::kF32: return ValueKind::kF32;
    case Kind::kF64: return ValueKind::kF64;
    case Kind::kS8:
    case Kind::kU8:
    case Kind::kS16:
    case Kind::kU16:
    case Kind::kS32:
    case Kind::kU32: return ValueKind::kI32;
    case Kind::kList:
      return type.is_bytes() ? std::optional(ValueKind::kBytes) : std::nullopt;
    default: return std::nullopt;
  }
}

std::unexpected<Error> cannot_cross(const ImportType& import) {
  return std::unexpected(placed(
      Error(ErrorCode::kUnsupportedType, "its type cannot cross from one module to another")
          .help("take and return numbers, strings and list<u8>"),
      import));
}

/// How the caller imports a function.
struct Crossing {
  HostSignature signature;
  /// The callee returns a string or bytes: the last two parameters are room for them, and the result is how many
  /// bytes they are.
  bool fills_room = false;
};

Result<Crossing> crossing_by(const InterfaceFunction& function, const ImportType& import) {
  Crossing crossing;
  auto& [params, results] = crossing.signature;
  for (const auto& parameter : function.params) {
    const auto kind = kind_between(parameter.type);
    if (!kind) return cannot_cross(import);
    params.push_back(*kind);
  }
  if (!function.result) return crossing;
  const auto kind = kind_between(*function.result);
  if (!kind) return cannot_cross(import);
  crossing.fills_room = *kind == ValueKind::kString || *kind == ValueKind::kBytes;
  if (crossing.fills_room) {
    params.insert(params.end(), {ValueKind::kI32, ValueKind::kI32});
    results.push_back(ValueKind::kI32);
  } else {
    results.push_back(*kind);
  }
  return crossing;
}

/// By the callee's interface, or else by its core type.
Result<Crossing> crossing_of(const ModuleInfo& callee, const ImportType& import) {
  const auto exported = std::ranges::find(callee.exports, import.name, &ExportType::name);
  const auto* type = exported == callee.exports.end() ? nullptr : std::get_if<FunctionType>(&exported->type);
  if (type == nullptr) {
    return std::unexpected(placed(
        Error(ErrorCode::kUnknownExport,
              fmt::format("{}@{} exports no function \"{}\"", callee.name, callee.metadata.version, import.name)),
        import));
  }
  if (callee.interface) {
    const auto& functions = callee.interface->functions;
    const auto found = std::ranges::find(functions, import.name, &InterfaceFunction::name);
    if (found != functions.end()) return crossing_by(*found, import);
  }
  auto signature = signature_of(*type);
  if (!signature) return cannot_cross(import);
  return Crossing{.signature = std::move(*signature)};
}

Result<void> check_type(const HostSignature& signature, const ImportType& import) {
  const FunctionType expected = TRY(type_of(signature));
  const auto& declared = std::get<FunctionType>(import.type);
  if (declared == expected) return {};
  return std::unexpected(placed(Error(ErrorCode::kImportMismatch,
                                      fmt::format("it is imported as {}, and is {}",
                                                  to_string(declared), to_string(expected))),
                                import));
}

/// What the callee's execution has of the caller's.
Result<ExecutionContext> context_for(CallContext& caller) {
  ExecutionContext context;
  context.with_tenant(std::string(caller.tenant())).with_parent(caller.as_parent());
  if (caller.deadline() != std::chrono::steady_clock::time_point::max()) {
    const auto left = caller.deadline() - std::chrono::steady_clock::now();
    context.with_timeout(std::max<std::chrono::nanoseconds>(left, std::chrono::nanoseconds(1)));
  }
  if (const auto gas = caller.gas_left()) context.with_gas(TRY(caller.take_gas(*gas)));
  if (auto trace = caller.trace()) context.with_trace(std::move(*trace));
  return context;
}

/// Where the caller wants a string or bytes: an address and a number of bytes.
Result<std::span<std::byte>> room_in(CallContext& caller, std::span<const WasmValue> room) {
  const auto number = [&](std::size_t i) {
    return static_cast<std::uint32_t>(*room[i].get_if<std::int32_t>());
  };
  return caller.memory(number(0), number(1));
}

/// How many bytes there are; they are in the room when they fit.
WasmValue fill(std::span<std::byte> room, const WasmValue& result) {
  const auto* text = result.get_if<std::string>();
  const ByteSpan bytes = text != nullptr ? as_bytes(*text) : ByteSpan(*result.get_if<Bytes>());
  if (bytes.size() <= room.size()) std::ranges::copy(bytes, room.begin());
  return static_cast<std::uint32_t>(bytes.size());
}

DynamicInContext target_of(const ImportType& import, const Crossing& crossing,
                           const CallByName& call) {
  const bool returns_bool = crossing.signature.results == std::vector{ValueKind::kBool};
  return [module = import.module, name = import.name, call, returns_bool,
          fills_room = crossing.fills_room](
             CallContext& caller,
             std::span<const WasmValue> arguments) -> Result<std::vector<WasmValue>> {
    std::span<std::byte> room;
    if (fills_room) {
      room = TRY(room_in(caller, arguments.last(2)));
      arguments = arguments.first(arguments.size() - 2);
    }
    const ExecutionContext context = TRY(context_for(caller));
    auto result = call(module, name, arguments, context);
    if (!result) return std::unexpected(std::move(result).error());
    if (result->exit_code) {
      return std::unexpected(Error(ErrorCode::kHostFunctionFailed,
                                   fmt::format("{}.{} exited instead of returning", module, name)));
    }
    if (fills_room) return std::vector{fill(room, result->values.at(0))};
    if (returns_bool) {
      return std::vector{WasmValue(std::int32_t{result->values.at(0) == WasmValue(true) ? 1 : 0})};
    }
    return std::move(result->values);
  };
}

bool is_of(const std::vector<ModuleDependency>& dependencies, const ImportType& import) {
  return std::ranges::find(dependencies, import.module, &ModuleDependency::name) !=
         dependencies.end();
}

}  // namespace

Result<std::shared_ptr<const HostFunctions>> link(const ModuleManifest& manifest,
                                                  std::span<const std::byte> wasm,
                                                  const ExportsOf& exports_of,
                                                  const CallByName& call) {
  std::shared_ptr<HostFunctions> functions;
  const auto called = manifest.called();
  if (called.empty()) return functions;
  for (const ImportType& import : TRY(describe_module(wasm)).imports) {
    if (!is_of(called, import)) continue;
    if (!std::holds_alternative<FunctionType>(import.type)) return cannot_cross(import);
    const ModuleInfo callee = TRY(exports_of(import.module));
    const Crossing crossing = TRY(crossing_of(callee, import));
    TRY(check_type(crossing.signature, import));
    if (!functions) functions = std::make_shared<HostFunctions>();
    functions->add({.info = {.module = import.module, .name = import.name,
                             .type = std::get<FunctionType>(import.type), .waits = false, .options = {}},
                    .target = {.function = make_dynamic_in_context(import_name(import), crossing.signature,
                                                                   target_of(import, crossing, call),
                                                                   HostPrice{}),
                               .async_function = {}, .untyped = {}}});
  }
  return functions;
}

}  // namespace synapsed::modules
