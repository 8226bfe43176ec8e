#include "runtime/own_executor.hpp"

#include <algorithm>
#include <thread>

#include <boost/asio/thread_pool.hpp>
#include <synapsed/asio.hpp>

namespace synapsed {
namespace {

class ThreadPool : public OwnExecutor {
 public:
  explicit ThreadPool(std::size_t threads) : pool_(threads), executor_(pool_.get_executor()) {}

  void post(Task task) override { executor_.post(std::move(task)); }
  Task post_at(Time time, Task task) override { return executor_.post_at(time, std::move(task)); }
  void finish() override { pool_.join(); }

 private:
  boost::asio::thread_pool pool_;
  AsioExecutor executor_;
};

}  // namespace

std::shared_ptr<OwnExecutor> make_own_executor(std::uint32_t threads) {
  const unsigned cores = std::max(1U, std::thread::hardware_concurrency());
  return std::make_shared<ThreadPool>(threads == 0 ? cores : threads);
}

}  // namespace synapsed
