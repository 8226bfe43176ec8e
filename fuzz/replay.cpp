/// \file
/// Holds the laws against every file of the corpora named on the command line, and against what
/// is left of each when its end is missing.

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <span>
#include <string>

#include "fuzz/laws.hpp"

namespace {

std::string contents_of(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

void replay(const std::string& contents) {
  const auto bytes = std::as_bytes(std::span(contents));
  const std::size_t step = contents.size() / 256 + 1;
  for (std::size_t length = 0; length < bytes.size(); length += step) {
    synapsed::fuzz::check_laws(bytes.first(length));
  }
  synapsed::fuzz::check_laws(bytes);
}

}  // namespace

int main(int count, char** arguments) {
  std::size_t files = 0;
  for (int i = 1; i < count; ++i) {
    for (const auto& entry : std::filesystem::directory_iterator(arguments[i])) {
      replay(contents_of(entry.path()));
      ++files;
    }
  }
  std::printf("%zu files\n", files);
  return files == 0 ? 1 : 0;
}
