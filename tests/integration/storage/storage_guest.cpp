#include "tests/integration/storage/storage_guest.hpp"

#include <algorithm>
#include <cstring>

namespace synapsed::test {
namespace {

std::string guest_path() { return std::string(SYNAPSED_TEST_MODULES) + "/tests/storage.wasm"; }

void append(Bytes& bytes, std::span<const std::byte> more) {
  const std::size_t size = bytes.size();
  bytes.resize(size + more.size());
  std::ranges::copy(more, bytes.begin() + static_cast<std::ptrdiff_t>(size));
}

void append_length(Bytes& bytes, std::size_t length) {
  const auto number = static_cast<std::uint32_t>(length);
  append(bytes, std::as_bytes(std::span(&number, 1)));
}

}  // namespace

Bytes packed_step(std::uint8_t operation, const Bytes& key, const Bytes& value) {
  Bytes step{static_cast<std::byte>(operation)};
  append_length(step, key.size());
  append_length(step, value.size());
  append(step, key);
  append(step, value);
  return step;
}

std::vector<std::pair<std::string, std::string>> unpacked(const Bytes& entries) {
  std::vector<std::pair<std::string, std::string>> all;
  const std::string text = text_of(entries);
  std::size_t at = 0;
  const auto length = [&] {
    std::uint32_t number = 0;
    std::memcpy(&number, text.data() + at, sizeof(number));
    at += sizeof(number);
    return number;
  };
  while (at < text.size()) {
    const std::uint32_t key = length();
    const std::uint32_t value = length();
    all.emplace_back(text.substr(at, key), text.substr(at + key, value));
    at += key + value;
  }
  return all;
}

void StorageGuest::SetUp() {
  if (!std::filesystem::exists(guest_path())) {
    GTEST_SKIP() << "the guest was not built: no Clang for wasm32-wasi";
  }
  start();
}

void StorageGuest::start(storage::StorageOptions options, storage::StorageGrant grant,
                         const RuntimeConfig& config) {
  runtime_.emplace(must(WasmRuntime::create(config)));
  storage_ = std::make_shared<storage::Storage>(must(storage::Storage::open(std::move(options))));
  for (auto& [name, function] : storage::create_storage_host_functions(
           {.storage = storage_, .grant = std::move(grant), .grants = {}})) {
    runtime_->register_host_function(name, std::move(function));
  }
  runtime_->host_functions().define(
      "test", "run_nested", [this](CallContext& context, std::uint32_t what) -> std::int32_t {
        return run_nested_ ? run_nested_(context, what) : 0;
      });
  module_ = load("notes");
}

ModuleId StorageGuest::load(std::string_view name, ModuleMetadata metadata) {
  return must(runtime_->load_module_file(name, guest_path(), std::move(metadata)));
}

Result<WasmValue> StorageGuest::try_call(std::string_view function,
                                         const std::vector<WasmValue>& arguments,
                                         const ExecutionContext& context) {
  auto result = runtime_->execute_function(module_, function, arguments, context);
  if (!result) return std::unexpected(result.error());
  return result->values.empty() ? WasmValue::null() : result->values[0];
}

std::int64_t StorageGuest::number(std::string_view function,
                                  const std::vector<WasmValue>& arguments) {
  const WasmValue value = call(function, arguments);
  const auto* small = value.get_if<std::int32_t>();
  return small == nullptr ? *value.get_if<std::int64_t>() : *small;
}

std::string StorageGuest::ok(std::string_view function, const std::vector<WasmValue>& arguments) {
  const WasmValue value = call(function, arguments);
  const WasmValue* bytes = value.get_if<WasmRecord>()->find("ok");
  if (bytes == nullptr) ADD_FAILURE() << value.to_json();
  return bytes == nullptr ? "" : text_of(*bytes->get_if<Bytes>());
}

std::int64_t StorageGuest::err(std::string_view function,
                               const std::vector<WasmValue>& arguments) {
  const WasmValue value = call(function, arguments);
  const WasmValue* code = value.get_if<WasmRecord>()->find("err");
  return code == nullptr ? 0 : *code->get_if<std::int32_t>();
}

std::vector<std::int32_t> StorageGuest::numbers(std::string_view function,
                                                const std::vector<WasmValue>& arguments) {
  const WasmValue value = call(function, arguments);
  std::vector<std::int32_t> all;
  for (const WasmValue& item : value.get_if<WasmList>()->items) {
    all.push_back(*item.get_if<std::int32_t>());
  }
  return all;
}

std::optional<std::string> StorageGuest::stored(std::string_view key,
                                                const storage::SpaceName& space) {
  const auto value = must(storage_->get(key, space));
  return value ? std::optional(text_of(*value)) : std::nullopt;
}

}  // namespace synapsed::test
