#include "engine/wasmtime/wasi.hpp"

#include <dirent.h>

#include <cerrno>
#include <cstring>

#include <fmt/format.h>

#include "base/bytes.hpp"
#include "base/try.hpp"
#include "engine/wasmtime/errors.hpp"

namespace synapsed::engine {

#ifdef SYNAPSED_WITH_WASI
namespace {

using WasiHandle = std::unique_ptr<wasi_config_t, Deleter<wasi_config_delete>>;

Error bad_text(std::string_view what, std::string_view text) {
  return Error(ErrorCode::kArgumentType,
               fmt::format("{} is not UTF-8 without NUL bytes", what))
      .at(fmt::format("\"{}\"", text.substr(0, 80)));
}

Result<void> check_no_nul(std::string_view what, const std::string& text) {
  if (text.find('\0') == std::string::npos) return {};
  return std::unexpected(bad_text(what, text));
}

Result<void> give_arguments(wasi_config_t* wasi, const WasiConfig& config) {
  for (const std::string& argument : config.arguments) {
    TRY(check_no_nul("a program argument", argument));
    const char* text = argument.c_str();
    if (!wasi_config_set_argv(wasi, 1, &text)) {
      return std::unexpected(bad_text("a program argument", argument));
    }
  }
  return {};
}

Result<void> give_environment(wasi_config_t* wasi, const WasiConfig& config) {
  for (const auto& [name, value] : config.environment) {
    TRY(check_no_nul("the name of an environment variable", name));
    TRY(check_no_nul("the value of an environment variable", value));
    const char* name_text = name.c_str();
    const char* value_text = value.c_str();
    if (name.empty() || name.find('=') != std::string::npos ||
        !wasi_config_set_env(wasi, 1, &name_text, &value_text)) {
      return std::unexpected(
          bad_text("an environment variable", fmt::format("{}={}", name, value)));
    }
  }
  return {};
}

/// Why the host cannot open a directory, as the engine only says that it cannot.
std::string reason_unopenable(const std::string& path) {
  DIR* directory = ::opendir(path.c_str());
  if (directory == nullptr) return std::strerror(errno);
  ::closedir(directory);
  return "the name inside the guest is not valid";
}

Result<void> give_directories(wasi_config_t* wasi, const WasiConfig& config) {
  for (const WasiDirectory& directory : config.directories) {
    TRY(check_no_nul("a directory", directory.host_path));
    TRY(check_no_nul("a directory", directory.guest_path));
    const std::string& guest =
        directory.guest_path.empty() ? directory.host_path : directory.guest_path;
    const bool writable = directory.access == DirectoryAccess::kReadWrite;
    if (!wasi_config_preopen_dir(wasi, directory.host_path.c_str(), guest.c_str(), writable)) {
      return std::unexpected(Error(ErrorCode::kPathDenied,
                                   fmt::format("the directory cannot be opened: {}",
                                               reason_unopenable(directory.host_path)))
                                 .at(directory.host_path));
    }
  }
  return {};
}

void give_input(wasi_config_t* wasi, const WasiInput& input) {
  if (std::holds_alternative<WasiInherit>(input)) wasi_config_inherit_stdin(wasi);
  if (const auto* bytes = std::get_if<Bytes>(&input)) {
    wasm_byte_vec_t copy;
    wasm_byte_vec_new(&copy, bytes->size(), reinterpret_cast<const char*>(bytes->data()));
    wasi_config_set_stdin_bytes(wasi, &copy);
  }
}

using BufferHandle = std::shared_ptr<OutputBuffer>;

std::ptrdiff_t write_to_buffer(void* data, const unsigned char* bytes, std::size_t size) {
  const auto& buffer = *static_cast<BufferHandle*>(data);
  const auto written = ByteSpan(reinterpret_cast<const std::byte*>(bytes), size);
  return buffer->append(written) ? static_cast<std::ptrdiff_t>(size) : -ENOSPC;
}

void drop_buffer(void* data) { delete static_cast<BufferHandle*>(data); }

using Inherit = void (*)(wasi_config_t*);
using SetCustom = void (*)(wasi_config_t*,
                           std::ptrdiff_t (*)(void*, const unsigned char*, std::size_t), void*,
                           void (*)(void*));

void give_output(wasi_config_t* wasi, const WasiOutput& output, Inherit inherit,
                 SetCustom set_custom) {
  if (std::holds_alternative<WasiInherit>(output)) inherit(wasi);
  if (const auto* buffer = std::get_if<BufferHandle>(&output); buffer != nullptr && *buffer) {
    set_custom(wasi, write_to_buffer, new BufferHandle(*buffer), drop_buffer);
  }
}

}  // namespace

Result<void> give_wasi(wasmtime_context_t* context, const WasiConfig& config) {
  WasiHandle wasi(wasi_config_new());
  TRY(give_arguments(wasi.get(), config));
  TRY(give_environment(wasi.get(), config));
  TRY(give_directories(wasi.get(), config));
  give_input(wasi.get(), config.standard_input);
  give_output(wasi.get(), config.standard_output, wasi_config_inherit_stdout,
              wasi_config_set_stdout_custom);
  give_output(wasi.get(), config.standard_error, wasi_config_inherit_stderr,
              wasi_config_set_stderr_custom);
  const ErrorHandle error(wasmtime_context_set_wasi(context, wasi.release()));
  if (!error) return {};
  return std::unexpected(Error(ErrorCode::kEngineFault, message_of(error.get())));
}

#else

Result<void> give_wasi(wasmtime_context_t*, const WasiConfig&) {
  return std::unexpected(Error(ErrorCode::kEngineFault, "this build has no WASI"));
}

#endif

}  // namespace synapsed::engine
