#pragma once

/// \file
/// Errors as people read them: what, where, what to do, then the guest's backtrace.

#include <string>
#include <string_view>

#include <synapsed/error.hpp>

#include "cli/command.hpp"

namespace synapsed::cli {

/// Several lines, the last one ended.
[[nodiscard]] std::string render_error(const Error& error, bool coloured);

/// Prints the error to standard error; returns the exit code of its class.
int report(const Invocation& invocation, const Error& error);
/// The same for commands with `--json`, which print `{"error"}` to standard output instead.
int report_failure(bool json, const Invocation& invocation, const Error& error);

/// The same for an error in the command line itself; returns `kBadUsage`.
int report_bad_usage(const Invocation& invocation, const Error& error);
int report_bad_usage(Streams& streams, bool coloured, std::string_view message,
                     std::string_view hint);

/// The error with `file` as its place; a place inside the file is kept behind it.
[[nodiscard]] Error in_file(Error error, const std::string& file);

}  // namespace synapsed::cli
