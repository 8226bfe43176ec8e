#include "engine/store.hpp"

#include <atomic>
#include <bit>

#include <fmt/format.h>

#include "base/try.hpp"
#include "base/units.hpp"
#include "engine/wasmtime/errors.hpp"
#include "engine/wasmtime/handover.hpp"
#include "engine/wasmtime/profiler_impl.hpp"
#include "engine/wasmtime/guest_signal.hpp"
#include "engine/wasmtime/handle_cast.hpp"
#include "engine/wasmtime/store_impl.hpp"
#include "engine/wasmtime/thread_stack.hpp"
#include "engine/wasmtime/types.hpp"
#include "engine/wasmtime/wasi.hpp"

namespace synapsed::engine {
namespace {

static_assert(sizeof(RawValue) == sizeof(wasmtime_val_raw_t) &&
              alignof(RawValue) == alignof(wasmtime_val_raw_t));

/// The export of that name and kind. Functions and memories own nothing that needs deleting.
std::optional<wasmtime_extern_t> find_export(wasmtime_context_t* context, const Instance& instance,
                                             std::string_view name, wasmtime_extern_kind_t kind) {
  const auto native = native_of<wasmtime_instance_t>(instance);
  wasmtime_extern_t item;
  if (!wasmtime_instance_export_get(context, &native, name.data(), name.size(), &item)) {
    return std::nullopt;
  }
  if (item.kind == kind) return item;
  wasmtime_extern_delete(&item);
  return std::nullopt;
}

Result<void> check_stack_room(std::uint64_t stack_bytes_max) {
  constexpr std::uint64_t kHostReserve = std::uint64_t{64} << 10;
  const std::uintptr_t floor = this_threads_stack().lowest;
  const auto here = std::bit_cast<std::uintptr_t>(__builtin_frame_address(0));
  if (floor == 0 || here < floor || here - floor >= stack_bytes_max + kHostReserve) return {};
  return std::unexpected(
      Error(ErrorCode::kInvalidLimit,
            fmt::format("the calling thread has {} of stack left, and a guest may use {}",
                        format_bytes(here - floor), format_bytes(stack_bytes_max)))
          .help("call from a thread with a larger stack, or lower limits.stack_bytes_max"));
}

std::int64_t nanoseconds_of(Deadline time) {
  return time == kNoDeadline ? Watch::kNever : time.time_since_epoch().count();
}

wasmtime_error_t* on_epoch(wasmtime_context_t*, void* data, std::uint64_t* delta,
                           wasmtime_update_deadline_kind_t* kind) {
  take_over();
  auto& store = *static_cast<Store::Impl*>(data);
  Watch& watch = store.watch;
  const std::int64_t now = now_ns();
  store.interruption = store.due(now);
  if (store.interruption != Store::Impl::Interruption::kNone) {
    return wasmtime_error_new("interrupted");
  }
  if (store.profiler != nullptr && now >= watch.sample_ns.load(std::memory_order_relaxed)) {
    Profiler::Impl& profiler = store.profiler->impl();
    wasmtime_guestprofiler_sample(profiler.profiler.get(), store.store.get(),
                                  static_cast<std::uint64_t>(now - profiler.last_ns));
    profiler.last_ns = now;
    watch.sample_ns.store(now + profiler.interval_ns, std::memory_order_relaxed);
  }
  const bool slice_over = now >= watch.slice_end_ns.load();
  if (slice_over) watch.slice_end_ns.store(Watch::kNever);
  store.used_slice = slice_over;
  *delta = 1;
  *kind = slice_over ? WASMTIME_UPDATE_DEADLINE_YIELD : WASMTIME_UPDATE_DEADLINE_CONTINUE;
  return nullptr;
}

}  // namespace

std::optional<wasmtime_extern_t> export_at(wasmtime_context_t* context, const Instance& instance,
                                           const ExportIndex& index, wasmtime_extern_kind_t kind) {
  const auto native = native_of<wasmtime_instance_t>(instance);
  const auto place = std::bit_cast<synapsed_export_index>(index);
  wasmtime_extern_t item;
  if (!synapsed_instance_export(context, &native, &place, &item)) return std::nullopt;
  if (item.kind == kind) return item;
  wasmtime_extern_delete(&item);
  return std::nullopt;
}

MemoryPool::MemoryPool(std::uint64_t bytes_max) : impl_(std::make_unique<Impl>()) {
  impl_->pool.bytes_max = bytes_max;
}
MemoryPool::~MemoryPool() = default;

std::uint64_t MemoryPool::bytes_used() const {
  return std::atomic_ref(impl_->pool.used).load(std::memory_order_acquire);
}

void Interrupt::cancel() const {
  const std::lock_guard lock(impl_->mutex);
  if (impl_->store == nullptr) return;
  impl_->store->watch.cancelled.store(true);
  impl_->store->engine.impl().ticker.ring();
}

Store::Impl::Impl(const Engine& engine_handle)
    : engine(engine_handle),
      store(wasmtime_store_new(engine_handle.impl().engine.get(), this, nullptr)),
      context(wasmtime_store_context(store.get())) {
  if (engine.impl().signals) exit_frame = exit_frame_of(context);
  engine.impl().ticker.add(watch);
}

Store::Impl::Interruption Store::Impl::due(std::int64_t now) const {
  if (watch.cancelled.load()) return Interruption::kCancelled;
  return now >= watch.deadline_ns.load() ? Interruption::kDeadline : Interruption::kNone;
}

Store::Impl::~Impl() {
  if (interrupt) {
    const std::lock_guard lock(interrupt->mutex);
    interrupt->store = nullptr;
  }
  engine.impl().ticker.remove(watch);
  hand_over();  // before another thread can have its memory
  store.reset();
  if (account.pool != nullptr) {
    std::atomic_ref(account.pool->used).fetch_sub(account.memory_bytes, std::memory_order_acq_rel);
  }
}

Store::Store(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Store::Store(Store&&) noexcept = default;
Store& Store::operator=(Store&&) noexcept = default;
Store::~Store() = default;

Result<Store> Store::create(const Engine& engine, const StoreLimits& limits, MemoryPool* pool) {
  auto impl = std::make_unique<Impl>(engine);
  synapsed_account& account = impl->account;
  account.memory_bytes_max = limits.memory_bytes_max;
  account.table_elements_max = limits.table_elements_max;
  account.memories_max = limits.memories_max;
  account.tables_max = limits.tables_max;
  account.instances_max = limits.instances_max;
  account.pool = pool == nullptr ? nullptr : &pool->impl().pool;
  synapsed_store_set_account(impl->store.get(), &account);
  if (impl->exit_frame == nullptr) {
    wasmtime_store_epoch_deadline_callback(impl->store.get(), on_epoch, impl.get(), nullptr);
  }
  return Store(std::move(impl));
}

Result<void> Store::set_wasi(const WasiConfig& config) {
  return give_wasi(impl_->context, config);
}

Result<void> check_stack_room(const Engine& engine) {
  return check_stack_room(engine.config().stack_bytes_max);
}

void Store::arm(Deadline deadline, Deadline slice_end) {
  impl_->interruption = Impl::Interruption::kNone;
  impl_->account.refusal = SYNAPSED_REFUSAL_NONE;
  impl_->host_stop.reset();
  impl_->used_slice = false;
  Watch& watch = impl_->watch;
  if (watch.cancelled.load(std::memory_order_relaxed)) watch.cancelled.store(false);
  if (impl_->exit_frame == nullptr) wasmtime_context_set_epoch_deadline(impl_->context, 1);
  if (impl_->profiler != nullptr) {
    watch.sample_ns.store(now_ns() + impl_->profiler->impl().interval_ns, std::memory_order_relaxed);
  }
  impl_->engine.impl().ticker.set(watch, nanoseconds_of(deadline), nanoseconds_of(slice_end));
}

void Store::set_profiler(Profiler* profiler) { impl_->profiler = profiler; }

void Store::disarm() {
  Watch& watch = impl_->watch;
  watch.deadline_ns.store(Watch::kIdle, std::memory_order_release);
  watch.slice_end_ns.store(Watch::kNever, std::memory_order_release);
  watch.sample_ns.store(Watch::kNever, std::memory_order_release);
}

Interrupt Store::interrupt() const {
  if (!impl_->interrupt) impl_->interrupt = std::make_shared<Interrupt::Impl>(*impl_);
  return Interrupt(impl_->interrupt);
}

bool Store::used_its_slice() const { return impl_->used_slice; }

void Store::set_user(void* user) { impl_->user = user; }

void Store::set_memory_limit(std::uint64_t bytes) { impl_->account.memory_bytes_max = bytes; }
std::uint64_t Store::memory_bytes() const { return impl_->account.memory_bytes; }
std::uint64_t Store::peak_memory_bytes() const { return impl_->account.memory_bytes_peak; }
void Store::reset_peak() { impl_->account.memory_bytes_peak = impl_->account.memory_bytes; }

std::optional<Function> Store::function(const Instance& instance, std::string_view name) {
  const auto item = find_export(impl_->context, instance, name, WASMTIME_EXTERN_FUNC);
  if (!item) return std::nullopt;
  return handle_of<Function>(item->of.func);
}

std::optional<Function> Store::function(const Instance& instance, const ExportIndex& index) {
  const auto item = export_at(impl_->context, instance, index, WASMTIME_EXTERN_FUNC);
  if (!item) return std::nullopt;
  return handle_of<Function>(item->of.func);
}

std::optional<Memory> Store::memory(const Instance& instance, std::string_view name) {
  const auto item = find_export(impl_->context, instance, name, WASMTIME_EXTERN_MEMORY);
  if (!item) return std::nullopt;
  return handle_of<Memory>(item->of.memory);
}

MemoryView Store::view(const Memory& memory) {
  take_over();
  const auto native = native_of<wasmtime_memory_t>(memory);
  return MemoryView({reinterpret_cast<std::byte*>(wasmtime_memory_data(impl_->context, &native)),
                     wasmtime_memory_data_size(impl_->context, &native)});
}

CallResult<void> Store::call(const Function& function, std::span<RawValue> values) {
  const auto native = native_of<wasmtime_func_t>(function);
  wasm_trap_t* raw_trap = nullptr;
  const GuestOnThread running(*impl_, GuestOnThread::Entry::kFresh);
  wasmtime_error_t* raw_error = wasmtime_func_call_unchecked(
      impl_->context, &native, reinterpret_cast<wasmtime_val_raw_t*>(values.data()), values.size(),
      &raw_trap);
  if (raw_error == nullptr && raw_trap == nullptr) return {};
  return std::unexpected(stop_of(*impl_, TrapHandle(raw_trap), ErrorHandle(raw_error)));
}

FunctionType Store::type_of(const Function& function) {
  const auto native = native_of<wasmtime_func_t>(function);
  const FunctionTypeHandle type(wasmtime_func_type(impl_->context, &native));
  return function_type(type.get());
}

Result<std::span<std::byte>> MemoryView::slice(std::uint64_t offset, std::uint64_t length) const {
  if (offset > bytes_.size() || length > bytes_.size() - offset) {
    return std::unexpected(
        Error(ErrorCode::kOutOfBounds,
              fmt::format("{} bytes at {:#x} are outside the guest's memory of {} bytes", length,
                          offset, bytes_.size())));
  }
  return bytes_.subspan(static_cast<std::size_t>(offset), static_cast<std::size_t>(length));
}

}  // namespace synapsed::engine
