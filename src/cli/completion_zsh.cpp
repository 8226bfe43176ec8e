#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "cli/completion_model.hpp"

namespace synapsed::cli {
namespace {

using Kind = CompletionValues::Kind;

std::string function_name(const CompletionNode& node) {
  std::string name = "_" + node.path;
  std::ranges::replace(name, ' ', '_');
  return name;
}

/// Text inside single quotes and square brackets of an `_arguments` specification.
std::string quoted(const std::string& text) {
  std::string safe;
  for (const char c : text) {
    if (c == '\'') {
      safe += "'\\''";
    } else if (c == '[' || c == ']' || c == ':' || c == '\\') {
      safe += std::string("\\") + c;
    } else {
      safe += c;
    }
  }
  return safe;
}

std::string action(const CompletionValues& values) {
  switch (values.kind) {
    case Kind::kNothing:
      return "";
    case Kind::kText:
      return ":value: ";
    case Kind::kFiles:
      return ":file:_files";
    case Kind::kDirectories:
      return ":directory:_files -/";
    case Kind::kChoices:
      return fmt::format(":value:({})", fmt::join(values.choices, " "));
  }
  return "";
}

std::string option_lines(const CompletionNode& node) {
  std::string lines;
  for (const CompletionOption& option : node.options) {
    for (const std::string& name : option.names) {
      lines += fmt::format("    '{}{}[{}]{}' \\\n", option.repeats ? "*" : "", name,
                           quoted(option.description), action(option.values));
    }
  }
  return lines;
}

std::string leaf_function(const CompletionNode& node) {
  std::string lines = option_lines(node);
  for (const auto& [values, repeats] : node.positionals) {
    lines += fmt::format("    '{}{}' \\\n", repeats ? "*" : "",
                         values.kind == Kind::kText ? ":argument:_files" : action(values));
  }
  return fmt::format("{}() {{\n  _arguments -S \\\n{}    && return\n}}\n\n", function_name(node),
                     lines);
}

std::string branch_function(const CompletionNode& node) {
  std::string commands;
  std::string cases;
  for (const CompletionNode& child : node.children) {
    commands += fmt::format("    '{}:{}'\n", child.name, quoted(child.description));
    cases += fmt::format("        {}) {} ;;\n", child.name, function_name(child));
  }
  return fmt::format(
      "{}() {{\n"
      "  local state line context state_descr\n"
      "  typeset -A opt_args\n"
      "  local -a commands=(\n{}  )\n"
      "  _arguments -C \\\n{}"
      "    '1:command:->command' \\\n"
      "    '*::argument:->argument' && return\n"
      "  case $state in\n"
      "    command) _describe command commands ;;\n"
      "    argument)\n"
      "      case $line[1] in\n{}"
      "      esac ;;\n"
      "  esac\n"
      "}}\n\n",
      function_name(node), commands, option_lines(node), cases);
}

}  // namespace

std::string zsh_completion(const CompletionNode& root) {
  std::string text =
      "#compdef synapsed\n"
      "# Completion of synapsed for zsh, printed by: synapsed completion zsh\n\n";
  for (const CompletionNode* node : all_nodes(root)) {
    text += node->children.empty() ? leaf_function(*node) : branch_function(*node);
  }
  text +=
      "if [ \"$funcstack[1]\" = _synapsed ]; then\n"
      "  _synapsed \"$@\"\n"
      "else\n"
      "  compdef _synapsed synapsed\n"
      "fi\n";
  return text;
}

}  // namespace synapsed::cli
