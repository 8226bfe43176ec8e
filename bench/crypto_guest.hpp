#pragma once

/// \file
/// A guest that calls one crypto host function again and again, with the same arguments.
///
/// Thread rule: one thread.

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <synapsed/runtime.hpp>

namespace synapsed::bench {

/// Bytes that are passed as pointer and length; `room` of them for a result.
struct Block {
  Bytes bytes;
};
struct Room {
  std::size_t size = 0;
};
/// The number of the key that `key_open` gives for `name`.
struct Key {
  std::string name;
};
using Argument = std::variant<std::uint32_t, Block, Room, Key>;

struct CryptoCall {
  std::string function;
  std::vector<Argument> arguments;
};

/// Of one call.
struct CallCost {
  double time_ns = 0;
  double gas = 0;
};

class CryptoGuest {
 public:
  /// Ends the program when the call does not succeed.
  CryptoGuest(WasmRuntime& runtime, const CryptoCall& call);

  void run(std::uint64_t times);
  /// Calls for at least `milliseconds`.
  [[nodiscard]] CallCost measure(double milliseconds);

 private:
  Session session_;
  SessionFunction<std::int32_t(std::int32_t)> loop_;
};

}  // namespace synapsed::bench
