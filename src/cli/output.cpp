#include "cli/output.hpp"

#include <filesystem>
#include <fstream>
#include <system_error>

#include "base/bytes.hpp"

namespace synapsed::cli {
namespace {

/// Replacing it by a file is not what its name asks for.
bool is_special(const std::string& path) {
  std::error_code error;
  const auto status = std::filesystem::status(path, error);
  return std::filesystem::exists(status) && !std::filesystem::is_regular_file(status) &&
         !std::filesystem::is_directory(status);
}

Result<void> write_special(const std::string& path, ByteSpan bytes) {
  std::ofstream out(path, std::ios::binary);
  out << as_text(bytes) << std::flush;
  if (out) return {};
  return std::unexpected(Error(ErrorCode::kIo, "cannot write").at(path));
}

}  // namespace

Result<void> write_output(const std::string& path, ByteSpan bytes, FileAccess access) {
  return is_special(path) ? write_special(path, bytes) : write_file_atomically(path, bytes, access);
}

}  // namespace synapsed::cli
