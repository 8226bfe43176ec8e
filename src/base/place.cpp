#include "base/place.hpp"

#include <fmt/format.h>

namespace synapsed {
namespace {

std::string escaped(std::string_view name) {
  std::string text;
  for (const char character : name) {
    if (character == '~') {
      text += "~0";
    } else if (character == '/') {
      text += "~1";
    } else {
      text += character;
    }
  }
  return text;
}

}  // namespace

std::string Place::path() const {
  if (parent_ == nullptr) return {};
  return parent_->path() + (index_ ? fmt::format("[{}]", *index_) : fmt::format(".{}", name_));
}

std::string Place::pointer() const {
  if (parent_ == nullptr) return {};
  return parent_->pointer() + '/' + (index_ ? fmt::format("{}", *index_) : escaped(name_));
}

}  // namespace synapsed
