#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <synapsed/inspect.hpp>

#include "base/try.hpp"
#include "cli/command.hpp"
#include "cli/diagnostics.hpp"
#include "cli/exit_codes.hpp"
#include "cli/input.hpp"
#include "cli/json.hpp"
#include "cli/options.hpp"
#include "cli/text.hpp"

namespace synapsed::cli {
namespace {

constexpr std::string_view kExamples = R"(Examples:
  synapsed validate program.wasm
  synapsed validate --json *.wasm *.wat

A module is checked against the specification and every proposal the engine supports; imports and
limits are not looked at. The exit code is 0 only when every file is valid.)";

struct Options {
  std::vector<std::string> files;
  bool json = false;
};

struct Verdict {
  std::string file;
  std::optional<Error> error;  ///< its place is one inside the file
};

Result<void> validate_file(const std::string& file, const Streams& streams) {
  return validate_module(TRY(read_binary(file, streams)));
}

Verdict judge(const std::string& file, const Streams& streams) {
  const auto valid = validate_file(file, streams);
  if (valid) return {.file = file, .error = {}};
  return {.file = file, .error = valid.error()};
}

Json to_json(const Verdict& verdict) {
  return {{"file", verdict.file},
          {"valid", !verdict.error.has_value()},
          {"error", verdict.error ? cli::to_json(in_file(*verdict.error, input_name(verdict.file)))
                                  : Json()}};
}

Json verdicts_json(const std::vector<Verdict>& verdicts) {
  Json array = Json::array();
  for (const Verdict& verdict : verdicts) array.push_back(to_json(verdict));
  return array;
}

/// One line, whatever the error holds.
std::string verdict_line(const Verdict& verdict) {
  if (!verdict.error) return fmt::format("{}: ok\n", printable(verdict.file));
  const std::string& where = verdict.error->where();
  std::string line = verdict.error->message();
  if (!where.empty() && where != input_name(verdict.file)) line += " at " + where;
  std::ranges::replace(line, '\n', ' ');
  return fmt::format("{}: error: {}   [{}]\n", printable(verdict.file), printable(line),
                     to_string(verdict.error->code()));
}

int exit_code_for(const std::vector<Verdict>& verdicts) {
  int code = kSuccess;
  for (const Verdict& verdict : verdicts) {
    if (verdict.error) code = std::max(code, exit_code_of(verdict.error->error_class()));
  }
  return code;
}

int validate(const Options& options, const Invocation& invocation) {
  Streams& streams = invocation.streams();
  std::vector<Verdict> verdicts;
  for (const std::string& file : options.files) {
    verdicts.push_back(judge(file, streams));
    if (!options.json) streams.out << verdict_line(verdicts.back()) << std::flush;
  }
  if (options.json) print_json(streams.out, verdicts_json(verdicts));
  return exit_code_for(verdicts);
}

}  // namespace

Command add_validate(CLI::App& parent, SharedOptions& shared) {
  CLI::App& app = *parent.add_subcommand("validate", "Check modules against the specification");
  const auto options = std::make_shared<Options>();
  app.add_option("FILE", options->files, "Modules: binary or WAT text; - reads standard input")
      ->type_name("FILE")
      ->required();
  app.add_flag("--json", options->json, "Print a JSON array, one object for each file");
  add_shared_options(app, shared);
  app.footer(std::string(kExamples));
  return {.app = &app, .act = [options](const Invocation& invocation) {
            return validate(*options, invocation);
          }};
}

}  // namespace synapsed::cli
