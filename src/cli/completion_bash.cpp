#include <fmt/format.h>
#include <fmt/ranges.h>

#include "cli/completion_model.hpp"

namespace synapsed::cli {
namespace {

using Kind = CompletionValues::Kind;

constexpr std::string_view kHead =
    R"(# Completion of synapsed for bash, printed by: synapsed completion bash
_synapsed() {
  local current="${COMP_WORDS[COMP_CWORD]}" previous="${COMP_WORDS[COMP_CWORD - 1]}"
  local path=synapsed words='' actions='' i
  for ((i = 1; i < COMP_CWORD; ++i)); do
    case "$path ${COMP_WORDS[i]}" in
)";

constexpr std::string_view kAfterPath = R"( path+=" ${COMP_WORDS[i]}" ;;
    esac
  done
  case "$path $previous" in
)";

constexpr std::string_view kAfterValues = R"(    *)
      case "$path" in
)";

constexpr std::string_view kTail = R"(      esac
      [[ $current == -* ]] && actions='' ;;
  esac
  mapfile -t COMPREPLY < <(compgen $actions -W "$words" -- "$current")
}
complete -o filenames -F _synapsed synapsed
)";

/// `words=… actions=…`: the words to offer and what compgen adds to them.
std::string offer(const CompletionValues& values) {
  switch (values.kind) {
    case Kind::kChoices:
      return fmt::format("words='{}'", fmt::join(values.choices, " "));
    case Kind::kFiles:
      return "actions=-f";
    case Kind::kDirectories:
      return "actions=-d";
    case Kind::kText:
    case Kind::kNothing:
      return ":";
  }
  return ":";
}

std::string option_words(const CompletionNode& node) {
  std::string words;
  for (const CompletionOption& option : node.options) {
    words += fmt::format("{} ", fmt::join(option.names, " "));
  }
  return words;
}

std::string value_cases(const CompletionNode& node) {
  std::string cases;
  for (const CompletionOption& option : node.options) {
    if (option.values.kind == Kind::kNothing) continue;
    std::string patterns;
    for (const std::string& name : option.names) {
      patterns += fmt::format("{}'{} {}'", patterns.empty() ? "" : "|", node.path, name);
    }
    cases += fmt::format("    {}) {} ;;\n", patterns, offer(option.values));
  }
  return cases;
}

std::string node_case(const CompletionNode& node) {
  std::string words = option_words(node);
  for (const CompletionNode& child : node.children) words += child.name + " ";
  std::string action;
  for (const auto& [values, repeats] : node.positionals) {
    if (values.kind == Kind::kChoices) words += fmt::format("{} ", fmt::join(values.choices, " "));
    if (values.kind == Kind::kFiles) action = " actions=-f";
  }
  return fmt::format("        '{}') words='{}'{} ;;\n", node.path, words, action);
}

}  // namespace

std::string bash_completion(const CompletionNode& root) {
  std::string paths;
  std::string values;
  std::string places;
  for (const CompletionNode* node : all_nodes(root)) {
    if (node != &root) paths += fmt::format("{}'{}'", paths.empty() ? "" : "|", node->path);
    values += value_cases(*node);
    places += node_case(*node);
  }
  return fmt::format("{}      {}){}{}{}{}{}", kHead, paths, kAfterPath, values, kAfterValues,
                     places, kTail);
}

}  // namespace synapsed::cli
