#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <synapsed/runtime.hpp>

#include "base/try.hpp"
#include "base/units.hpp"
#include "cli/call_arguments.hpp"
#include "cli/command.hpp"
#include "cli/diagnostics.hpp"
#include "cli/exit_codes.hpp"
#include "cli/input.hpp"
#include "cli/json.hpp"
#include "cli/options.hpp"
#include "cli/output.hpp"

namespace synapsed::cli {
namespace {

constexpr std::string_view kExamples = R"(Examples:
  synapsed preinit interpreter.wasm -o ready.wasm
  synapsed preinit table.wasm --invoke build 1000 -o built.wasm

The function is called once, here; instances of the new module start where it returned. It gets no
directory, no environment, and a clock and random numbers that are the same each time.)";

constexpr std::string_view kInitialiser = "wizer.initialize";

struct Options {
  std::string file;
  std::optional<std::string> function;
  std::vector<std::string> arguments;
  std::optional<std::string> out;
  bool json = false;
};

struct Made {
  std::size_t before = 0;  ///< bytes
  std::size_t after = 0;
};

Result<Made> make(const Options& options, const Streams& streams) {
  const Bytes wasm = TRY(read_binary(options.file, streams));
  RuntimeConfig config = RuntimeConfig::production();
  config.pooling.enable = false;
  config.snapshots.enable = true;
  WasmRuntime runtime = TRY(WasmRuntime::create(config));
  const std::string function = options.function.value_or(std::string(kInitialiser));
  const ModuleId id = TRY(runtime.load_module("module", wasm));
  const ModuleInfo module = TRY(runtime.module_info(id));
  const auto arguments = TRY(parse_call_arguments(module, function, options.arguments));
  // So that the same module comes out each time.
  ExecutionContext context;
  context.with_time({}).with_random_seed({}).with_stdout(WasiInherit{}).with_stderr(WasiInherit{});
  const Bytes made = TRY(runtime.preinitialise(wasm, function, arguments, std::move(context)));
  TRY(write_output(*options.out, made));
  return Made{.before = wasm.size(), .after = made.size()};
}

int preinit(const Options& options, const Invocation& invocation) {
  const auto made = make(options, invocation.streams());
  if (!made) {
    return report_failure(options.json, invocation, in_file(made.error(), input_name(options.file)));
  }
  if (options.json) {
    print_answer(invocation.streams().out,
               {{"file", *options.out}, {"bytes_before", made->before}, {"bytes", made->after}});
  } else {
    invocation.streams().err << fmt::format("{}: {}, was {}\n", *options.out,
                                            format_bytes(made->after), format_bytes(made->before));
  }
  return kSuccess;
}

}  // namespace

Command add_preinit(CLI::App& parent, SharedOptions& shared) {
  CLI::App& app = *parent.add_subcommand(
      "preinit", "Call a function once, and make a module that starts where it returned");
  const auto options = std::make_shared<Options>();
  add_file(app, options->file);
  app.add_option("ARGS", options->arguments, "Arguments of the function");
  add_value(app, "--invoke", options->function, "NAME", "The function (default: wizer.initialize)");
  add_value(app, "-o,--output", options->out, "FILE", "Where to write, all or nothing")->required();
  app.add_flag("--json", options->json, "Print one JSON object");
  add_shared_options(app, shared);
  app.footer(std::string(kExamples));
  return {.app = &app, .act = [options](const Invocation& invocation) {
            return preinit(*options, invocation);
          }};
}

}  // namespace synapsed::cli
