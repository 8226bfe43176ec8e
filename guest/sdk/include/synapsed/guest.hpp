#pragma once

/// \file
/// The SDK for modules written in C++. Include this one.
///
///     std::string greet(std::string_view name) { return "Hello, " + std::string(name); }
///     SYNAPSED_EXPORT(greet, "func(name: string) -> string")
///
/// `SYNAPSED_EXPORT` stands after the function. It exports it under the function's name, describes
/// it in the module's section `synapsed:interface`, and does not compile when text and function
/// disagree. Memory follows the canonical ABI of the WebAssembly Component Model.
///
/// | text                | C++ parameter                              | C++ result              |
/// |---------------------|--------------------------------------------|-------------------------|
/// | `bool`              | `bool`                                     | `bool`                  |
/// | `s8` … `u64`        | `std::int8_t` … `std::uint64_t`            | the same                |
/// | `f32`, `f64`        | `float`, `double`                          | the same                |
/// | `string`            | `std::string_view`, `std::string`          | the same                |
/// | `list<T>`           | `std::span<const T>`, `std::vector<T>`     | the same                |
/// | `list<u8>`          | as above, of `std::byte` or `std::uint8_t` | the same                |
/// | `option<T>`         | `std::optional<T>`                         | the same                |
/// | `result<T, E>`      | `std::expected<T, E>`; `void` or `std::monostate` for an absent side |
/// the same | | a record            | a struct with `SYNAPSED_RECORD`            | the same |
///
/// A parameter may be taken by value or by reference to const. A view is valid until the function
/// returns; a result that is a view may point anywhere, also into a parameter.
///
/// Thread rule: a guest has one thread.

#include <string_view>

#include <synapsed/guest/exports.hpp>
#include <synapsed/guest/records.hpp>
#include <synapsed/host_functions.hpp>

namespace synapsed {

enum class LogLevel : std::uint32_t { kTrace = 0, kDebug = 1, kInfo = 2, kWarning = 3, kError = 4 };

/// Ends the guest; whoever called it gets an error with this message (UTF-8).
[[noreturn]] void panic(std::string_view message);

/// Gives a line of text (UTF-8) to the host's log.
inline void log(LogLevel level, std::string_view message) {
  host::log(static_cast<std::uint32_t>(level), message);
}

}  // namespace synapsed
