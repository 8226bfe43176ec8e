// What bounding a guest costs: kernels and real programs without any bound, with Wasmtime's epochs,
// with its fuel, and with our gas, side by side in one process.
//
//     bench_metering [--rounds N] [--layouts N] [--filter TEXT] [--compiler optimising|baseline]
//                    [--json]
//     bench_metering --compile [--rounds N] [--filter TEXT] [--json]
//
// Each round runs every column, beginning with another one each time, on a copy of the code at
// another address. A column's time is its minimum over the rounds: the work is the same each time, so
// whatever disturbs a run only adds to it, and so does an address at which the processor mistakes
// branches for others. `again` is the unmetered module compiled once more, which shows how far to
// trust a row. All columns must give the same result, and ours the same gas in every run, or the
// benchmark fails.
//
// All of that is done for several layouts, in which the same padding moves the code of every column
// (`bench/layouts.hpp`). A row's ratio is the geometric mean of its ratios in the layouts; its time
// and its gas are those without padding.
//
// --compile measures the pass instead: its time and its memory beside Wasmtime's compile time, on
// one thread each.

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "bench/heap_use.hpp"
#include "bench/layouts.hpp"
#include "bench/measure.hpp"
#include "bench/raw_engine.hpp"
#include "bench/subject.hpp"
#include "tests/support/passes.hpp"

namespace synapsed::bench {
namespace {

/// A shorter span is not measured but guessed: its row is shown and not counted.
constexpr double kShortestSpanNs = 2e6;
/// What is shorter is run several times a round: its minimum needs more tries.
constexpr double kRoundSpanNs = 40e6;
constexpr int kRepeatsMax = 10;
/// What is longer averages its own noise, and is done with fewer rounds.
constexpr double kLongSpanNs = 700e6;
constexpr int kLongRoundsMax = 3;

struct Options {
  int rounds = 5;   ///< in each layout
  int layouts = 4;
  std::string filter;
  Generator generator = Generator::kOptimising;
  bool compile = false;
  bool json = false;
};

struct Column {
  std::string name;
  Metering metering = Metering::kNone;
  bool ours = false;
};

struct Cell {
  std::vector<double> times_ns;  ///< in the first layout
  double time_ns = 0;            ///< their minimum
  std::vector<double> ratios;    ///< to the first column, in each layout
  double ratio = 0;              ///< their geometric mean
};

double geometric_mean(const std::vector<double>& values) {
  double sum = 0;
  for (const double value : values) sum += std::log(value);
  return std::exp(sum / static_cast<double>(values.size()));
}

struct Row {
  std::string name;
  Group group = Group::kKernel;
  std::vector<Cell> cells;          ///< one for each column
  std::optional<std::int64_t> gas;  ///< what every run of ours spent
  [[nodiscard]] bool counts() const { return cells.front().time_ns >= kShortestSpanNs; }
};

[[noreturn]] void fail(std::string_view why) {
  fmt::print(stderr, "bench_metering: {}\n", why);
  std::exit(1);
}

std::vector<Subject> find_subjects(const Options& options) {
  std::vector<Subject> subjects = find_kernels(SYNAPSED_KERNELS);
  if (subjects.empty()) fmt::print(stderr, "no kernels: clang-19 for wasm32 was not found\n");
  const char* chosen = std::getenv("SYNAPSED_PROGRAMS");
  const std::filesystem::path folder = chosen != nullptr ? chosen : SYNAPSED_PROGRAMS;
  std::vector<Subject> programs = find_programs(folder);
  if (programs.empty()) fmt::print(stderr, "no programs: {} is missing\n", folder.string());
  std::ranges::move(programs, std::back_inserter(subjects));
  std::erase_if(subjects, [&](const Subject& subject) {
    return subject.name.find(options.filter) == std::string::npos;
  });
  return subjects;
}

Bytes applied(const tests::Pass& pass, const Subject& subject) {
  Result<Bytes> result = pass.apply(subject.wasm);
  if (!result) fail(fmt::format("{}: {}", subject.name, result.error().to_string()));
  return std::move(*result);
}

/// The columns, their engines, and one subject after the other in all of them.
class Comparison {
 public:
  explicit Comparison(const Options& options)
      : rounds_(options.rounds), layouts_(options.layouts) {
    columns_ = {{.name = "plain"},
                {.name = "epochs", .metering = Metering::kEpochs},
                {.name = "fuel", .metering = Metering::kFuel}};
    std::vector<tests::Pass> passes = tests::passes();
    if (!passes.empty()) {
      pass_ = std::move(passes.front());
      columns_.push_back({.name = "ours", .ours = true});
    }
    columns_.push_back({.name = "again"});
    for (const Column& column : columns_) {
      engines_.push_back(make_engine({.generator = options.generator, .metering = column.metering}));
    }
  }

