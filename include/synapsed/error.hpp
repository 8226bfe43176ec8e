#pragma once

/// \file
/// What can go wrong, as values. Owned by the room `base`.
///
/// Two kinds stay apart: an `Error` says that an operation could not be done (code, message,
/// where, hint); a `Trap` says that the guest faulted, with its backtrace. A guest's fault reaches
/// the caller as an `Error` that carries the `Trap`. No function of the library throws.
///
/// Thread rule: values; an `Error` is immutable and cheap to copy.

#include <cstddef>
#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace synapsed {

/// One enumerator per row of `error_codes.def`, then one per row of `guest_errors.def`.
enum class ErrorCode : std::uint8_t {
#define SYNAPSED_ERROR(enumerator, name, error_class) k##enumerator,
#include <synapsed/error_codes.def>
#undef SYNAPSED_ERROR
#define SYNAPSED_GUEST_ERROR(enumerator, number, name, meaning) kGuest##enumerator,
#include <synapsed/guest_errors.def>
#undef SYNAPSED_GUEST_ERROR
};

/// What a caller can do about an error, and the exit code the command line maps it to.
enum class ErrorClass : std::uint8_t {
  kBadInput,      ///< the module, the arguments or the configuration are at fault
  kGuestTrap,     ///< the guest faulted
  kLimitReached,  ///< a limit ended the guest
  kInterrupted,   ///< the caller cancelled the execution
  kHostFault,     ///< the machine or the engine failed
};

/// The stable name, `band.what`, for example `limit.deadline`.
[[nodiscard]] std::string_view to_string(ErrorCode code);
[[nodiscard]] ErrorClass class_of(ErrorCode code);
/// The negative number a guest gets for a code of the band `guest`; null for the others.
[[nodiscard]] std::optional<std::int32_t> guest_number(ErrorCode code);
/// Every code, in the order of the tables.
[[nodiscard]] const std::vector<ErrorCode>& all_error_codes();

/// One frame of a guest's call stack.
struct Frame {
  std::uint32_t function_index = 0;
  std::string function_name;                 ///< demangled; empty when the module names none
  std::string module_name;                   ///< empty when the module names none
  std::optional<std::uint64_t> code_offset;  ///< bytes from the start of the module
  std::string source;                        ///< `file:line`; empty when not known
};

/// A guest fault, or the limit that stopped a guest.
struct Trap {
  /// A code of the bands `trap` or `limit`, or that of the host function that ended the guest.
  ErrorCode kind = ErrorCode::kTrapOther;
  std::string message;
  std::vector<Frame> frames;  ///< innermost first; at most 20
};

/// What an execution used, whether it succeeded or not.
struct ExecutionUsage {
  std::uint64_t duration_ns = 0;        ///< wall time from asking to settling
  std::uint64_t peak_memory_bytes = 0;  ///< the most linear memory held, all memories together
  std::uint64_t gas = 0;                ///< spent; a fault costs the whole limit
  /// The most that was spent or set aside at once: the least gas limit with which the execution
  /// ends as it did. More than `gas` where parts that host functions took came back.
  std::uint64_t peak_gas = 0;
};

/// Why an operation was not done.
class Error {
 public:
  Error(ErrorCode code, std::string message);

  /// Adds the place: a file, an import, a parameter, an offset.
  [[nodiscard]] Error at(std::string where) &&;
  /// Adds what the caller can do about it.
  [[nodiscard]] Error help(std::string hint) &&;
  [[nodiscard]] Error with_trap(Trap trap) &&;
  [[nodiscard]] Error with_usage(ExecutionUsage usage) &&;

  [[nodiscard]] ErrorCode code() const { return code_; }
  [[nodiscard]] ErrorClass error_class() const { return class_of(code_); }
  [[nodiscard]] const std::string& message() const;
  [[nodiscard]] const std::string& where() const;  ///< empty when there is no place
  [[nodiscard]] const std::string& hint() const;   ///< empty when there is none
  [[nodiscard]] const Trap* trap() const;          ///< null unless the guest was stopped
  [[nodiscard]] const ExecutionUsage* usage() const;  ///< null unless the guest was entered

  /// The whole error on several lines, without colours:
  /// `error: <message> [<name>]`, `  --> <where>`, `  help: <hint>`, then the backtrace.
  [[nodiscard]] std::string to_string() const;

 private:
  struct Details;
  ErrorCode code_;
  std::shared_ptr<const Details> details_;

  Details& edit();
};

template <typename T>
using Result = std::expected<T, Error>;

}  // namespace synapsed
