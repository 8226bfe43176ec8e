#include "modules/link.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <synapsed/inspect.hpp>

#include "base/try.hpp"
#include "host/dynamic_callable.hpp"

namespace synapsed::modules {
namespace {

std::string import_name(const ImportType& import) {
  return fmt::format("{}.{}", import.module, import.name);
}

Error placed(Error error, const ImportType& import) {
  return std::move(error).at(fmt::format("import \"{}\"", import_name(import)));
}

/// The kind that an interface type has between the two modules; none: it cannot cross.
std::optional<ValueKind> parameter_kind(const InterfaceType& type) {
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
          .help("take numbers, strings and list<u8>, and return numbers"),
      import));
}

Result<HostSignature> signature_by(const InterfaceFunction& function, const ImportType& import) {
  HostSignature signature;
  for (const auto& parameter : function.params) {
    const auto kind = parameter_kind(parameter.type);
    if (!kind) return cannot_cross(import);
    signature.params.push_back(*kind);
  }
  if (!function.result) return signature;
  const auto kind = parameter_kind(*function.result);
  if (!kind || *kind == ValueKind::kString || *kind == ValueKind::kBytes) return cannot_cross(import);
  signature.results.push_back(*kind);
  return signature;
}

/// By the callee's interface, or else by its core type.
Result<HostSignature> signature_of_import(const ModuleInfo& callee, const ImportType& import) {
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
    if (found != functions.end()) return signature_by(*found, import);
  }
  auto signature = signature_of(*type);
  if (!signature) return cannot_cross(import);
  return signature;
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
  return context;
}

DynamicInContext target_of(const ImportType& import, const HostSignature& signature,
                           const CallByName& call) {
  const bool returns_bool = signature.results == std::vector{ValueKind::kBool};
  return [module = import.module, name = import.name, call, returns_bool](
             CallContext& caller,
             std::span<const WasmValue> arguments) -> Result<std::vector<WasmValue>> {
    const ExecutionContext context = TRY(context_for(caller));
    auto result = call(module, name, arguments, context);
    if (!result) return std::unexpected(std::move(result).error());
    if (result->exit_code) {
      return std::unexpected(Error(ErrorCode::kHostFunctionFailed,
                                   fmt::format("{}.{} exited instead of returning", module, name)));
    }
    if (returns_bool) {
      return std::vector{WasmValue(std::int32_t{result->values.at(0) == WasmValue(true) ? 1 : 0})};
    }
    return std::move(result->values);
  };
}

const ModuleDependency* dependency_of(const ModuleManifest& manifest, const ImportType& import) {
  const auto found =
      std::ranges::find(manifest.dependencies, import.module, &ModuleDependency::name);
  return found == manifest.dependencies.end() ? nullptr : &*found;
}

}  // namespace

Result<std::shared_ptr<const HostFunctions>> link(const ModuleManifest& manifest,
                                                  std::span<const std::byte> wasm,
                                                  const ExportsOf& exports_of,
                                                  const CallByName& call) {
  std::shared_ptr<HostFunctions> functions;
  for (const ImportType& import : TRY(describe_module(wasm)).imports) {
    const ModuleDependency* dependency = dependency_of(manifest, import);
    if (dependency == nullptr) continue;
    if (dependency->linking == ModuleLinking::kLinked) {
      return std::unexpected(placed(
          Error(ErrorCode::kLoadInvalidMetadata, "modules cannot be linked into one store yet")
              .help("leave linking out: calls cross by value then"),
          import));
    }
    if (!std::holds_alternative<FunctionType>(import.type)) return cannot_cross(import);
    const ModuleInfo callee = TRY(exports_of(import.module));
    const HostSignature signature = TRY(signature_of_import(callee, import));
    TRY(check_type(signature, import));
    if (!functions) functions = std::make_shared<HostFunctions>();
    functions->add({.info = {.module = import.module, .name = import.name,
                             .type = std::get<FunctionType>(import.type), .waits = false, .options = {}},
                    .target = {.function = make_dynamic_in_context(import_name(import), signature,
                                                                   target_of(import, signature, call),
                                                                   HostPrice{}),
                               .async_function = {}, .untyped = {}}});
  }
  return functions;
}

}  // namespace synapsed::modules