  [[nodiscard]] const std::vector<Column>& columns() const { return columns_; }

  Row measure(const Subject& subject) {
    Row row = measure_layout(subject);
    for (int layout = 1; layout < layouts_; ++layout) {
      Subject moved = subject;
      moved.wasm = in_layout_of(subject, static_cast<unsigned>(layout));
      const Row other = measure_layout(moved);
      for (std::size_t i = 0; i < columns_.size(); ++i) {
        row.cells[i].ratios.push_back(other.cells[i].ratios.front());
      }
    }
    for (Cell& cell : row.cells) cell.ratio = geometric_mean(cell.ratios);
    return row;
  }

 private:
  static Bytes in_layout_of(const Subject& subject, unsigned stores) {
    Result<Bytes> moved = in_layout(subject.wasm, stores);
    if (!moved) fail(fmt::format("{}: {}", subject.name, moved.error().to_string()));
    return std::move(*moved);
  }

  Row measure_layout(const Subject& subject) {
    std::vector<std::unique_ptr<Runnable>> runnables;
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      const Bytes wasm = columns_[i].ours ? applied(pass_, subject) : subject.wasm;
      runnables.push_back(
          std::make_unique<Runnable>(engines_[i].get(), columns_[i].metering, subject, wasm));
    }
    Row row{.name = subject.name, .group = subject.group};
    row.cells.resize(columns_.size());
    const Outcome first = warm_up(subject, *runnables.front());
    const int rounds = first.time_ns > kLongSpanNs ? std::min(rounds_, kLongRoundsMax) : rounds_;
    const int repeats = repeats_of(first);
    for (int turn = 0; turn < rounds * repeats; ++turn) {
      if (turn != 0 && turn % repeats == 0) {
        for (const auto& runnable : runnables) runnable->move();
      }
      for (std::size_t place = 0; place < columns_.size(); ++place) {
        const std::size_t i = (place + static_cast<std::size_t>(turn)) % columns_.size();
        note(row, i, runnables[i]->run(), first.result);
      }
    }
    for (Cell& cell : row.cells) {
      cell.time_ns = std::ranges::min(cell.times_ns);
      cell.ratios.push_back(cell.time_ns / row.cells.front().time_ns);
    }
    return row;
  }

  /// What every run must give.
  static Outcome warm_up(const Subject& subject, const Runnable& plain) {
    Outcome outcome = plain.run();
    if (!subject.expected_output.empty() &&
        !outcome.result.ends_with(" " + subject.expected_output)) {
      fail(fmt::format("{} wrote something else than its .expected files hold", subject.name));
    }
    return outcome;
  }

  static int repeats_of(const Outcome& outcome) {
    return std::clamp(static_cast<int>(kRoundSpanNs / outcome.time_ns), 1, kRepeatsMax);
  }

  void note(Row& row, std::size_t column, const Outcome& outcome, const std::string& expected) {
    if (outcome.result != expected) {
      fail(fmt::format("{} with {} gives\n{}\ninstead of\n{}", row.name, columns_[column].name,
                       outcome.result, expected));
    }
    row.cells[column].times_ns.push_back(outcome.time_ns);
    if (!columns_[column].ours) return;
    if (row.gas.value_or(outcome.gas) != outcome.gas) {
      fail(fmt::format("{} spends {} gas, and {} before", row.name, outcome.gas, *row.gas));
    }
    row.gas = outcome.gas;
  }

