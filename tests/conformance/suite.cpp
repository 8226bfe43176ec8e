// Runs the official test suite of WebAssembly: every module as it is, and once more after each
// pass.
//
//     conformance SUITE EXCEPTIONS [--filter TEXT]
//
// SUITE is what `wast_scripts` wrote. Prints totals, and fails on whatever is not among the
// exceptions, and on exceptions that did not occur. Ends with 77, which ctest counts as skipped,
// where SUITE is missing.

#include <algorithm>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "tests/conformance/exceptions.hpp"
#include "tests/conformance/script.hpp"
#include "tests/conformance/world.hpp"

namespace synapsed::tests {
namespace {

namespace fs = std::filesystem;
constexpr int kSkipped = 77;

struct Totals {
  std::uint64_t passed = 0;
  std::uint64_t text_passed = 0;
  std::uint64_t done = 0;
  std::uint64_t skipped = 0;
  std::uint64_t known = 0;
  std::uint64_t failed = 0;
};

std::vector<fs::path> find_scripts(const fs::path& suite, std::string_view filter) {
  std::vector<fs::path> scripts;
  for (const auto& entry : fs::recursive_directory_iterator(suite)) {
    if (entry.path().filename() != "script.json") continue;
    fs::path script = entry.path().parent_path();
    if (script.string().find(filter, suite.string().size()) != std::string::npos) {
      scripts.push_back(std::move(script));
    }
  }
  std::ranges::sort(scripts);
  return scripts;
}

void add(Totals& totals, const std::string& name, const Report& report, bool instrumented,
         Exceptions& exceptions) {
  totals.passed += report.passed;
  totals.text_passed += report.text_passed;
  totals.done += report.done;
  totals.skipped += report.skipped;
  for (const Failure& failure : report.failures) {
    if (exceptions.excuse(name, failure.line, instrumented)) {
      ++totals.known;
      continue;
    }
    ++totals.failed;
    fmt::print("{}:{}: {}{}\n", name, failure.line, instrumented ? "instrumented: " : "",
               failure.what);
  }
}

Result<Totals> run_all(const engine::Engine& engine, const fs::path& suite,
                       const std::vector<fs::path>& scripts, const Pass* pass,
                       Exceptions& exceptions) {
  Totals totals;
  for (const fs::path& script : scripts) {
    const auto report = run_script(engine, script, pass);
    if (!report) return std::unexpected(report.error());
    add(totals, fs::relative(script, suite).string(), *report, pass != nullptr, exceptions);
  }
  return totals;
}

void print(std::string_view how, std::size_t scripts, const Totals& totals) {
  fmt::print(
      "{:14} {} scripts, {} assertions passed ({} of them on text alone), {} other commands, "
      "{} known exceptions, {} skipped, {} failed\n",
      how, scripts, totals.passed, totals.text_passed, totals.done, totals.known, totals.skipped,
      totals.failed);
}

int fail(const Error& error) {
  fmt::print(stderr, "{}\n", error.to_string());
  return 1;
}

int run(const fs::path& suite, const fs::path& exceptions_file, std::string_view filter) {
  if (!fs::is_directory(suite)) {
    fmt::print("skipped: there is no test suite at {}; building the tests fetches it\n",
               suite.string());
    return kSkipped;
  }
  const auto engine = create_conformance_engine();
  if (!engine) return fail(engine.error());
  auto exceptions = Exceptions::read(exceptions_file);
  if (!exceptions) return fail(exceptions.error());
  const std::vector<fs::path> scripts = find_scripts(suite, filter);

  std::vector<Pass> ways = passes();
  ways.insert(ways.begin(), Pass{.name = "plain"});
  bool failed = scripts.empty();
  for (const Pass& way : ways) {
    const auto totals = run_all(*engine, suite, scripts, way.apply ? &way : nullptr, *exceptions);
    if (!totals) return fail(totals.error());
    print(way.name, scripts.size(), *totals);
    failed |= totals->failed != 0;
  }
  if (!filter.empty()) return failed ? 1 : 0;
  for (const std::string& key : exceptions->unused()) {
    fmt::print("{} is an exception that did not occur: remove it\n", key);
    failed = true;
  }
  return failed ? 1 : 0;
}

}  // namespace
}  // namespace synapsed::tests

int main(int argc, char** argv) {
  const std::string_view filter =
      argc == 5 && std::string_view(argv[3]) == "--filter" ? argv[4] : "";
  if (argc != 3 && filter.empty()) {
    fmt::print(stderr, "usage: conformance SUITE EXCEPTIONS [--filter TEXT]\n");
    return 2;
  }
  return synapsed::tests::run(argv[1], argv[2], filter);
}
