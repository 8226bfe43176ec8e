// Runs the official test suite of WebAssembly: every module as it is, and once more after each
// pass.
//
//     conformance SUITE EXCEPTIONS [--filter TEXT | --every N]
//
// SUITE is what `wast_scripts` wrote; of its scripts those are run whose path holds TEXT, or each Nth, or
// all. Prints totals, and fails on whatever is not among the
// exceptions, and on exceptions that did not occur. Ends with 77, which ctest counts as skipped,
// where SUITE is missing.

#include <algorithm>
#include <cstdlib>
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

/// Which scripts are run.
struct Choice {
  std::string filter;
  std::size_t every = 1;

  [[nodiscard]] bool is_all() const { return filter.empty() && every == 1; }
};

std::vector<fs::path> find_scripts(const fs::path& suite, const Choice& choice) {
  std::vector<fs::path> scripts;
  for (const auto& entry : fs::recursive_directory_iterator(suite)) {
    if (entry.path().filename() != "script.json") continue;
    fs::path script = entry.path().parent_path();
    if (script.string().find(choice.filter, suite.string().size()) != std::string::npos) {
      scripts.push_back(std::move(script));
    }
  }
  std::ranges::sort(scripts);
  std::vector<fs::path> chosen;
  for (std::size_t i = 0; i < scripts.size(); i += choice.every) chosen.push_back(scripts[i]);
  return chosen;
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

int run(const fs::path& suite, const fs::path& exceptions_file, const Choice& choice) {
  if (!fs::is_directory(suite)) {
    fmt::print("skipped: there is no test suite at {}; building the tests fetches it\n",
               suite.string());
    return kSkipped;
  }
  const auto engine = create_conformance_engine();
  if (!engine) return fail(engine.error());
  auto exceptions = Exceptions::read(exceptions_file);
  if (!exceptions) return fail(exceptions.error());
  const std::vector<fs::path> scripts = find_scripts(suite, choice);

  std::vector<Pass> ways = passes();
  ways.insert(ways.begin(), Pass{.name = "plain"});
  bool failed = scripts.empty();
  for (const Pass& way : ways) {
    const auto totals = run_all(*engine, suite, scripts, way.apply ? &way : nullptr, *exceptions);
    if (!totals) return fail(totals.error());
    print(way.name, scripts.size(), *totals);
    failed |= totals->failed != 0;
  }
  if (!choice.is_all()) return failed ? 1 : 0;
  for (const std::string& key : exceptions->unused()) {
    fmt::print("{} is an exception that did not occur: remove it\n", key);
    failed = true;
  }
  return failed ? 1 : 0;
}

}  // namespace
}  // namespace synapsed::tests

int main(int argc, char** argv) {
  synapsed::tests::Choice choice;
  const std::string_view option = argc == 5 ? argv[3] : "";
  if (option == "--filter") choice.filter = argv[4];
  if (option == "--every") choice.every = std::strtoull(argv[4], nullptr, 10);
  if (argc != 3 && (choice.is_all() || choice.every == 0)) {
    fmt::print(stderr, "usage: conformance SUITE EXCEPTIONS [--filter TEXT | --every N]\n");
    return 2;
  }
  return synapsed::tests::run(argv[1], argv[2], choice);
}