  std::vector<Column> columns_;
  std::vector<EngineHandle> engines_;
  tests::Pass pass_;
  int rounds_;
  int layouts_;
};

std::vector<double> ratios(const std::vector<Row>& rows, Group group, std::size_t column) {
  std::vector<double> found;
  for (const Row& row : rows) {
    if (row.group == group && row.counts()) found.push_back(row.cells[column].ratio);
  }
  return found;
}

/// How far two measurements of the same are apart, as a fraction.
double noise_of(const Row& row) { return std::abs(row.cells.back().ratio - 1); }

void print_header(const std::vector<Column>& columns) {
  fmt::print("{:20} {:>10}", "", "plain, ms");
  for (std::size_t i = 1; i < columns.size(); ++i) fmt::print(" {:>7}", columns[i].name);
  fmt::print(" {:>14}\n", std::ranges::any_of(columns, &Column::ours) ? "gas" : "");
}

void print_row(const Row& row) {
  fmt::print("{:20} {:10.2f}", row.name, row.cells.front().time_ns / 1e6);
  for (std::size_t i = 1; i < row.cells.size(); ++i) fmt::print(" {:7.3f}", row.cells[i].ratio);
  fmt::print(" {:>14}{}\n", row.gas ? fmt::format("{}", *row.gas) : "",
             row.counts() ? "" : "  (too short to count)");
  std::fflush(stdout);
}

void print_mean(const std::vector<Column>& columns, const std::vector<Row>& rows, Group group) {
  const bool kernels = group == Group::kKernel;
  const std::size_t count = ratios(rows, group, 0).size();
  if (count == 0) return;
  fmt::print("{:20} {:>10}", "geometric mean",
             fmt::format("{} {}", count, kernels ? "kernels" : "programs"));
  for (std::size_t i = 1; i < columns.size(); ++i) {
    fmt::print(" {:7.3f}", geometric_mean(ratios(rows, group, i)));
  }
  fmt::print("\n");
}

void print_worst(const std::vector<Column>& columns, const std::vector<Row>& rows) {
  for (std::size_t i = 1; i + 1 < columns.size(); ++i) {
    const Row* worst = nullptr;
    for (const Row& row : rows) {
      if (row.counts() && (worst == nullptr || row.cells[i].ratio > worst->cells[i].ratio)) {
        worst = &row;
      }
    }
    if (worst == nullptr) return;
    fmt::print("worst with {}: {} {:.3f}\n", columns[i].name, worst->name, worst->cells[i].ratio);
  }
}

/// The standard error of how many times as long one column takes as another, as a fraction: of the
/// mean over the layouts; where there is one layout only, the noise of the row.
double error_of(const Row& row, const Cell& cell, const Cell& other) {
  if (cell.ratios.size() == 1) return noise_of(row);
  const double mean = std::log(cell.ratio / other.ratio);
  double squares = 0;
  for (std::size_t i = 0; i < cell.ratios.size(); ++i) {
    const double from_mean = std::log(cell.ratios[i] / other.ratios[i]) - mean;
    squares += from_mean * from_mean;
  }
  const auto count = static_cast<double>(cell.ratios.size());
  return std::sqrt(squares / (count - 1) / count);
}

/// The rows on which our gas costs more than fuel: by less than two standard errors, other layouts
/// may say otherwise.
void print_above_fuel(const std::vector<Column>& columns, const std::vector<Row>& rows) {
  const auto ours = std::ranges::find_if(columns, &Column::ours) - columns.begin();
  const auto fuel =
      std::ranges::find(columns, Metering::kFuel, &Column::metering) - columns.begin();
  if (ours == std::ssize(columns)) return;
  for (const Row& row : rows) {
    const Cell& our_cell = row.cells[static_cast<std::size_t>(ours)];
    const Cell& fuel_cell = row.cells[static_cast<std::size_t>(fuel)];
    const double more = our_cell.ratio / fuel_cell.ratio - 1;
    if (!row.counts() || more <= noise_of(row)) continue;
    fmt::print("above fuel: {} by {:.1f} %, standard error {:.1f} %\n", row.name, 100 * more,
               100 * error_of(row, our_cell, fuel_cell));
  }
}

void print_noise(const std::vector<Row>& rows) {
  std::vector<double> noise;
  for (const Row& row : rows) {
    if (row.counts()) noise.push_back(noise_of(row));
  }
  if (noise.empty()) return;
  fmt::print("noise: the same again differs by {:.1f} % (median), {:.1f} % (worst row)\n",
             100 * median(noise), 100 * std::ranges::max(noise));
}

nlohmann::json to_json(const std::vector<Column>& columns, const Row& row) {
  nlohmann::json json{{"name", row.name},
                      {"group", row.group == Group::kKernel ? "kernel" : "program"},
                      {"counts", row.counts()},
                      {"gas", row.gas ? nlohmann::json(*row.gas) : nlohmann::json()}};
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const Cell& cell = row.cells[i];
    json["columns"][columns[i].name] = {{"time_ns_min", cell.time_ns},
                                        {"time_ns_median", median(cell.times_ns)},
                                        {"ratio", cell.ratio},
                                        {"ratios", cell.ratios}};
  }
  return json;
}

