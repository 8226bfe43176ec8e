#pragma once

/// \file
/// A guest that hands what it is called with to the host's storage (tests/guests/storage.cpp), and
/// the storage, seen from outside.

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <synapsed/storage_host.hpp>

#include "tests/support/results.hpp"

namespace synapsed::test {

// What guests get.
inline constexpr std::int32_t kInvalidArgument = -1;
inline constexpr std::int32_t kNotFound = -2;
inline constexpr std::int32_t kDenied = -3;
inline constexpr std::int32_t kBufferTooSmall = -4;
inline constexpr std::int32_t kExhausted = -6;

inline Bytes bytes_of(std::string_view text) {
  const auto bytes = std::as_bytes(std::span(text));
  return {bytes.begin(), bytes.end()};
}
inline std::string text_of(const Bytes& bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}
/// Of a counter.
inline Bytes number_bytes(std::int64_t number) {
  const auto bytes = std::as_bytes(std::span(&number, 1));
  return {bytes.begin(), bytes.end()};
}

/// Packed, as `batch` takes them and scans give them (without the operation).
Bytes packed_step(std::uint8_t operation, const Bytes& key, const Bytes& value = {});
std::vector<std::pair<std::string, std::string>> unpacked(const Bytes& entries);

class StorageGuest : public ::testing::Test {
 protected:
  static constexpr std::uint64_t kNoLimit = UINT64_MAX;

  void SetUp() override;

  /// With a storage, and the guest as the module `notes`; before, `storage_` is null.
  void start(storage::StorageOptions options = {}, storage::StorageGrant grant = {},
             const RuntimeConfig& config = small_config());
  ModuleId load(std::string_view name, ModuleMetadata metadata = granted());
  static ModuleMetadata granted() {
    return ModuleMetadata{}.with_capability("storage").with_capability("storage.write");
  }
  static ExecutionContext alice() { return ExecutionContext{}.with_tenant("alice"); }

  Result<WasmValue> try_call(std::string_view function, const std::vector<WasmValue>& arguments,
                             const ExecutionContext& context = alice());
  WasmValue call(std::string_view function, const std::vector<WasmValue>& arguments,
                 const ExecutionContext& context = alice()) {
    return must(try_call(function, arguments, context));
  }
  /// What a number says.
  std::int64_t number(std::string_view function, const std::vector<WasmValue>& arguments);
  /// The side of a `result<list<u8>, s32>`: its bytes as text, or its error.
  std::string ok(std::string_view function, const std::vector<WasmValue>& arguments);
  std::int64_t err(std::string_view function, const std::vector<WasmValue>& arguments);
  std::vector<std::int32_t> numbers(std::string_view function,
                                    const std::vector<WasmValue>& arguments);

  /// What the storage has, as text.
  std::optional<std::string> stored(std::string_view key,
                                    const storage::SpaceName& space = {.tenant = "alice",
                                                                       .module = "notes"});

  std::shared_ptr<storage::Storage> storage_;
  std::optional<WasmRuntime> runtime_;
  ModuleId module_;
  /// What the guest's `around` has the host do.
  std::function<std::int32_t(CallContext&, std::uint32_t)> run_nested_;
};

}  // namespace synapsed::test
