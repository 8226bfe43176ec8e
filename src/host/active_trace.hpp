#pragma once

/// \file
/// The spans of one execution, while it runs. Thread rule: for the thread that runs the execution.

#include <chrono>

#include <synapsed/trace.hpp>

#include "base/random_id.hpp"

namespace synapsed {

struct ActiveTrace {
  explicit ActiveTrace(const Trace& trace) : sink(trace.sink), current(trace.parent) {}

  const TraceSink& sink;
  TraceParent current;  ///< what begins now is part of this span
};

/// A span from its construction to `end`.
class OpenSpan {
 public:
  /// What begins from now on is part of it, until `leave` or `end`. It refers to the trace.
  explicit OpenSpan(ActiveTrace& trace) : trace_(trace), parent_id_(trace.current.span_id) {
    fill_with_random_id(trace.current.span_id);
    span_id_ = trace.current.span_id;
  }

  /// What begins from now on is part of what this is part of.
  void leave() { trace_.current.span_id = parent_id_; }

  /// Tells the sink; the fields of `span` that tell what it was are set.
  void end(TraceSpan span) {
    leave();
    span.trace_id = trace_.current.trace_id;
    span.span_id = span_id_;
    span.parent_id = parent_id_;
    span.started = started_;
    span.duration = std::chrono::steady_clock::now() - began_;
    trace_.sink(span);
  }

 private:
  ActiveTrace& trace_;
  const SpanId parent_id_;
  SpanId span_id_;
  const std::chrono::system_clock::time_point started_ = std::chrono::system_clock::now();
  const std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
};

}  // namespace synapsed
