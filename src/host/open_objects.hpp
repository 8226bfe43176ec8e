#pragma once

/// \file
/// What an execution has open, by the numbers that its guest was given: streams, keys, scans.
///
/// Thread rule: used by the thread that runs the execution.

#include <cstdint>
#include <map>
#include <utility>
#include <variant>

#include "host/guest_results.hpp"

namespace synapsed {

/// Objects of several kinds; a number names one of one kind.
template <typename... Kinds>
class OpenObjects {
 public:
  explicit OpenObjects(std::uint32_t most) : most_(most) {}

  /// Numbers are given once in an execution, so that a closed one stays closed. Error: the guest's
  /// `exhausted`.
  [[nodiscard]] GuestResult add(std::variant<Kinds...> object) {
    if (objects_.size() >= most_ || last_ == INT32_MAX) {
      return std::unexpected(guest_error(ErrorCode::kGuestExhausted));
    }
    objects_.emplace(++last_, std::move(object));
    return last_;
  }
  /// Error: the guest's `not_found`.
  template <typename T>
  [[nodiscard]] Result<T*> find(std::uint32_t number) {
    const auto found = objects_.find(number);
    T* object = found == objects_.end() ? nullptr : std::get_if<T>(&found->second);
    if (object == nullptr) return std::unexpected(guest_error(ErrorCode::kGuestNotFound));
    return object;
  }
  [[nodiscard]] bool is_full() const { return objects_.size() >= most_; }
  void close(std::uint32_t number) { objects_.erase(number); }
  void clear() { objects_.clear(); }

 private:
  const std::uint32_t most_;
  std::int32_t last_ = 0;
  std::map<std::uint32_t, std::variant<Kinds...>> objects_;
};

}  // namespace synapsed
