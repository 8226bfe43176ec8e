#include <synapsed/error.hpp>

#include <array>
#include <utility>

#include <fmt/format.h>

namespace synapsed {
namespace {

struct Row {
  std::string_view name;
  ErrorClass error_class;
  std::int32_t guest_number = 0;
};

constexpr std::array kRows{
#define SYNAPSED_ERROR(enumerator, name, error_class) Row{name, ErrorClass::k##error_class},
#include <synapsed/error_codes.def>
#undef SYNAPSED_ERROR
#define SYNAPSED_GUEST_ERROR(enumerator, number, name, meaning) \
  Row{"guest." name, ErrorClass::kGuestTrap, number},
#include <synapsed/guest_errors.def>
#undef SYNAPSED_GUEST_ERROR
};

const Row& row(ErrorCode code) { return kRows.at(static_cast<std::size_t>(code)); }

}  // namespace

struct Error::Details {
  std::string message;
  std::string where;
  std::string hint;
  std::optional<Trap> trap;
  std::optional<ExecutionUsage> usage;
};

std::string_view to_string(ErrorCode code) { return row(code).name; }
ErrorClass class_of(ErrorCode code) { return row(code).error_class; }

std::optional<std::int32_t> guest_number(ErrorCode code) {
  const std::int32_t number = row(code).guest_number;
  return number == 0 ? std::nullopt : std::optional(number);
}

const std::vector<ErrorCode>& all_error_codes() {
  static const std::vector<ErrorCode> codes = [] {
    std::vector<ErrorCode> all;
    all.reserve(kRows.size());
    for (std::size_t i = 0; i < kRows.size(); ++i) all.push_back(static_cast<ErrorCode>(i));
    return all;
  }();
  return codes;
}

Error::Error(ErrorCode code, std::string message)
    : code_(code), details_(std::make_shared<Details>(Details{.message = std::move(message),
                                                              .where = {},
                                                              .hint = {},
                                                              .trap = {},
                                                              .usage = {}})) {}

// Copies share the details, so editing starts from a copy of one's own.
Error::Details& Error::edit() {
  auto copy = std::make_shared<Details>(*details_);
  Details& editable = *copy;
  details_ = std::move(copy);
  return editable;
}

Error Error::at(std::string where) && {
  edit().where = std::move(where);
  return std::move(*this);
}
Error Error::help(std::string hint) && {
  edit().hint = std::move(hint);
  return std::move(*this);
}
Error Error::with_trap(Trap trap) && {
  edit().trap = std::move(trap);
  return std::move(*this);
}
Error Error::with_usage(ExecutionUsage usage) && {
  edit().usage = usage;
  return std::move(*this);
}

const std::string& Error::message() const { return details_->message; }
const std::string& Error::where() const { return details_->where; }
const std::string& Error::hint() const { return details_->hint; }
const Trap* Error::trap() const { return details_->trap ? &*details_->trap : nullptr; }
const ExecutionUsage* Error::usage() const { return details_->usage ? &*details_->usage : nullptr; }

std::string Error::to_string() const {
  std::string text = fmt::format("error: {} [{}]", message(), synapsed::to_string(code_));
  if (!where().empty()) text += fmt::format("\n  --> {}", where());
  if (!hint().empty()) text += fmt::format("\n  help: {}", hint());
  if (trap() == nullptr) return text;
  for (std::size_t i = 0; i < trap()->frames.size(); ++i) {
    const Frame& frame = trap()->frames[i];
    const std::string name = frame.function_name.empty()
                                 ? fmt::format("function {}", frame.function_index)
                                 : frame.function_name;
    text += fmt::format("\n  at {}: {}{}{}", i, frame.module_name,
                        frame.module_name.empty() ? "" : "!", name);
    if (frame.code_offset) text += fmt::format(" @ {:#x}", *frame.code_offset);
    if (!frame.source.empty()) text += fmt::format(" ({})", frame.source);
  }
  return text;
}

}  // namespace synapsed
