#pragma once

/// \file
/// SIGINT and SIGTERM of this process.

#include <csignal>
#include <mutex>
#include <thread>
#include <vector>

#include "cli/interrupts.hpp"

namespace synapsed::cli {

/// Construct it before any other thread starts: it blocks the signals in the calling thread, from
/// which later threads inherit that, and receives them on a thread of its own. Signals that the
/// process was started to ignore (`nohup`, a background job) stay ignored.
class ProcessInterrupts final : public Interrupts {
 public:
  ProcessInterrupts();
  ~ProcessInterrupts() override;

  void set_handler(Handler handler) override;
  [[noreturn]] void leave(int exit_code) override;

 private:
  void listen();
  bool handle(int signal);

  std::vector<int> signals_;
  std::mutex mutex_;
  Handler handler_;
  bool stopping_ = false;
  std::thread listener_;
};

}  // namespace synapsed::cli
