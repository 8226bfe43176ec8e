#include <memory>
#include <optional>
#include <string>
#include <utility>

#include <fmt/format.h>
#include <synapsed/inspect.hpp>

#include "base/bytes.hpp"
#include "base/try.hpp"
#include "cli/command.hpp"
#include "cli/diagnostics.hpp"
#include "cli/exit_codes.hpp"
#include "cli/input.hpp"
#include "cli/options.hpp"
#include "cli/output.hpp"

namespace synapsed::cli {
namespace {

constexpr std::string_view kExamples = R"(Examples:
  synapsed wat add.wat -o add.wasm
  synapsed wat add.wasm | less

The input decides the direction: text becomes binary, binary becomes text.)";

struct Options {
  std::string file;
  std::optional<std::string> out;
};

struct Converted {
  Bytes bytes;
  bool is_binary = false;
};

Result<Converted> convert(const std::string& file, const Streams& streams) {
  const Bytes input = TRY(read_input(file, input_bytes_max(), streams));
  if (is_module_text(input)) {
    Bytes wasm = TRY(wat_to_wasm(as_text(input)));
    return Converted{.bytes = std::move(wasm), .is_binary = true};
  }
  const std::string text = TRY(wasm_to_wat(input));
  const ByteSpan bytes = as_bytes(text);
  return Converted{.bytes = Bytes(bytes.begin(), bytes.end()), .is_binary = false};
}

int print(const Converted& converted, const Invocation& invocation) {
  Streams& streams = invocation.streams();
  if (converted.is_binary && streams.out_is_terminal) {
    return report_bad_usage(streams, invocation.coloured_errors,
                            "a binary module is not written to a terminal",
                            "name a file with -o, or redirect the output");
  }
  streams.out << as_text(converted.bytes);
  return kSuccess;
}

int wat(const Options& options, const Invocation& invocation) {
  const auto converted = convert(options.file, invocation.streams());
  if (!converted) {
    return report(invocation, in_file(converted.error(), input_name(options.file)));
  }
  if (!options.out || *options.out == "-") return print(*converted, invocation);
  const auto written = write_output(*options.out, converted->bytes);
  return written ? kSuccess : report(invocation, written.error());
}

}  // namespace

Command add_wat(CLI::App& parent, SharedOptions& shared) {
  CLI::App& app = *parent.add_subcommand("wat", "Turn text into binary, or binary into text");
  const auto options = std::make_shared<Options>();
  add_file(app, options->file);
  add_value(app, "-o,--output", options->out, "FILE",
            "Where to write, all or nothing (default: standard output)");
  add_shared_options(app, shared);
  app.footer(std::string(kExamples));
  return {.app = &app,
          .act = [options](const Invocation& invocation) { return wat(*options, invocation); }};
}

}  // namespace synapsed::cli
