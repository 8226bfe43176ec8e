#pragma once

/// \file
/// Spans of executions and of the host calls in them, for a tracing system. Owned by the room
/// `base`.
///
/// Ids are those of W3C Trace Context, so that spans join a trace that others began:
///
///     auto context = ExecutionContext{}.with_trace(
///         {.parent = *TraceParent::parse(request.header("traceparent")), .sink = export_span});
///
/// Thread rule: values; a sink may be called from several threads at once.

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include <synapsed/error.hpp>

namespace synapsed {

using TraceId = std::array<std::byte, 16>;
using SpanId = std::array<std::byte, 8>;

/// A place in a trace: what the header `traceparent` says (W3C Trace Context, section 3.2).
struct TraceParent {
  TraceId trace_id{};  ///< not all zeros
  SpanId span_id{};    ///< of the span that what follows is part of; not all zeros
  bool is_sampled = true;

  /// `00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01`. Of later versions what this one
  /// knows is read. Error: `call.argument_type`.
  [[nodiscard]] static Result<TraceParent> parse(std::string_view text);
  /// A new trace, with random ids.
  [[nodiscard]] static TraceParent start();
  [[nodiscard]] std::string to_string() const;

  bool operator==(const TraceParent&) const = default;
};

/// Something that took its time. Views are valid during the call of the sink.
struct TraceSpan {
  enum class Kind : std::uint8_t { kExecution, kHostCall };

  Kind kind = Kind::kExecution;
  TraceId trace_id{};
  SpanId span_id{};
  SpanId parent_id{};
  std::string_view module;    ///< the guest's name
  std::string_view function;  ///< the guest's, or the imported one as `module.name`; may be empty
  std::string_view tenant;
  std::chrono::system_clock::time_point started;
  std::chrono::nanoseconds duration{0};
  std::uint64_t gas = 0;            ///< of an execution
  std::optional<ErrorCode> failure;  ///< what ended the execution, or the guest that called
};

/// `execution`, `host_call`.
[[nodiscard]] std::string_view to_string(TraceSpan::Kind kind);
/// One JSON object without a line break; times in nanoseconds, ids in hexadecimal digits.
[[nodiscard]] std::string to_json(const TraceSpan& span);

/// Called when a span ends, by the thread that ran it. It must not throw.
using TraceSink = std::function<void(const TraceSpan& span)>;

/// Where spans belong and go. Nothing is told of a parent that is not sampled.
struct Trace {
  TraceParent parent;
  TraceSink sink;
};

}  // namespace synapsed
