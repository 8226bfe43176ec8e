#include "tests/conformance/world.hpp"

#include <utility>

#include "base/try.hpp"
#include "engine/wasmtime/errors.hpp"
#include "tests/support/passes.hpp"

namespace synapsed::tests {
namespace {

constexpr std::uint64_t kEpochsAway = std::uint64_t{1} << 40;

}  // namespace

void Values::unroot() {
  for (wasmtime_val_t& value : values_) wasmtime_val_unroot(&value);
  values_.clear();
}

Values& Values::operator=(Values&& other) noexcept {
  if (this != &other) {
    unroot();
    values_ = std::exchange(other.values_, {});
  }
  return *this;
}

Values::~Values() { unroot(); }

std::string_view to_string(Ended::How how) {
  switch (how) {
    case Ended::How::kReturned: return "returned";
    case Ended::How::kTrapped: return "trapped";
    case Ended::How::kThrew: return "threw an exception";
    case Ended::How::kRefused: return "was refused";
    case Ended::How::kOutOfGas: return "ran out of gas";
  }
  std::unreachable();
}

Result<engine::Engine> create_conformance_engine() {
  return engine::Engine::create({.threads = true, .gc = true});
}

Result<engine::ModuleHandle> compile(wasm_engine_t* engine, std::span<const std::byte> wasm) {
  wasmtime_module_t* module = nullptr;
  const engine::ErrorHandle error(wasmtime_module_new(
      engine, reinterpret_cast<const std::uint8_t*>(wasm.data()), wasm.size(), &module));
  if (!error) return engine::ModuleHandle(module);
  return std::unexpected(Error(ErrorCode::kLoadInvalidModule, engine::message_of(error.get())));
}

World::World(wasm_engine_t* engine)
    : store_(wasmtime_store_new(engine, nullptr, nullptr)), linker_(wasmtime_linker_new(engine)) {
  wasmtime_context_set_epoch_deadline(context(), kEpochsAway);
  wasmtime_linker_allow_shadowing(linker_.get(), true);
}

wasmtime_context_t* World::context() const { return wasmtime_store_context(store_.get()); }

Ended World::ended(wasmtime_error_t* raw_error, wasm_trap_t* raw_trap) {
  const engine::ErrorHandle error(raw_error);
  const engine::TrapHandle trap(raw_trap);
  Ended result;
  wasmtime_exnref_t exception;
  if (wasmtime_context_take_exception(context(), &exception)) {
    wasmtime_exnref_unroot(&exception);
    result.how = Ended::How::kThrew;
  } else if (trap) {
    result.how = Ended::How::kTrapped;
    wasmtime_trap_code_t code = 0;
    if (wasmtime_trap_code(trap.get(), &code)) result.code = code;
    engine::ByteVector message;
    wasm_trap_message(trap.get(), &message);
    result.message = engine::root_cause({message.data, message.size});
  } else if (error) {
    result.how = Ended::How::kRefused;
    result.message = engine::message_of(error.get());
  }
  return result;
}

Ended World::instantiate(const wasmtime_module_t* module) {
  wasmtime_instance_t instance;
  wasm_trap_t* trap = nullptr;
  wasmtime_error_t* error =
      wasmtime_linker_instantiate(linker_.get(), context(), module, &instance, &trap);
  Ended result = ended(error, trap);
  if (result.how != Ended::How::kReturned) return result;
  set_gas(instance, kPlentyOfGas);
  result = start(instance);
  if (result.how == Ended::How::kReturned) result.instance = instance;
  return result;
}

Ended World::start(const wasmtime_instance_t& instance) {
  const auto item = find(instance, kStartExport);
  if (!item) return {};
  Values none;
  return call(instance, item->of.func, none);
}

std::optional<wasmtime_global_t> World::gas_global(const wasmtime_instance_t& instance) {
  const auto item = find(instance, kGasExport);
  if (!item || item->kind != WASMTIME_EXTERN_GLOBAL) return std::nullopt;
  return item->of.global;
}

std::optional<std::int64_t> World::gas(const wasmtime_instance_t& instance) {
  const auto global = gas_global(instance);
  if (!global) return std::nullopt;
  wasmtime_val_t value;
  wasmtime_global_get(context(), &*global, &value);
  return value.of.i64;
}

void World::set_gas(const wasmtime_instance_t& instance, std::int64_t gas) {
  const auto global = gas_global(instance);
  if (!global) return;
  const wasmtime_val_t value{.kind = WASMTIME_I64, .of = {.i64 = gas}};
  const engine::ErrorHandle error(wasmtime_global_set(context(), &*global, &value));
}

std::string World::register_as(std::string_view name, const wasmtime_instance_t& instance) {
  const engine::ErrorHandle error(wasmtime_linker_define_instance(
      linker_.get(), context(), name.data(), name.size(), &instance));
  return error ? engine::message_of(error.get()) : std::string();
}

std::optional<wasmtime_extern_t> World::find(const wasmtime_instance_t& instance,
                                             std::string_view name) {
  wasmtime_extern_t item;
  if (!wasmtime_instance_export_get(context(), &instance, name.data(), name.size(), &item)) {
    return std::nullopt;
  }
  return item;
}

Ended World::call(const wasmtime_instance_t& instance, const wasmtime_func_t& function,
                  Values& arguments) {
  const engine::FunctionTypeHandle type(wasmtime_func_type(context(), &function));
  Values results(wasm_functype_results(type.get())->size);
  wasm_trap_t* trap = nullptr;
  wasmtime_error_t* error =
      wasmtime_func_call(context(), &function, arguments.data(), arguments.size(), results.data(),
                         results.size(), &trap);
  Ended result = ended(error, trap);
  if (result.how == Ended::How::kReturned) result.results = std::move(results);
  // The trap this ends in must not pass for one of the module's own.
  const bool exhausted = gas(instance).value_or(0) < 0;
  if (exhausted && result.code == WASMTIME_TRAP_CODE_UNREACHABLE_CODE_REACHED) {
    result.how = Ended::How::kOutOfGas;
    result.code.reset();
  }
  return result;
}

}  // namespace synapsed::tests
