#include <fmt/format.h>
#include <fmt/ranges.h>

#include "cli/completion_model.hpp"

namespace synapsed::cli {
namespace {

using Kind = CompletionValues::Kind;

constexpr std::string_view kHead =
    "# Completion of synapsed for fish, printed by: synapsed completion fish\n"
    "function __synapsed_at\n"
    "    set -l words (commandline -opc)\n"
    "    set -e words[1]\n"
    "    set -l path synapsed\n"
    "    for word in $words\n"
    "        switch \"$path $word\"\n";

constexpr std::string_view kTail =
    "                set path \"$path $word\"\n"
    "        end\n"
    "    end\n"
    "    test \"$path\" = \"$argv\"\n"
    "end\n\n"
    "complete -c synapsed -f\n";

/// Text inside single quotes.
std::string quoted(const std::string& text) {
  std::string safe;
  for (const char c : text) {
    if (c == '\'' || c == '\\') safe += '\\';
    safe += c;
  }
  return fmt::format("'{}'", safe);
}

std::string line_at(const CompletionNode& node, const std::string& rest) {
  return fmt::format("complete -c synapsed -n '__synapsed_at {}' {}\n", node.path, rest);
}

/// What follows an option, or fills a positional argument.
std::string offer(const CompletionValues& values) {
  switch (values.kind) {
    case Kind::kNothing:
      return "";
    case Kind::kText:
      return " -x";
    case Kind::kFiles:
      return " -r -F";
    case Kind::kDirectories:
      return " -x -a '(__fish_complete_directories)'";
    case Kind::kChoices:
      return fmt::format(" -x -a '{}'", fmt::join(values.choices, " "));
  }
  return "";
}

std::string option_line(const CompletionNode& node, const CompletionOption& option) {
  std::string names;
  for (const std::string& name : option.names) {
    names += name.starts_with("--") ? fmt::format("-l {} ", name.substr(2))
                                    : fmt::format("-s {} ", name.substr(1));
  }
  return line_at(node,
                 fmt::format("{}-d {}{}", names, quoted(option.description), offer(option.values)));
}

std::string positional_line(const CompletionNode& node, const CompletionValues& values) {
  if (values.kind == Kind::kChoices) {
    return line_at(node, fmt::format("-a '{}'", fmt::join(values.choices, " ")));
  }
  return line_at(node, "-F");
}

std::string node_lines(const CompletionNode& node) {
  std::string lines;
  for (const CompletionNode& child : node.children) {
    lines += line_at(node, fmt::format("-a {} -d {}", child.name, quoted(child.description)));
  }
  for (const CompletionOption& option : node.options) lines += option_line(node, option);
  for (const auto& [values, repeats] : node.positionals) lines += positional_line(node, values);
  return lines;
}

}  // namespace

std::string fish_completion(const CompletionNode& root) {
  std::string paths;
  std::string lines;
  for (const CompletionNode* node : all_nodes(root)) {
    if (node != &root) paths += fmt::format(" '{}'", node->path);
    lines += node_lines(*node);
  }
  return fmt::format("{}            case{}\n{}{}", kHead, paths, kTail, lines);
}

}  // namespace synapsed::cli
