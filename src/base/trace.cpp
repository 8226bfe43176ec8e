#include <synapsed/trace.hpp>

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "base/hex.hpp"
#include "base/json.hpp"
#include "base/random_id.hpp"

namespace synapsed {
namespace {

constexpr std::size_t kTextBytes = 2 + 1 + 32 + 1 + 16 + 1 + 2;
constexpr unsigned kSampledFlag = 1;

/// Not all zeros.
template <std::size_t Size>
bool read_id(std::string_view text, std::array<std::byte, Size>& into) {
  const auto bytes = from_hex(text);
  if (!bytes || bytes->size() != Size) return false;
  std::ranges::copy(*bytes, into.begin());
  return std::ranges::any_of(into, [](std::byte byte) { return byte != std::byte{0}; });
}

/// Lower-case, as the header is written.
bool is_hex(std::string_view text) {
  return text.find_first_not_of("0123456789abcdef") == text.npos;
}

bool read(std::string_view text, TraceParent& into) {
  if (text.size() < kTextBytes || text[2] != '-' || text[35] != '-' || text[52] != '-') {
    return false;
  }
  const std::string_view version = text.substr(0, 2);
  const std::string_view flags = text.substr(53, 2);
  if (!is_hex(version) || version == "ff" || !is_hex(flags)) return false;
  const bool has_more = text.size() > kTextBytes;
  if (has_more && (version == "00" || text[kTextBytes] != '-')) return false;
  const std::string_view trace = text.substr(3, 32);
  const std::string_view span = text.substr(36, 16);
  if (!is_hex(trace) || !is_hex(span)) return false;
  into.is_sampled = (std::to_integer<unsigned>(from_hex(flags)->front()) & kSampledFlag) != 0;
  return read_id(trace, into.trace_id) && read_id(span, into.span_id);
}

}  // namespace

Result<TraceParent> TraceParent::parse(std::string_view text) {
  TraceParent parent;
  if (read(text, parent)) return parent;
  return std::unexpected(
      Error(ErrorCode::kArgumentType, fmt::format("\"{}\" is no trace parent", text.substr(0, 64)))
          .help("write it as W3C Trace Context does: "
                "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"));
}

TraceParent TraceParent::start() {
  TraceParent parent;
  fill_with_random_id(parent.trace_id);
  fill_with_random_id(parent.span_id);
  return parent;
}

std::string TraceParent::to_string() const {
  return fmt::format("00-{}-{}-{:02x}", to_hex(trace_id), to_hex(span_id),
                     is_sampled ? kSampledFlag : 0);
}

std::string_view to_string(TraceSpan::Kind kind) {
  switch (kind) {
    case TraceSpan::Kind::kExecution: return "execution";
    case TraceSpan::Kind::kHostCall: return "host_call";
  }
  std::unreachable();
}

std::string to_json(const TraceSpan& span) {
  const std::chrono::nanoseconds started = span.started.time_since_epoch();
  std::string json = fmt::format(
      R"({{"kind":"{}","trace_id":"{}","span_id":"{}","parent_id":"{}","module":{},"function":{},)"
      R"("tenant":{},"started_ns":{},"duration_ns":{})",
      to_string(span.kind), to_hex(span.trace_id), to_hex(span.span_id), to_hex(span.parent_id),
      quoted_json(span.module), quoted_json(span.function), quoted_json(span.tenant),
      started.count(), span.duration.count());
  if (span.kind == TraceSpan::Kind::kExecution) json += fmt::format(R"(,"gas":{})", span.gas);
  if (span.failure) json += fmt::format(R"(,"failure":"{}")", to_string(*span.failure));
  return json + "}";
}

}  // namespace synapsed
