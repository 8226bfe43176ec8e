#pragma once

/// \file
/// Requests to stop that come from outside the process, as a face that `main` fills in.

#include <functional>
#include <utility>

namespace synapsed::cli {

/// Thread rule: safe from any thread.
class Interrupts {
 public:
  using Handler = std::function<void(int signal)>;

  Interrupts() = default;
  Interrupts(const Interrupts&) = delete;
  Interrupts& operator=(const Interrupts&) = delete;
  virtual ~Interrupts() = default;

  /// The next request runs `handler`, once, on a thread of its own. A request that finds no
  /// handler ends the process at once with 128 + signal; so does the second one. After this
  /// returns, the handler set before is not running and never will.
  virtual void set_handler(Handler handler) = 0;

  /// Ends the process without unwinding: a thread may be stuck in a guest.
  virtual void leave(int exit_code) = 0;
};

/// Handles interrupts for as long as it lives.
class InterruptScope {
 public:
  InterruptScope(Interrupts& interrupts, Interrupts::Handler handler) : interrupts_(interrupts) {
    interrupts_.set_handler(std::move(handler));
  }
  ~InterruptScope() { interrupts_.set_handler({}); }
  InterruptScope(const InterruptScope&) = delete;
  InterruptScope& operator=(const InterruptScope&) = delete;

 private:
  Interrupts& interrupts_;
};

}  // namespace synapsed::cli
