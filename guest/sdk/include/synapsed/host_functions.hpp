#pragma once

/// \file
/// The host's functions that every guest may import, and the errors host functions return.
/// Written by tools/generate_abi.py from abi/*.json; do not edit.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace synapsed {

/// What a host function returns when it could not do what it was asked for.
enum class HostError : std::int32_t {
  /// an argument is not one that the function takes
  kInvalidArgument = -1,
  /// what the arguments name does not exist
  kNotFound = -2,
  /// the guest was not granted this
  kDenied = -3,
  /// the result does not fit the buffer; nothing was written
  kBufferTooSmall = -4,
  /// somebody else changed it, or it exists already
  kConflict = -5,
  /// a quota or a limit is used up
  kExhausted = -6,
  /// it cannot be reached now; later it may be
  kUnavailable = -7,
  /// the operation was given up before it ended
  kCancelled = -8,
  /// the bytes are no key of the algorithm
  kInvalidKey = -9,
  /// a signature, tag or ciphertext is not genuine
  kNotAuthentic = -10,
};

namespace host {

extern "C" {

[[clang::import_module("synapsed@1"), clang::import_name("log")]]
void synapsed_host_log(
    std::uint32_t level,
    const char* message,
    std::size_t message_size);

[[clang::import_module("synapsed@1"), clang::import_name("panic")]]
void synapsed_host_panic(
    const char* message,
    std::size_t message_size);

}  // extern "C"

/// Gives one line of text to the host's log. Levels: 0 trace, 1 debug, 2 info, 3 warning, 4 error;
/// another one ends the guest with call.argument_range.
inline void log(std::uint32_t level, std::string_view message) {
  synapsed_host_log(level, message.data(), message.size());
}

/// Ends the guest with the error trap.panic, which carries the message. Does not return.
inline void panic(std::string_view message) {
  synapsed_host_panic(message.data(), message.size());
}

}  // namespace host
}  // namespace synapsed
