#pragma once

/// \file
/// Our opaque handles hold the C API's by value.

#include <cstring>

namespace synapsed::engine {

template <typename Handle, typename Native>
Handle handle_of(const Native& native) {
  static_assert(sizeof(Native) <= sizeof(Handle));
  Handle handle;
  std::memcpy(handle.handle.data(), &native, sizeof(Native));
  return handle;
}

template <typename Native, typename Handle>
Native native_of(const Handle& handle) {
  static_assert(sizeof(Native) <= sizeof(Handle));
  Native native;
  std::memcpy(&native, handle.handle.data(), sizeof(Native));
  return native;
}

}  // namespace synapsed::engine
