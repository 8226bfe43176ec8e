#include <synapsed/runtime.hpp>

#include "base/bytes.hpp"
#include "base/files.hpp"
#include "base/try.hpp"
#include "runtime/runtime_impl.hpp"

#include <synapsed/inspect.hpp>

namespace synapsed {

Result<ModuleId> WasmRuntime::load_module_file(std::string_view name, const std::string& path,
                                               ModuleMetadata metadata) {
  const Bytes bytes = TRY(read_file(path, impl_->state->config.limits.module_bytes_max));
  // Anything that does not start like a text module gets the binary reader's clearer errors.
  const std::size_t start = as_text(bytes).find_first_not_of(" \t\r\n");
  const bool is_text = start != std::string::npos &&
                       (as_text(bytes)[start] == '(' || as_text(bytes)[start] == ';');
  if (is_text) return load_module_wat(name, as_text(bytes), std::move(metadata));
  return load_module(name, bytes, std::move(metadata));
}

}  // namespace synapsed
