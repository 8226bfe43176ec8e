#include <algorithm>
#include <array>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "base/bytes.hpp"
#include "base/files.hpp"
#include "base/try.hpp"
#include "cli/command.hpp"
#include "cli/diagnostics.hpp"
#include "cli/exit_codes.hpp"
#include "cli/json.hpp"
#include "cli/module_template.hpp"
#include "cli/options.hpp"
#include "cli/text.hpp"

namespace synapsed::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kExamples = R"(Examples:
  synapsed new hello
  cd hello && cmake -B build && cmake --build build && ctest --test-dir build
  synapsed new price-rules --dir modules/price-rules

NAME is lower case: a letter, then up to 63 letters, digits, - and _. Nothing that exists is
overwritten.)";

struct Options {
  std::string name;
  std::optional<std::string> folder;
  bool json = false;
};

constexpr std::size_t kNameLengthMost = 64;
/// Targets that CMake has of its own.
constexpr std::array<std::string_view, 11> kTakenNames{
    "all",     "clean",          "depend",     "edit_cache",    "help", "install",
    "package", "package_source", "preinstall", "rebuild_cache", "test"};

bool is_lower(char c) { return c >= 'a' && c <= 'z'; }

bool is_name(std::string_view text) {
  return !text.empty() && text.size() <= kNameLengthMost && is_lower(text.front()) &&
         std::ranges::all_of(text, [](char c) {
           return is_lower(c) || (c >= '0' && c <= '9') || c == '-' || c == '_';
         });
}

Result<void> check_name(const std::string& name) {
  if (!is_name(name)) {
    return std::unexpected(
        Error(ErrorCode::kLoadInvalidMetadata, fmt::format("\"{}\" is not a module's name", name))
            .help("a letter, then letters, digits, - and _; lower case, at most 64"));
  }
  if (std::ranges::find(kTakenNames, name) == kTakenNames.end()) return {};
  return std::unexpected(Error(ErrorCode::kLoadInvalidMetadata,
                               fmt::format("CMake has a target of its own named \"{}\"", name))
                             .help("choose another name"));
}

Error failed(const fs::path& path, std::string_view what, const std::error_code& error) {
  return Error(ErrorCode::kIo, fmt::format("cannot {}: {}", what, error.message()))
      .at(path.string());
}

/// The SDK beside the program: installed with it, or of the tree it was built in.
Result<fs::path> find_sdk(const fs::path& program) {
  const fs::path place = (program.parent_path() / SYNAPSED_SDK_FROM_PROGRAM).lexically_normal();
  std::error_code error;
  fs::path sdk = fs::canonical(place, error);
  if (!error && fs::exists(sdk / "cmake" / "SynapsedGuest.cmake", error)) return sdk;
  return std::unexpected(Error(ErrorCode::kIo, "the guest SDK is not beside the program")
                             .at(place.string())
                             .help("install the whole package with cmake --install"));
}

/// As it stands between quotes in a CMake file.
std::string quoted_for_cmake(const std::string& text) {
  std::string quoted;
  for (const char c : text) {
    if (c == '\\' || c == '"' || c == '$') quoted += '\\';
    quoted += c;
  }
  return quoted;
}

using Replacements = std::array<std::pair<std::string_view, std::string>, 3>;

std::string filled_in(std::string_view text, const Replacements& replacements) {
  std::string result(text);
  for (const auto& [mark, value] : replacements) {
    for (std::size_t at = result.find(mark); at != std::string::npos;
         at = result.find(mark, at + value.size())) {
      result.replace(at, mark.size(), value);
    }
  }
  return result;
}

