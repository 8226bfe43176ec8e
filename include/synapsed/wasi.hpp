#pragma once

/// \file
/// What a WASI preview 1 program is given. Owned by the room `base`.
///
/// Thread rule: values; an `OutputBuffer` may be written by one guest and read by other threads.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <synapsed/value.hpp>

namespace synapsed {

/// Collects what a guest writes, up to a limit; a write beyond it fails in the guest (`ENOSPC`).
class OutputBuffer {
 public:
  explicit OutputBuffer(std::size_t bytes_max = std::size_t{1} << 20);
  ~OutputBuffer();
  OutputBuffer(const OutputBuffer&) = delete;
  OutputBuffer& operator=(const OutputBuffer&) = delete;

  /// False, and nothing kept, when `bytes` does not fit.
  bool append(std::span<const std::byte> bytes);
  [[nodiscard]] std::string text() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

struct WasiNothing {};      ///< input: end of file at once; output: thrown away
struct WasiInherit {};      ///< the host process's own stream

using WasiInput = std::variant<WasiNothing, WasiInherit, Bytes>;
using WasiOutput = std::variant<WasiNothing, WasiInherit, std::shared_ptr<OutputBuffer>>;

enum class DirectoryAccess : std::uint8_t { kReadOnly, kReadWrite };

/// A directory of the host, its whole contents and nothing above it.
struct WasiDirectory {
  std::string host_path;
  std::string guest_path;  ///< the name the guest opens; the host path when empty
  DirectoryAccess access = DirectoryAccess::kReadOnly;
};

/// All strings are UTF-8 without NUL bytes.
struct WasiConfig {
  std::vector<std::string> arguments;
  std::vector<std::pair<std::string, std::string>> environment;
  std::vector<WasiDirectory> directories;
  WasiInput standard_input;
  WasiOutput standard_output;
  WasiOutput standard_error;
};

}  // namespace synapsed
