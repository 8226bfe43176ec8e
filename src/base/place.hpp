#pragma once

/// \file
/// Where a part lies in a nested value.
///
/// Places are made on the way down and written out only for an error. Thread rule: a value on the
/// stack, valid while its parents are.

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace synapsed {

class Place {
 public:
  /// The whole value.
  Place() = default;
  /// An item of a list.
  Place(const Place& parent, std::size_t index) : parent_(&parent), index_(index) {}
  /// A named part; views `name`.
  Place(const Place& parent, std::string_view name) : parent_(&parent), name_(name) {}

  /// As a programmer writes it: `[3].x`; empty for the whole value.
  [[nodiscard]] std::string path() const;
  /// A JSON pointer (RFC 6901): `/3/x`; empty for the whole value.
  [[nodiscard]] std::string pointer() const;

 private:
  const Place* parent_ = nullptr;
  std::string_view name_;
  std::optional<std::size_t> index_;
};

}  // namespace synapsed
