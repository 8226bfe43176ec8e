#include "host/dynamic_callable.hpp"

#include <optional>

#include <fmt/format.h>

#include "base/bytes.hpp"
#include "base/try.hpp"
#include "host/values.hpp"

namespace synapsed {
namespace {

using Kind = ValueType::Kind;

std::optional<ValueType> core_type(ValueKind kind) {
  switch (kind) {
    case ValueKind::kI32:
    case ValueKind::kBool: return ValueType{.kind = Kind::kI32};
    case ValueKind::kI64: return ValueType{.kind = Kind::kI64};
    case ValueKind::kF32: return ValueType{.kind = Kind::kF32};
    case ValueKind::kF64: return ValueType{.kind = Kind::kF64};
    case ValueKind::kV128: return ValueType{.kind = Kind::kV128};
    default: return std::nullopt;
  }
}

bool is_span(ValueKind kind) { return kind == ValueKind::kBytes || kind == ValueKind::kString; }

Error unsupported(ValueKind kind, std::string_view direction) {
  return Error(ErrorCode::kUnsupportedType,
               fmt::format("a host function cannot {} a value of type {}", direction,
                           to_string(kind)));
}

class DynamicCallable : public HostFunction {
 public:
  DynamicCallable(std::string name, HostSignature signature, DynamicInContext function,
                  const HostPrice& price)
      : name_(std::move(name)),
        signature_(std::move(signature)),
        function_(std::move(function)),
        price_(price) {}

  StopHandle call(GuestCaller& caller, std::span<RawValue> values) const override {
    CallContext context(caller, price_);
    std::vector<WasmValue> arguments;
    if (auto refused = lift(context, values, arguments)) return refused;
    const auto results = function_(context, arguments);
    if (!results) return std::make_unique<Stop>(results.error());
    if (auto failed = lower(*results, values)) return std::make_unique<Stop>(std::move(*failed));
    return host_detail::needs_ending(context) ? host_detail::ending(context) : nullptr;
  }

 private:
  StopHandle lift(CallContext& context, std::span<const RawValue> values,
                  std::vector<WasmValue>& arguments) const {
    arguments.reserve(signature_.params.size());
    std::size_t slot = 0;
    std::uint64_t bytes = 0;
    for (std::size_t i = 0; i < signature_.params.size(); ++i) {
      const ValueKind kind = signature_.params[i];
      if (!is_span(kind)) {
        const RawValue& raw = values[slot++];
        arguments.push_back(kind == ValueKind::kBool ? WasmValue(raw.i32 != 0)
                                                     : lift_value(*core_type(kind), raw));
        continue;
      }
      const bool is_text = kind == ValueKind::kString;
      std::span<std::byte> span;
      if (!host_detail::find_span(context, &values[slot], is_text, span)) {
        return host_detail::refused_span(context, &values[slot], i);
      }
      slot += 2;
      bytes += span.size();
      arguments.push_back(is_text ? WasmValue(as_text(span))
                                  : WasmValue(Bytes(span.begin(), span.end())));
    }
    return price_.is_free() ? nullptr : host_detail::charge_call(context, bytes);
  }

  std::optional<Error> lower(const std::vector<WasmValue>& results,
                             std::span<RawValue> values) const {
    if (results.size() != signature_.results.size()) {
      return Error(ErrorCode::kHostFunctionFailed,
                   fmt::format("host function \"{}\" returned {} results, and declares {}", name_,
                               results.size(), signature_.results.size()));
    }
    for (std::size_t i = 0; i < results.size(); ++i) {
      const auto raw = lower_value(*core_type(signature_.results[i]), results[i]);
      if (!raw) {
        return Error(ErrorCode::kHostFunctionFailed,
                     fmt::format("result {} of host function \"{}\" is {}, and declared as {}",
                                 i + 1, name_, to_string(results[i].kind()),
                                 to_string(signature_.results[i])));
      }
      values[i] = *raw;
    }
    return std::nullopt;
  }

  std::string name_;
  HostSignature signature_;
  DynamicInContext function_;
  HostPrice price_;
};

Result<std::vector<ValueKind>> kinds_of(const std::vector<ValueType>& types) {
  constexpr std::array kKinds{ValueKind::kI32, ValueKind::kI64, ValueKind::kF32, ValueKind::kF64,
                              ValueKind::kV128};
  std::vector<ValueKind> kinds;
  kinds.reserve(types.size());
  for (const ValueType& type : types) {
    if (type.kind == Kind::kRef) {
      return std::unexpected(Error(ErrorCode::kUnsupportedType,
                                   fmt::format("a dynamic host function cannot pass a {}",
                                               to_string(type))));
    }
    kinds.push_back(kKinds.at(static_cast<std::size_t>(type.kind)));
  }
  return kinds;
}

}  // namespace

Result<FunctionType> type_of(const HostSignature& signature) {
  FunctionType type;
  for (const ValueKind kind : signature.params) {
    if (is_span(kind)) {
      type.params.insert(type.params.end(), 2, ValueType{.kind = Kind::kI32});
    } else if (const auto core = core_type(kind)) {
      type.params.push_back(*core);
    } else {
      return std::unexpected(unsupported(kind, "take"));
    }
  }
  for (const ValueKind kind : signature.results) {
    const auto core = core_type(kind);
    if (!core) return std::unexpected(unsupported(kind, "return"));
    type.results.push_back(*core);
  }
  return type;
}

std::shared_ptr<const HostFunction> make_dynamic(std::string name, const HostSignature& signature,
                                                 DynamicHostFunction function,
                                                 const HostPrice& price) {
  return make_dynamic_in_context(
      std::move(name), signature,
      [function = std::move(function)](CallContext&, std::span<const WasmValue> arguments) {
        return function(arguments);
      },
      price);
}

std::shared_ptr<const HostFunction> make_dynamic_in_context(std::string name,
                                                            const HostSignature& signature,
                                                            DynamicInContext function,
                                                            const HostPrice& price) {
  return std::make_shared<const DynamicCallable>(std::move(name), signature, std::move(function),
                                                 price);
}

Result<HostSignature> signature_of(const FunctionType& type) {
  HostSignature signature;
  signature.params = TRY(kinds_of(type.params));
  signature.results = TRY(kinds_of(type.results));
  return signature;
}

}  // namespace synapsed
