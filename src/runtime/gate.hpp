#pragma once

/// \file
/// Lets a bounded number of executions through, the others in the order they came.
///
/// Invariant: nobody waits while there is room. Thread rule: safe from any thread; a `Place`
/// belongs to one execution, outlives its stay and is outlived by its gate.

#include <cstdint>
#include <list>
#include <map>
#include <memory>
#include <string>

#include "base/sync.hpp"
#include "base/waker.hpp"

namespace synapsed {

class Gate {
 public:
  /// `inside_max`: at least 1. `queue_max`: how many may wait.
  Gate(std::uint64_t inside_max, std::uint64_t queue_max)
      : inside_max_(inside_max), queue_max_(queue_max) {}

  /// One execution's stay: in the queue, inside, or neither. Leaves when it is destroyed.
  class Place {
   public:
    Place() = default;
    ~Place() { leave(); }
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;

    [[nodiscard]] bool is_inside() const;
    /// Gives up the place in the queue or inside, if there is one.
    void leave();

   private:
    friend class Gate;
    enum class State : std::uint8_t { kNone, kQueued, kInside };

    Gate* gate_ = nullptr;
    State state_ = State::kNone;  // under the gate's mutex once there is a gate
    std::shared_ptr<Waker> waker_;
    std::list<Place*>::iterator position_;
  };

  /// Enters, or queues and has `waker` woken on entering. False when the queue is full.
  [[nodiscard]] bool enter(Place& place, const std::shared_ptr<Waker>& waker);

  /// Enters if nobody else is inside.
  [[nodiscard]] bool enter_if_idle(Place& place);

 private:
  const std::uint64_t inside_max_;
  const std::uint64_t queue_max_;
  mutable Mutex mutex_;
  std::uint64_t inside_ = 0;
  std::list<Place*> queue_;
};

/// One gate for each name that somebody is at.
class Gates {
 public:
  Gates(std::uint64_t inside_max, std::uint64_t queue_max)
      : inside_max_(inside_max), queue_max_(queue_max) {}

  /// Null when everybody passes.
  [[nodiscard]] std::shared_ptr<Gate> find(const std::string& name);

 private:
  const std::uint64_t inside_max_;
  const std::uint64_t queue_max_;
  Mutex mutex_;
  std::map<std::string, std::shared_ptr<Gate>, std::less<>> gates_;
  std::size_t prune_at_ = 64;
};

}  // namespace synapsed
