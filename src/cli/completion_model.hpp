#pragma once

/// \file
/// The command line as shells complete it, read off the parser, so that it cannot go stale.

#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace synapsed::cli {

/// What can stand in one place.
struct CompletionValues {
  enum class Kind { kNothing, kText, kFiles, kDirectories, kChoices };
  Kind kind = Kind::kNothing;
  std::vector<std::string> choices;
};

struct CompletionOption {
  std::vector<std::string> names;  ///< with their dashes
  std::string description;
  CompletionValues values;  ///< `kNothing`: a flag
  bool repeats = false;
};

struct CompletionPositional {
  CompletionValues values;
  bool repeats = false;
};

struct CompletionNode {
  std::string path;  ///< `synapsed config show`
  std::string name;
  std::string description;
  std::vector<CompletionOption> options;
  std::vector<CompletionPositional> positionals;
  std::vector<CompletionNode> children;
};

[[nodiscard]] CompletionNode completion_model(const CLI::App& root);

/// The node and all nodes below it, parents first.
[[nodiscard]] std::vector<const CompletionNode*> all_nodes(const CompletionNode& root);

[[nodiscard]] std::string bash_completion(const CompletionNode& root);
[[nodiscard]] std::string zsh_completion(const CompletionNode& root);
[[nodiscard]] std::string fish_completion(const CompletionNode& root);

}  // namespace synapsed::cli