int compare_metering(const Options& options) {
  Comparison comparison(options);
  if (!options.json) print_header(comparison.columns());
  std::vector<Row> rows;
  nlohmann::json report = nlohmann::json::array();
  for (const Subject& subject : find_subjects(options)) {
    rows.push_back(comparison.measure(subject));
    if (options.json) {
      report.push_back(to_json(comparison.columns(), rows.back()));
    } else {
      print_row(rows.back());
    }
  }
  if (options.json) {
    fmt::print("{}\n", report.dump(2));
    return 0;
  }
  print_mean(comparison.columns(), rows, Group::kKernel);
  print_mean(comparison.columns(), rows, Group::kProgram);
  print_worst(comparison.columns(), rows);
  print_above_fuel(comparison.columns(), rows);
  print_noise(rows);
  return 0;
}

/// The least time one of several tries takes, in nanoseconds.
template <typename Operation>
double least_time_ns(int tries, const Operation& operation) {
  double least = 0;
  for (int i = 0; i < tries; ++i) {
    const double taken = time_of([&](std::uint64_t) { operation(); }, 1);
    least = i == 0 ? taken : std::min(least, taken);
  }
  return least;
}

struct CompileRow {
  std::string name;
  std::size_t bytes = 0;
  std::size_t bytes_after = 0;
  std::uint64_t heap_peak_bytes = 0;
  double pass_ns = 0;
  double optimising_ns = 0;
  double baseline_ns = 0;
  double optimising_after_ns = 0;  ///< compiling what the pass made
};

/// Engines that compile on one thread, as the pass works on one.
class Compiling {
 public:
  CompileRow measure(const tests::Pass& pass, const Subject& subject, int tries) {
    CompileRow row{.name = subject.name, .bytes = subject.wasm.size()};
    Bytes after;
    {
      const HeapUse heap;
      after = applied(pass, subject);
      row.heap_peak_bytes = heap.peak_bytes();
    }
    row.bytes_after = after.size();
    row.pass_ns = least_time_ns(tries, [&] { applied(pass, subject); });
    row.optimising_ns = compile_ns(*optimising_, subject.wasm, tries);
    row.baseline_ns = compile_ns(*baseline_, subject.wasm, tries);
    row.optimising_after_ns = compile_ns(*optimising_, after, tries);
    return row;
  }

