#include "cli/process_interrupts.hpp"

#include <pthread.h>

#include <cstdlib>
#include <utility>

#include "cli/exit_codes.hpp"

namespace synapsed::cli {
namespace {

bool is_ignored(int signal) {
  struct sigaction action{};
  return sigaction(signal, nullptr, &action) == 0 && (action.sa_flags & SA_SIGINFO) == 0 &&
         action.sa_handler == SIG_IGN;
}

sigset_t set_of(const std::vector<int>& signals) {
  sigset_t set;
  sigemptyset(&set);
  for (const int signal : signals) sigaddset(&set, signal);
  return set;
}

}  // namespace

ProcessInterrupts::ProcessInterrupts() {
  for (const int signal : {SIGINT, SIGTERM}) {
    if (!is_ignored(signal)) signals_.push_back(signal);
  }
  if (signals_.empty()) return;
  const sigset_t set = set_of(signals_);
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  listener_ = std::thread([this] { listen(); });
}

ProcessInterrupts::~ProcessInterrupts() {
  if (!listener_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  pthread_kill(listener_.native_handle(), signals_.front());  // wakes sigwait
  listener_.join();
}

void ProcessInterrupts::set_handler(Handler handler) {
  const std::lock_guard lock(mutex_);
  handler_ = std::move(handler);
}

void ProcessInterrupts::leave(int exit_code) { std::_Exit(exit_code); }

void ProcessInterrupts::listen() {
  const sigset_t set = set_of(signals_);
  int signal = 0;
  while (sigwait(&set, &signal) != 0 || handle(signal)) {
  }
}

/// False when there is nothing more to listen for.
bool ProcessInterrupts::handle(int signal) {
  const std::lock_guard lock(mutex_);
  if (stopping_) return false;
  if (!handler_) leave(exit_code_of_signal(signal));
  std::exchange(handler_, {})(signal);
  return true;
}

}  // namespace synapsed::cli
