#include "host/first_party.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "base/utf8.hpp"

namespace synapsed {
namespace {

#define SYNAPSED_FIRST_PARTY(name, type, base, per_byte, capability, description) \
  FirstPartyFunction{name, type, base, per_byte, capability, description},
constexpr std::array kFunctions{
#include "host/first_party.def"
};
#undef SYNAPSED_FIRST_PARTY

constexpr std::string_view kModule = SYNAPSED_FIRST_PARTY_MODULE;

constexpr std::array<std::string_view, 5> kLevels{"trace", "debug", "info", "warning", "error"};
constexpr std::size_t kLogBytesMax = std::size_t{16} << 10;
constexpr std::size_t kPanicBytesMax = std::size_t{4} << 10;  // errors are kept and copied around

template <typename F>
void define_row(HostFunctions& host, std::string_view name, F function) {
  const auto row = std::ranges::find(kFunctions, name, &FirstPartyFunction::name);
  host.define(std::string(kModule), std::string(name), std::move(function),
              std::string(row->description));
}

Result<void> log(const CallContext& call, std::uint32_t level, std::string_view text,
                 const GuestLogSink& sink) {
  if (level >= kLevels.size()) {
    return std::unexpected(
        Error(ErrorCode::kArgumentRange, fmt::format("the guest logs with the level {}", level))
            .at("parameter 1 of the host function")
            .help("levels are 0 to 4"));
  }
  if (sink) {
    sink({.module = call.module(),
          .tenant = call.tenant(),
          .level = static_cast<GuestLogLevel>(level),
          .text = utf8_prefix(text, kLogBytesMax)});
  }
  return {};
}

Error panicked(std::string_view message) {
  const std::string_view told = utf8_prefix(message, kPanicBytesMax);
  return Error(ErrorCode::kTrapPanic, fmt::format("the guest panicked: {}{}", told,
                                                  told.size() < message.size() ? "…" : ""));
}

}  // namespace

std::string_view first_party_module() { return kModule; }
std::span<const FirstPartyFunction> first_party_functions() { return kFunctions; }
std::string_view to_string(GuestLogLevel level) {
  return kLevels.at(static_cast<std::size_t>(level));
}

void define_first_party(HostFunctions& host, GuestLogSink sink) {
  define_row(host, "log",
             [sink = std::move(sink)](CallContext& call, std::uint32_t level, GuestString message) {
               return log(call, level, message.view(), sink);
             });
  define_row(host, "panic", [](GuestString message) -> Result<void> {
    return std::unexpected(panicked(message.view()));
  });
}

}  // namespace synapsed
