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

constexpr auto kLevelMost = static_cast<std::uint32_t>(LogLevel::kError);
constexpr std::size_t kLogBytesMax = std::size_t{16} << 10;
constexpr std::size_t kPanicBytesMax = std::size_t{4} << 10;  // errors are kept and copied around

template <typename F>
void define_row(HostFunctions& host, std::string_view name, F function) {
  const auto row = std::ranges::find(kFunctions, name, &FirstPartyFunction::name);
  host.define(std::string(kModule), std::string(name), std::move(function),
              {.description = std::string(row->description),
               .price = {.base = row->price_base, .per_byte = row->price_per_byte},
               .capability = std::string(row->capability)});
}

Result<void> log(const CallContext& call, std::uint32_t level, std::string_view text) {
  if (level > kLevelMost) {
    return std::unexpected(
        Error(ErrorCode::kArgumentRange, fmt::format("the guest logs with the level {}", level))
            .at("parameter 1 of the host function")
            .help(fmt::format("levels are 0 to {}", kLevelMost)));
  }
  call.log(static_cast<LogLevel>(level), utf8_prefix(text, kLogBytesMax));
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

void define_first_party(HostFunctions& host) {
  define_row(host, "log", [](CallContext& call, std::uint32_t level, GuestString message) {
    return log(call, level, message.view());
  });
  define_row(host, "panic", [](GuestString message) -> Result<void> {
    return std::unexpected(panicked(message.view()));
  });
}

}  // namespace synapsed
