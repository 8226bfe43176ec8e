#include "cli/cli.hpp"

#include <algorithm>
#include <exception>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "cli/command.hpp"
#include "cli/diagnostics.hpp"
#include "cli/exit_codes.hpp"
#include "cli/guest_arguments.hpp"
#include "cli/options.hpp"
#include "cli/text.hpp"
#include "cli/version.hpp"
#include "runtime/suggest.hpp"

namespace synapsed::cli {
namespace {

std::string footer() {
  Table codes(2);
  for (const ExitCodeRow& row : kExitCodes) {
    codes.add_row({std::string(row.codes), std::string(row.meaning)});
  }
  return "Examples:\n"
         "  synapsed run add.wat --invoke add 10 20\n"
         "  synapsed run --dir . program.wasm input.txt\n"
         "  synapsed inspect program.wasm\n"
         "\nExit codes:\n" +
         codes.text();
}

/// The parser with all commands.
class Parser {
 public:
  Parser() : app_("Run WebAssembly modules inside limits, and look into them.", "synapsed") {
    app_.formatter(std::make_shared<HelpFormatter>());
    app_.require_subcommand(0, 1);
    app_.set_version_flag("--version", version_text());
    app_.footer(footer());
    add({add_run, add_inspect, add_check, add_validate, add_wat, add_preinit, add_stats,
         add_new, add_config_show});
    for (const auto& add_all : {add_module, add_snapshot, add_cache}) {
      for (Command& command : add_all(app_, shared_)) commands_.push_back(std::move(command));
    }
#if SYNAPSED_WITH_CRYPTO
    for (const auto& add_all : {add_crypto, add_keys}) {
      for (Command& command : add_all(app_, shared_)) commands_.push_back(std::move(command));
    }
#endif
#if SYNAPSED_WITH_STORAGE
    for (Command& command : add_storage(app_, shared_)) commands_.push_back(std::move(command));
#endif
    add({add_version, add_completion});
    for (CLI::App* command : app_.get_subcommands({})) command->group("Commands");
  }

  /// Throws CLI::ParseError. Returns what belongs to the guest.
  std::vector<std::string> parse(std::vector<std::string> tokens) {
    std::vector<std::string> guest;
    if (!tokens.empty() && tokens.front() == "run") {
      auto split =
          split_guest_arguments(*app_.get_subcommand("run"), {tokens.begin() + 1, tokens.end()});
      tokens = std::move(split.ours);
      tokens.insert(tokens.begin(), "run");
      guest = std::move(split.guest);
    }
    std::ranges::reverse(tokens);  // as CLI11 takes them
    app_.parse(std::move(tokens));
    return guest;
  }

  /// The command that was named; null when none was.
  const Command* chosen() const {
    const auto found = std::ranges::find_if(
        commands_, [](const Command& command) { return command.app->parsed(); });
    return found == commands_.end() ? nullptr : &*found;
  }

  std::string help() const { return app_.help(); }

  /// `synapsed config show`, as far as the words were understood.
  std::string named_so_far() const {
    std::string words = app_.get_name();
    for (const CLI::App* app = &app_; !app->get_subcommands().empty();) {
      app = app->get_subcommands().front();
      words += " " + app->get_name();
    }
    return words;
  }

  /// What could have stood where `token` stands: options or commands.
  std::vector<std::string> names_like(std::string_view token) const {
    const CLI::App* app = &app_;
    while (!app->get_subcommands().empty()) app = app->get_subcommands().front();
    std::vector<std::string> names;
    if (!token.starts_with('-')) {
      for (const CLI::App* command : app->get_subcommands({})) names.push_back(command->get_name());
      return names;
    }
    for (const CLI::Option* option : app->get_options()) {
      for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
    }
    return names;
  }

  /// What was not understood.
  std::vector<std::string> extras() const { return app_.remaining(true); }

  bool coloured(const Surroundings& surroundings) const {
    if (shared_.no_color || shared_.color == "never") return false;
    if (shared_.color == "always") return true;
    return surroundings.streams.err_is_terminal &&
           surroundings.environment("NO_COLOR").value_or("").empty() &&
           surroundings.environment("TERM") != "dumb";
  }

 private:
  using Adder = Command (*)(CLI::App&, SharedOptions&);
  void add(std::initializer_list<Adder> adders) {
    for (const Adder adder : adders) commands_.push_back(adder(app_, shared_));
  }

  SharedOptions shared_;
  CLI::App app_;
  std::vector<Command> commands_;
};

std::string describe_extra(const Parser& parser, const std::string& token) {
  if (token.starts_with('-')) return fmt::format("unknown option \"{}\"", token);
  const bool is_command = parser.chosen() == nullptr;
  return fmt::format("{} \"{}\"", is_command ? "unknown command" : "unexpected argument", token);
}

/// Every option takes one value, or none.
std::string describe_mismatch(std::string_view message) {
  return fmt::format("{} takes one value, once", message.substr(0, message.find(':')));
}

std::string suggest_like(const Parser& parser, const std::string& token) {
  const auto names = parser.names_like(token);
  if (names.empty()) return {};
  return suggest(token, std::vector<std::string_view>(names.begin(), names.end())) + "\n";
}

int report_bad_usage(const Parser& parser, const CLI::ParseError& error, Surroundings& around) {
  const std::string named = parser.named_so_far();
  const auto extras = parser.extras();
  std::string message = error.what();
  std::string hint;
  if (dynamic_cast<const CLI::ExtrasError*>(&error) != nullptr && !extras.empty()) {
    message = describe_extra(parser, extras.front());
    hint = suggest_like(parser, extras.front());
  } else if (dynamic_cast<const CLI::ArgumentMismatch*>(&error) != nullptr) {
    message = describe_mismatch(message);
  }
  hint += fmt::format("{} --help shows what it takes", named);
  if (named == "synapsed run") hint += "; options of the guest stand after --";
  return report_bad_usage(around.streams, parser.coloured(around), message, hint);
}

int show_help_for_no_arguments(const Parser& parser, Streams& streams) {
  streams.err << parser.help() << std::flush;
  return kBadUsage;
}

int parse_and_act(const std::vector<std::string>& tokens, Surroundings& around) {
  Parser parser;
  try {
    auto guest_arguments = parser.parse(tokens);
    const Command* command = parser.chosen();
    if (command == nullptr) return show_help_for_no_arguments(parser, around.streams);
    return command->act({.surroundings = around,
                         .guest_arguments = std::move(guest_arguments),
                         .coloured_errors = parser.coloured(around)});
  } catch (const CLI::CallForHelp&) {
    around.streams.out << parser.help();
  } catch (const CLI::CallForVersion& version) {
    around.streams.out << version.what();
  } catch (const CLI::ParseError& error) {
    return report_bad_usage(parser, error, around);
  }
  return kSuccess;
}

/// A full disk or a closed pipe must not look like success.
int flush(int exit_code, Streams& streams) {
  if (streams.out.flush()) return exit_code;
  streams.err << render_error(Error(ErrorCode::kIo, "cannot write to standard output"), false)
              << std::flush;
  return exit_code == kSuccess ? kHostFault : exit_code;
}

}  // namespace

int run_cli(std::span<const char* const> arguments, Surroundings surroundings) {
  try {
    const int code = parse_and_act({arguments.begin(), arguments.end()}, surroundings);
    return flush(code, surroundings.streams);
  } catch (const std::exception& fault) {  // out of memory, mostly
    surroundings.streams.err << render_error(Error(ErrorCode::kEngineFault, fault.what()), false)
                             << std::flush;
    return kHostFault;
  }
}

}  // namespace synapsed::cli
