#pragma once

/// \file
/// What a command line runs in. `main` fills it in; nothing here is global.

#include <filesystem>
#include <functional>
#include <optional>
#include <ostream>
#include <string>

#include "cli/interrupts.hpp"

namespace synapsed::cli {

/// The standard streams. A guest inherits the process's own ones, so text is flushed before a guest
/// starts and written after it ended.
struct Streams {
  int in = 0;  ///< a descriptor
  std::ostream& out;
  std::ostream& err;
  bool out_is_terminal = false;
  bool err_is_terminal = false;
};

using Environment = std::function<std::optional<std::string>(const std::string& name)>;

struct Surroundings {
  Streams& streams;
  Interrupts& interrupts;
  Environment environment;
  std::filesystem::path program;  ///< the file of this program; empty when it is not known
};

}  // namespace synapsed::cli
