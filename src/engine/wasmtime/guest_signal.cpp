#include "engine/wasmtime/guest_signal.hpp"

#include "base/try.hpp"

#if defined(__linux__) && defined(__x86_64__)

#include <cerrno>
#include <csignal>
#include <cstring>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <bit>

#include <fmt/format.h>

#include "engine/wasmtime/engine_impl.hpp"
#include "engine/wasmtime/errors.hpp"
#include "engine/wasmtime/guest_code.hpp"
#include "engine/wasmtime/module_impl.hpp"

namespace synapsed::engine {

constinit thread_local GuestThread guest_thread;

namespace {

constexpr int kSignal = SIGURG;

std::uintptr_t stop_address = 0;  // an `unreachable` that the engine knows
/// From a store's context to where it notes the frame that guests are left through.
std::ptrdiff_t exit_frame_distance = 0;
struct sigaction previous_action;

}  // namespace

struct GuestSignal {
  /// Notes why, when the guest of this thread must stop.
  static bool is_due(GuestOnThread& guest) {
    Store::Impl& store = guest.store_;
    const auto reason = store.due(now_ns());
    if (reason == Store::Impl::Interruption::kNone) return false;
    store.interruption = reason;
    return true;
  }

  /// True when the frame that the guest was last left through is on the stack `sp` is on.
  static bool has_exit_frame(const GuestOnThread& guest, std::uintptr_t sp) {
    const std::uintptr_t frame = *guest.store_.exit_frame;
    if (frame <= sp || frame % 16 != 0) return false;
    if (guest_thread.stack.contains(sp)) return guest_thread.stack.contains(frame);
    return frame - sp < fiber_stack_bytes(guest.store_.engine.config());
  }

  /// Where the function that the guest called will return to.
  static std::uintptr_t& return_address(const GuestOnThread& guest) {
    return *std::bit_cast<std::uintptr_t*>(*guest.store_.exit_frame + sizeof(std::uintptr_t));
  }
};

namespace {

/// Makes the interrupted function look as if it had called the one that is `unreachable`: a return
/// address and a saved frame pointer below its frame, as its own calls leave them.
void redirect(greg_t* registers) {
  constexpr std::uintptr_t kBelowTheFrame = 128;
  const auto pc = static_cast<std::uintptr_t>(registers[REG_RIP]);
  const auto sp = static_cast<std::uintptr_t>(registers[REG_RSP]);
  const std::uintptr_t frame = ((sp - kBelowTheFrame) & ~std::uintptr_t{15}) - 16;
  // Backtraces look up the address before a return address.
  const std::array<std::uint64_t, 2> record{static_cast<std::uint64_t>(registers[REG_RBP]), pc + 1};
  std::memcpy(std::bit_cast<void*>(frame), record.data(), sizeof(record));
  registers[REG_RBP] = static_cast<greg_t>(frame);
  registers[REG_RSP] = static_cast<greg_t>(frame);
  registers[REG_RIP] = static_cast<greg_t>(stop_address);
}

/// False when the guest's time is not over, or it cannot be stopped at this instruction.
bool stop_guest(GuestOnThread& guest, greg_t* registers) {
  const auto sp = static_cast<std::uintptr_t>(registers[REG_RSP]);
  if (contains_guest_code(static_cast<std::uintptr_t>(registers[REG_RIP]))) {
    if (!GuestSignal::is_due(guest)) return false;
    redirect(registers);
    return true;
  }
  if (!GuestSignal::has_exit_frame(guest, sp)) return false;
  // The engine may have noted the frame of a call that is long over: then no guest's function is
  // returned to through it.
  std::uintptr_t& target = GuestSignal::return_address(guest);
  if (!contains_guest_code(target) || !GuestSignal::is_due(guest)) return false;
  target = stop_address;
  return true;
}

void call_previous(int signal, siginfo_t* info, void* context) {
  if ((previous_action.sa_flags & SA_SIGINFO) != 0) {
    previous_action.sa_sigaction(signal, info, context);
  } else if (previous_action.sa_handler != SIG_DFL && previous_action.sa_handler != SIG_IGN) {
    previous_action.sa_handler(signal);
  }
}

void on_signal(int signal, siginfo_t* info, void* context) {
  const int saved_errno = errno;
  greg_t* registers = static_cast<ucontext_t*>(context)->uc_mcontext.gregs;
  if (guest_thread.innermost == nullptr || !stop_guest(*guest_thread.innermost, registers)) {
    call_previous(signal, info, context);
  }
  errno = saved_errno;
}

/// Deleted never: guests may be stopped as long as the process lives.
struct StopModule {
  // (module (func (export "s") unreachable))
  static constexpr std::array<std::uint8_t, 32> kBytes{
      0, 'a', 's', 'm', 1, 0, 0, 0, 1, 4, 1, 0x60, 0, 0, 3, 2, 1, 0, 7, 5, 1, 1, 's', 0, 0,
      10, 5, 1, 3, 0, 0x00, 0x0b};

