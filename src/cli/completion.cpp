#include <array>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "cli/command.hpp"
#include "cli/completion_model.hpp"
#include "cli/exit_codes.hpp"
#include "cli/options.hpp"

namespace synapsed::cli {
namespace {

constexpr std::string_view kExamples = R"(Examples:
  source <(synapsed completion bash)
  synapsed completion zsh > "${fpath[1]}/_synapsed"
  synapsed completion fish > ~/.config/fish/completions/synapsed.fish)";

using Printer = std::string (*)(const CompletionNode&);

constexpr std::array<std::pair<std::string_view, Printer>, 3> kShells{
    {{"bash", bash_completion}, {"zsh", zsh_completion}, {"fish", fish_completion}}};

int completion(const std::string& shell, const CLI::App& root, const Invocation& invocation) {
  for (const auto& [name, print] : kShells) {
    if (name == shell) invocation.streams().out << print(completion_model(root));
  }
  return kSuccess;
}

}  // namespace

Command add_completion(CLI::App& parent, SharedOptions& shared) {
  CLI::App& app = *parent.add_subcommand("completion", "Print a completion script for a shell");
  const auto shell = std::make_shared<std::optional<std::string>>();
  constexpr std::array<std::string_view, 3> kNames{"bash", "zsh", "fish"};
  add_choice(app, "SHELL", *shell, kNames, "bash, zsh or fish")->required();
  add_shared_options(app, shared);
  app.footer(std::string(kExamples));
  return {.app = &app, .act = [shell, &parent](const Invocation& invocation) {
            return completion(**shell, parent, invocation);
          }};
}

}  // namespace synapsed::cli
