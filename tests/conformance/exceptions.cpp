#include "tests/conformance/exceptions.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/files.hpp"
#include "base/try.hpp"

namespace synapsed::tests {
namespace {

constexpr std::uint64_t kFileBytesMax = std::uint64_t{1} << 20;

bool note(std::map<std::string, bool>& occurred, const std::string& key) {
  const auto found = occurred.find(key);
  if (found == occurred.end()) return false;
  return found->second = true;
}

}  // namespace

Result<Exceptions> Exceptions::read(const std::filesystem::path& file) {
  const Bytes text = TRY(read_file(file.string(), kFileBytesMax));
  const auto* begin = reinterpret_cast<const char*>(text.data());
  const auto json = nlohmann::json::parse(begin, begin + text.size(), nullptr, false);
  Exceptions exceptions;
  for (auto [name, occurred] : {std::pair{"plain", &exceptions.plain_},
                                std::pair{"instrumented", &exceptions.instrumented_}}) {
    if (!json.is_object() || !json.contains(name) || !json.at(name).is_object()) {
      return std::unexpected(
          Error(ErrorCode::kInvalidConfig, fmt::format("there is no object \"{}\"", name))
              .at(file.string()));
    }
    for (const auto& [key, reason] : json.at(name).items()) occurred->emplace(key, false);
  }
  return exceptions;
}

bool Exceptions::excuse(const std::string& script, std::uint64_t line, bool instrumented) {
  const std::string place = fmt::format("{}:{}", script, line);
  if (note(plain_, script) || note(plain_, place)) return true;
  return instrumented && (note(instrumented_, script) || note(instrumented_, place));
}

std::vector<std::string> Exceptions::unused() const {
  std::vector<std::string> keys;
  for (const Occurred* list : {&plain_, &instrumented_}) {
    for (const auto& [key, occurred] : *list) {
      if (!occurred) keys.push_back(key);
    }
  }
  return keys;
}

}  // namespace synapsed::tests
