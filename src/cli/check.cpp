#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <synapsed/config.hpp>
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
  synapsed check contract.wasm --profile blockchain
  synapsed check contract.wasm --grant env.transfer --export run --refuse floats

Shows every reason to refuse the module, not only the first. Nothing of it is run. The exit code is
0 when there is none.)";

struct Options {
  std::string file;
  std::optional<std::string> profile;
  std::vector<std::string> granted;
  std::vector<std::string> exports;
  std::vector<std::string> refused;
  bool json = false;
};

Result<CheckRequest> request_of(const Options& options) {
  auto config = RuntimeConfig::named(options.profile.value_or("production"));
  if (!config) return std::unexpected(std::move(config).error());
  return CheckRequest{.config = std::move(*config),
                      .granted_imports = options.granted,
                      .wanted_exports = options.exports,
                      .refused_features = options.refused};
}

std::string place_of(const Finding& finding, const std::string& file) {
  std::string place = file;
  if (finding.offset != 0) place += fmt::format(", offset {:#x}", finding.offset);
  if (finding.function) place += fmt::format(", function {}", *finding.function);
  if (!finding.function_name.empty()) place += fmt::format(" ({})", finding.function_name);
  return place;
}

std::string finding_text(const Finding& finding, const std::string& file) {
  std::string text = fmt::format("{}: {}   [{}]\n  --> {}\n", finding.refuses ? "refused" : "note",
                                 finding.message, finding.rule, place_of(finding, file));
  if (!finding.help.empty()) text += fmt::format("  help: {}\n", finding.help);
  return printable(text);
}

std::string rule_text(const DeterminismRule& rule) {
  std::string text =
      fmt::format("  {:12} {:7} {}", rule.rule, rule.is_met ? "met" : "not met", rule.message);
  if (rule.offset != 0) text += fmt::format(" (offset {:#x}", rule.offset);
  if (rule.function) text += fmt::format(", function {}", *rule.function);
  if (!rule.function_name.empty()) text += fmt::format(" {}", rule.function_name);
  if (rule.offset != 0) text += ")";
  return printable(text) + "\n";
}

/// What is found, and under a deterministic profile each of its rules.
struct Report {
  std::vector<Finding> findings;
  std::vector<DeterminismRule> rules;
};

Json report_json(const RuntimeConfig& config, const Report& report, std::ptrdiff_t reasons) {
  return {{"error", nullptr},
          {"profile", config.profile},
          {"refused", reasons != 0},
          {"findings", to_json_array(report.findings)},
          {"determinism", to_json_array(report.rules)}};
}

std::string summary(const std::string& file, const RuntimeConfig& config, std::ptrdiff_t reasons) {
  if (reasons == 0) {
    return fmt::format("{}: nothing to refuse under profile {}\n", printable(file),
                       config.profile);
  }
  return fmt::format("{}: {} {} to refuse it under profile {}\n", printable(file), reasons,
                     reasons == 1 ? "reason" : "reasons", config.profile);
}

Result<Report> report_of(const Options& options, const CheckRequest& request,
                         const Streams& streams) {
  const Bytes wasm = TRY(read_binary(options.file, streams));
  Report report;
  report.findings = TRY(check_module(wasm, request));
  if (request.config.security.enable_deterministic_execution) {
    report.rules = TRY(determinism_report(wasm, request.config));
  }
  return report;
}

void print_text(std::ostream& out, const Report& report, const std::string& file) {
  for (const Finding& finding : report.findings) out << finding_text(finding, file) << "\n";
  if (report.rules.empty()) return;
  out << "The same result on every machine:\n";
  for (const DeterminismRule& rule : report.rules) out << rule_text(rule);
  out << "\n";
}

int check(const Options& options, const Invocation& invocation) {
  Streams& streams = invocation.streams();
  const std::string file = input_name(options.file);
  const auto request = request_of(options);
  if (!request) return report_bad_usage(invocation, request.error());
  const auto report = report_of(options, *request, streams);
  if (!report && report.error().code() == ErrorCode::kInvalidConfig) {
    return report_bad_usage(invocation, report.error());
  }
  if (!report) return report_failure(options.json, invocation, in_file(report.error(), file));
  const auto reasons = std::ranges::count_if(report->findings, &Finding::refuses);
  if (options.json) {
    print_json(streams.out, report_json(request->config, *report, reasons));
  } else {
    print_text(streams.out, *report, file);
    streams.out << summary(file, request->config, reasons);
  }
  return reasons == 0 ? kSuccess : kBadInput;
}

}  // namespace

Command add_check(CLI::App& parent, SharedOptions& shared) {
  CLI::App& app = *parent.add_subcommand("check", "Say why a module would be refused");
  const auto options = std::make_shared<Options>();
  add_file(app, options->file);
  add_choice(app, "--profile", options->profile, RuntimeConfig::profile_names(),
             "The rules to check against (default: production)");
  add_repeated(app, "--grant", options->granted, "MODULE.NAME",
               "An import that the host will provide; MODULE.* for all of a module");
  add_repeated(app, "--export", options->exports, "NAME", "A function that must be exported");
  add_repeated(app, "--refuse", options->refused, "FEATURE",
               "A proposal that is not wanted, or floats");
  app.add_flag("--json", options->json, "Print one JSON object");
  add_shared_options(app, shared);
  app.footer(std::string(kExamples));
  return {.app = &app,
          .act = [options](const Invocation& invocation) { return check(*options, invocation); }};
}

}  // namespace synapsed::cli
