#include "tests/conformance/world.hpp"

#include <algorithm>
#include <utility>

#include "base/try.hpp"
#include "engine/wasmtime/errors.hpp"
#include "tests/support/passes.hpp"

namespace synapsed::tests {
namespace {

constexpr std::uint64_t kEpochsAway = std::uint64_t{1} << 40;

std::int64_t read(wasmtime_context_t* context, const wasmtime_global_t& global) {
  wasmtime_val_t value;
  wasmtime_global_get(context, &global, &value);
  return value.of.i64;
}

void write(wasmtime_context_t* context, const wasmtime_global_t& global, std::int64_t number) {
  const wasmtime_val_t value{.kind = WASMTIME_I64, .of = {.i64 = number}};
  const engine::ErrorHandle error(wasmtime_global_set(context, &global, &value));
}

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
  connect_refill(instance);
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
  const std::int64_t counted = read(context(), *global);
  const Reserve* reserve = find_reserve(*global);
  return counted < 0 || reserve == nullptr ? counted : counted + reserve->gas;
}

void World::set_gas(const wasmtime_instance_t& instance, std::int64_t gas) {
  const auto global = gas_global(instance);
  if (!global) return;
  Reserve* reserve = find_reserve(*global);
  const std::int64_t first = reserve == nullptr ? gas : std::min(gas, kRefillGas);
  if (reserve != nullptr) reserve->gas = gas - first;
  write(context(), *global, first);
}

World::Reserve* World::find_reserve(const wasmtime_global_t& gas_global) {
  const auto is_same = [&](const Reserve& reserve) {
    const wasmtime_global_t& own = reserve.gas_global;
    return own.__private1 == gas_global.__private1 && own.__private2 == gas_global.__private2 &&
           own.__private3 == gas_global.__private3;
  };
  const auto found = std::ranges::find_if(reserves_, is_same);
  return found == reserves_.end() ? nullptr : &*found;
}

/// Puts a function into the table of an instance that asks for gas.
void World::connect_refill(const wasmtime_instance_t& instance) {
  const auto table = find(instance, kRefillExport);
  const auto global = gas_global(instance);
  if (!table || !global) return;
  reserves_.push_back({.context = context(), .gas_global = *global});
  const engine::FunctionTypeHandle type(wasm_functype_new_1_0(wasm_valtype_new_i64()));
  wasmtime_val_t function{.kind = WASMTIME_FUNCREF, .of = {}};
  wasmtime_func_new_unchecked(context(), type.get(), on_refill, &reserves_.back(), nullptr,
                              &function.of.funcref);
  const engine::ErrorHandle error(wasmtime_table_set(context(), &table->of.table, 0, &function));
}

wasm_trap_t* World::on_refill(void* data, wasmtime_caller_t*, wasmtime_val_raw_t* values,
                              std::size_t) {
  Reserve& reserve = *static_cast<Reserve*>(data);
  const std::int64_t missing = values[0].i64;
  const std::int64_t given =
      missing < reserve.gas - kRefillGas ? missing + kRefillGas : reserve.gas;
  reserve.gas -= given;
  write(reserve.context, reserve.gas_global,
        read(reserve.context, reserve.gas_global) + given);
  return nullptr;
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