 private:
  static double compile_ns(wasm_engine_t& engine, const Bytes& wasm, int tries) {
    return least_time_ns(tries, [&] {
      wasmtime_module_t* module = nullptr;
      must(wasmtime_module_new(&engine, reinterpret_cast<const std::uint8_t*>(wasm.data()),
                               wasm.size(), &module));
      wasmtime_module_delete(module);
    });
  }

  EngineHandle optimising_ = make_engine({.parallel_compilation = false});
  EngineHandle baseline_ =
      make_engine({.generator = Generator::kBaseline, .parallel_compilation = false});
};

void print_compile_row(const CompileRow& row) {
  const auto bytes = static_cast<double>(row.bytes);
  fmt::print("{:20} {:9} {:7.2f} {:8.3f} {:10.2f} {:8.3f} {:9.2f} {:8.3f} {:9.2f} {:9.2f}\n",
             row.name, row.bytes, static_cast<double>(row.bytes_after) / bytes, row.pass_ns / 1e6,
             row.optimising_ns / 1e6, row.pass_ns / row.optimising_ns, row.baseline_ns / 1e6,
             row.pass_ns / row.baseline_ns, row.optimising_after_ns / row.optimising_ns,
             static_cast<double>(row.heap_peak_bytes) / bytes);
}

nlohmann::json to_json(const CompileRow& row) {
  return {{"name", row.name},
          {"bytes", row.bytes},
          {"bytes_after", row.bytes_after},
          {"heap_peak_bytes", row.heap_peak_bytes},
          {"pass_ns", row.pass_ns},
          {"optimising_ns", row.optimising_ns},
          {"baseline_ns", row.baseline_ns},
          {"optimising_after_ns", row.optimising_after_ns}};
}

int compare_compiling(const Options& options) {
  const std::vector<tests::Pass> passes = tests::passes();
  if (passes.empty()) fail("this build has no pass to measure");
  Compiling compiling;
  nlohmann::json report = nlohmann::json::array();
  if (!options.json) {
    fmt::print("{:20} {:>9} {:>7} {:>8} {:>10} {:>8} {:>9} {:>8} {:>9} {:>9}\n", "", "bytes",
               "after", "pass, ms", "optim., ms", "ratio", "base., ms", "ratio", "comp. aft",
               "heap/byte");
  }
  for (const Subject& subject : find_subjects(options)) {
    if (subject.group != Group::kProgram) continue;
    const CompileRow row = compiling.measure(passes.front(), subject, options.rounds);
    if (options.json) {
      report.push_back(to_json(row));
    } else {
      print_compile_row(row);
    }
  }
  if (options.json) fmt::print("{}\n", report.dump(2));
  return 0;
}

[[noreturn]] void usage() {
  fmt::print(stderr,
             "usage: bench_metering [--rounds N] [--layouts N] [--filter TEXT] "
             "[--compiler optimising|baseline] [--compile] [--json]\n");
  std::exit(2);
}

int positive(std::string_view text) {
  int number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size() || number < 1) usage();
  return number;
}

Generator generator_of(std::string_view name) {
  if (name == "optimising") return Generator::kOptimising;
  if (name == "baseline") return Generator::kBaseline;
  usage();
}

Options parse(int argc, char** argv) {
  Options options;
  for (int i = 1; i < argc; ++i) {
    const std::string_view argument = argv[i];
    const auto value = [&] {
      if (++i == argc) usage();
      return std::string_view(argv[i]);
    };
    if (argument == "--rounds") {
      options.rounds = positive(value());
    } else if (argument == "--layouts") {
      options.layouts = positive(value());
    } else if (argument == "--filter") {
      options.filter = value();
    } else if (argument == "--compiler") {
      options.generator = generator_of(value());
    } else if (argument == "--compile") {
      options.compile = true;
    } else if (argument == "--json") {
      options.json = true;
    } else {
      usage();
    }
  }
  return options;
}

}  // namespace
}  // namespace synapsed::bench

int main(int argc, char** argv) {
  const auto options = synapsed::bench::parse(argc, argv);
  return options.compile ? synapsed::bench::compare_compiling(options)
                         : synapsed::bench::compare_metering(options);
}
