#include "tests/support/metered_guest.hpp"

#include <algorithm>
#include <functional>
#include <memory>
#include <utility>

#include "engine/engine.hpp"
#include "tests/support/passes.hpp"
#include "tests/support/results.hpp"

namespace synapsed::tests {
namespace {

const engine::Engine& shared_engine() {
  static const engine::Engine engine =
      test::must(engine::Engine::create({.parallel_compilation = false, .threads = true}));
  return engine;
}

engine::Instance instantiate(const engine::PreparedModule& module, engine::Store& store) {
  store.arm(engine::kNoDeadline);
  const auto instance = module.instantiate(store);
  if (!instance) ADD_FAILURE() << std::get<Error>(instance.error()).to_string();
  return instance.value_or(engine::Instance{});
}

/// Gives its guest more gas.
class Refill : public HostFunction {
 public:
  explicit Refill(std::function<void(std::int64_t)> refill) : refill_(std::move(refill)) {}
  StopHandle call(GuestCaller&, std::span<RawValue> values) const override {
    refill_(values[0].i64);
    return nullptr;
  }

 private:
  std::function<void(std::int64_t)> refill_;
};

std::uint64_t hash_of(const engine::MemoryView& memory) {
  const auto bytes = test::must(memory.slice(0, memory.size()));
  return std::hash<std::string_view>{}(
      {reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

}  // namespace

MeteredModule::MeteredModule(ByteSpan wasm)
    : module_(test::must(engine::Module::compile(shared_engine(), wasm))),
      prepared_(
          test::must(test::must(engine::Linker::create(shared_engine())).prepare(module_))) {}

MeteredGuest::MeteredGuest(const MeteredModule& module)
    : module_(module),
      store_(test::must(engine::Store::create(
          shared_engine(), {.memory_bytes_max = 64 << 20, .table_elements_max = 1 << 16},
          nullptr))),
      instance_(instantiate(module.prepared_, store_)),
      gas_(counter(kGasExport)),
      mark_(counter("mark")),
      memory_(store_.memory(instance_, "memory")) {
  if (const auto table = module.module_.find_export(kRefillExport)) install_refill(*table);
  if (module.module_.find_export(kStartExport)) {
    EXPECT_EQ(call(kStartExport, {}, kMuchGas).outcome, "returned");
  }
}

std::optional<engine::Counter> MeteredGuest::counter(std::string_view name) {
  const auto index = module_.module_.find_export(name);
  return index ? store_.counter(instance_, *index) : std::nullopt;
}

void MeteredGuest::install_refill(const engine::ExportIndex& table) {
  engine::Linker linker = test::must(engine::Linker::create(shared_engine()));
  const FunctionType type{.params = {{.kind = ValueType::Kind::kI64}}, .results = {}};
  test::must(linker.define_function(
      "", "refill", type,
      std::make_shared<const Refill>([this](std::int64_t missing) { refill(missing); })));
  store_.write(*store_.table(instance_, table), 0, *linker.function(store_, "", "refill"));
  refills_ = true;
}

void MeteredGuest::refill(std::int64_t missing) {
  const std::int64_t given =
      missing < reserve_ - kRefillGas ? missing + kRefillGas : reserve_;
  reserve_ -= given;
  store_.write(*gas_, store_.read(*gas_) + given);
}

void MeteredGuest::set_gas(std::int64_t gas) {
  const std::int64_t first = refills_ ? std::min(gas, kRefillGas) : gas;
  reserve_ = gas - first;
  store_.write(*gas_, first);
}

std::int64_t MeteredGuest::gas_left() {
  const std::int64_t left = store_.read(*gas_);
  return left < 0 ? left : left + reserve_;
}

std::uint64_t MeteredGuest::number_at(std::string_view memory, std::uint64_t offset) {
  const auto found = store_.memory(instance_, memory);
  if (!found) {
    ADD_FAILURE() << "no memory " << memory;
    return 0;
  }
  return test::must(store_.view(*found).read<std::uint64_t>(offset));
}

MeteredGuest::Seen MeteredGuest::call(std::string_view function,
                                      const std::vector<std::int64_t>& arguments,
                                      std::int64_t gas) {
  const auto target = store_.function(instance_, function);
  if (!target) {
    ADD_FAILURE() << "no function " << function;
    return {};
  }
  if (gas_) set_gas(gas);
  std::vector<RawValue> values(std::max<std::size_t>(arguments.size(), 16));
  for (std::size_t i = 0; i < arguments.size(); ++i) values[i].i64 = arguments[i];
  store_.arm(engine::kNoDeadline);
  const auto outcome = store_.call(*target, values);
  store_.disarm();
  Seen seen{.outcome = "returned", .left = gas_ ? gas_left() : 0};
  if (outcome) {
    const FunctionType type = store_.type_of(*target);
    if (!type.results.empty()) {
      const bool narrow = type.results.front().kind == ValueType::Kind::kI32;
      seen.result = narrow ? values[0].i32 : values[0].i64;
    }
  } else {
    const Error& error = std::get<Error>(outcome.error());
    seen.outcome = gas_ && seen.left < 0 ? "out of gas" : to_string(error.code());
    if (error.trap() != nullptr && !error.trap()->frames.empty()) {
      seen.offset = error.trap()->frames.front().code_offset;
    }
  }
  if (mark_) seen.mark = store_.read(*mark_);
  if (memory_) seen.memory = hash_of(store_.view(*memory_));
  return seen;
}

}  // namespace synapsed::tests