/// A new folder, which is removed again unless it is kept.
class NewFolder {
 public:
  static Result<NewFolder> create(const fs::path& path) {
    std::error_code error;
    const bool created = fs::create_directory(path, error);
    if (error) return std::unexpected(failed(path, "create the folder", error));
    if (created) return NewFolder(path);
    return std::unexpected(Error(ErrorCode::kIo, "the folder exists already")
                               .at(path.string())
                               .help("choose another name, or another folder with --dir"));
  }
  ~NewFolder() {
    std::error_code ignored;  // what made the command fail is told already
    if (!path_.empty()) fs::remove_all(path_, ignored);
  }
  NewFolder(NewFolder&& other) noexcept : path_(std::exchange(other.path_, {})) {}
  NewFolder& operator=(NewFolder&&) = delete;

  [[nodiscard]] const fs::path& path() const { return path_; }
  void keep() { path_.clear(); }

 private:
  explicit NewFolder(fs::path path) : path_(std::move(path)) {}
  fs::path path_;
};

/// A text that begins with `#!` is a program.
Result<void> make_executable(const fs::path& path, std::string_view text) {
  if (!text.starts_with("#!")) return {};
  std::error_code error;
  constexpr auto kExecute = fs::perms::owner_exec | fs::perms::group_exec | fs::perms::others_exec;
  fs::permissions(path, kExecute, fs::perm_options::add, error);
  if (error) return std::unexpected(failed(path, "make the file executable", error));
  return {};
}

Result<void> write_file(const fs::path& path, const std::string& text) {
  std::error_code error;
  fs::create_directories(path.parent_path(), error);
  if (error) return std::unexpected(failed(path.parent_path(), "create the folder", error));
  TRY(write_file_atomically(path.string(), as_bytes(text)));
  return make_executable(path, text);
}

struct Project {
  fs::path folder;
  fs::path sdk;
  std::vector<std::string> files;
};

Result<Project> create_project(const Options& options, const fs::path& program) {
  Project project{.folder = options.folder.value_or(options.name), .sdk = {}, .files = {}};
  project.sdk = TRY(find_sdk(program));
  const Replacements replacements{{{"@NAME@", options.name},
                                   {"@SDK@", quoted_for_cmake(project.sdk.string())},
                                   {"@PROGRAM@", quoted_for_cmake(program.string())}}};
  NewFolder folder = TRY(NewFolder::create(project.folder));
  for (const TemplateFile& file : module_template()) {
    project.files.push_back(filled_in(file.path, replacements));
    TRY(write_file(folder.path() / project.files.back(), filled_in(file.text, replacements)));
  }
  folder.keep();
  return project;
}

Json project_json(const Options& options, const Project& project) {
  return {{"error", nullptr},
          {"name", options.name},
          {"folder", project.folder.string()},
          {"sdk", project.sdk.string()},
          {"files", project.files}};
}

std::string told(const Options& options, const Project& project) {
  const std::string folder = printable(project.folder.string());
  return fmt::format(
      "created the module {0} in {1}\n"
      "build and test it: cd {1} && cmake -B build && cmake --build build && "
      "ctest --test-dir build\n",
      options.name, folder);
}

int create(const Options& options, const Invocation& invocation) {
  const auto named = check_name(options.name);
  if (!named) return report_bad_usage(invocation, named.error());
  const auto project = create_project(options, invocation.surroundings.program);
  if (!project) return report_failure(options.json, invocation, project.error());
  std::ostream& out = invocation.streams().out;
  if (options.json) {
    print_json(out, project_json(options, *project));
  } else {
    out << told(options, *project);
  }
  return kSuccess;
}

}  // namespace

Command add_new(CLI::App& parent, SharedOptions& shared) {
  CLI::App& app = *parent.add_subcommand("new", "Start the project of a module in C++");
  const auto options = std::make_shared<Options>();
  app.add_option("NAME", options->name, "The module's name")->type_name("NAME")->required();
  add_value(app, "--dir", options->folder, "DIR", "The folder to create (default: NAME)");
  app.add_flag("--json", options->json, "Print one JSON object");
  add_shared_options(app, shared);
  app.footer(std::string(kExamples));
  return {.app = &app,
          .act = [options](const Invocation& invocation) { return create(*options, invocation); }};
}

}  // namespace synapsed::cli