  EngineHandle engine;
  wasmtime_module_t* module = nullptr;
};

Error cannot(std::string_view what) {
  return Error(ErrorCode::kEngineFault,
               fmt::format("guests cannot be stopped by signals: {}", what))
      .help("set compilation.interruption to epochs");
}

Result<std::uintptr_t> find_stop_address(const StopModule& stop) {
  constexpr std::array<std::uint8_t, 2> kUd2{0x0f, 0x0b};
  const std::uint8_t* text = nullptr;
  synapsed_code_range range{};
  synapsed_module_code(stop.module, &text, &range, 1);
  const auto* end = text + range.end;
  const auto* found = std::search(text + range.start, end, kUd2.begin(), kUd2.end());
  if (found == end) return std::unexpected(cannot("the stop function has no ud2"));
  return std::bit_cast<std::uintptr_t>(found);
}

Result<std::ptrdiff_t> measure_exit_frame(const StopModule& stop) {
  const StoreHandle store(wasmtime_store_new(stop.engine.get(), nullptr, nullptr));
  wasmtime_context_t* context = wasmtime_store_context(store.get());
  wasmtime_instance_t instance;
  wasmtime_extern_t function;
  wasm_trap_t* trap = nullptr;
  const ErrorHandle error(
      wasmtime_instance_new(context, stop.module, nullptr, 0, &instance, &trap));
  const TrapHandle trapped(trap);
  if (error || trapped || !wasmtime_instance_export_get(context, &instance, "s", 1, &function)) {
    return std::unexpected(cannot("the stop module cannot be instantiated"));
  }
  const std::uintptr_t* slot = synapsed_exit_frame_slot(context, &function.of.func);
  return std::bit_cast<std::intptr_t>(slot) - std::bit_cast<std::intptr_t>(context);
}

Result<void> install() {
  static auto* const stop = new StopModule;
  stop->engine = TRY(make_engine(wasm_config_new(), false));
  const ErrorHandle error(wasmtime_module_new(stop->engine.get(), StopModule::kBytes.data(),
                                              StopModule::kBytes.size(), &stop->module));
  if (error) return std::unexpected(cannot(message_of(error.get())));
  stop_address = TRY(find_stop_address(*stop));
  exit_frame_distance = TRY(measure_exit_frame(*stop));
  if (TRY(measure_exit_frame(*stop)) != exit_frame_distance) {
    return std::unexpected(cannot("two stores are laid out differently"));
  }
  struct sigaction action {};
  action.sa_sigaction = on_signal;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_RESTART;
  sigemptyset(&action.sa_mask);
  if (sigaction(kSignal, &action, &previous_action) == 0) return {};
  return std::unexpected(cannot("no handler for SIGURG can be installed"));
}

}  // namespace

Result<void> prepare_guest_signals() {
  static const Result<void> installed = install();
  return installed;
}

std::uintptr_t* exit_frame_of(wasmtime_context_t* context) {
  return std::bit_cast<std::uintptr_t*>(std::bit_cast<std::intptr_t>(context) +
                                        exit_frame_distance);
}

void introduce_guest_thread() {
  guest_thread.id = static_cast<int>(syscall(SYS_gettid));
  guest_thread.stack = this_threads_stack();
}

void signal_guest(int thread) { syscall(SYS_tgkill, getpid(), thread, kSignal); }

}  // namespace synapsed::engine

#else

namespace synapsed::engine {

Result<void> prepare_guest_signals() { return {}; }
std::uintptr_t* exit_frame_of(wasmtime_context_t*) { return nullptr; }
constinit thread_local GuestThread guest_thread;
void introduce_guest_thread() {}
void signal_guest(int) {}

}  // namespace synapsed::engine

#endif
