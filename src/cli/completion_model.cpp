#include "cli/completion_model.hpp"

#include <CLI/CLI.hpp>

namespace synapsed::cli {
namespace {

std::vector<std::string> split(const std::string& text, char separator) {
  std::vector<std::string> parts(1);
  for (const char c : text) {
    if (c == separator) {
      parts.emplace_back();
    } else {
      parts.back() += c;
    }
  }
  return parts;
}

/// Reads the type name (see options.hpp).
CompletionValues values_of(const CLI::Option& option) {
  using Kind = CompletionValues::Kind;
  const std::string type = option.get_type_name();
  if (option.get_items_expected_max() == 0) return {};
  if (type.contains('|')) return {.kind = Kind::kChoices, .choices = split(type, '|')};
  if (type.starts_with("FILE")) return {.kind = Kind::kFiles, .choices = {}};
  if (type.starts_with("DIR")) return {.kind = Kind::kDirectories, .choices = {}};
  return {.kind = Kind::kText, .choices = {}};
}

CompletionOption option_of(const CLI::Option& option) {
  CompletionOption result{.names = {},
                          .description = option.get_description(),
                          .values = values_of(option),
                          .repeats = option.get_expected_max() > 1};
  for (const std::string& name : option.get_snames()) result.names.push_back("-" + name);
  for (const std::string& name : option.get_lnames()) result.names.push_back("--" + name);
  return result;
}

CompletionNode node_of(const CLI::App& app, const std::string& parent_path) {
  CompletionNode node{.path = parent_path + app.get_name(),
                      .name = app.get_name(),
                      .description = app.get_description(),
                      .options = {},
                      .positionals = {},
                      .children = {}};
  for (const CLI::Option* option : app.get_options()) {
    if (option->get_positional()) {
      node.positionals.push_back(
          {.values = values_of(*option), .repeats = option->get_expected_max() > 1});
    } else {
      node.options.push_back(option_of(*option));
    }
  }
  for (const CLI::App* child : app.get_subcommands([](const CLI::App*) { return true; })) {
    node.children.push_back(node_of(*child, node.path + " "));
  }
  return node;
}

}  // namespace

CompletionNode completion_model(const CLI::App& root) { return node_of(root, ""); }

std::vector<const CompletionNode*> all_nodes(const CompletionNode& root) {
  std::vector<const CompletionNode*> nodes{&root};
  for (const CompletionNode& child : root.children) {
    const auto below = all_nodes(child);
    nodes.insert(nodes.end(), below.begin(), below.end());
  }
  return nodes;
}

}  // namespace synapsed::cli
