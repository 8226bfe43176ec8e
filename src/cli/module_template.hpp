#pragma once

/// \file
/// The files of a new module's project. CMake makes the source file from guest/template.

#include <span>
#include <string_view>

namespace synapsed::cli {

/// `@NAME@` stands for the module's name in both; `@SDK@` and `@PROGRAM@` for paths in the text.
struct TemplateFile {
  std::string_view path;
  std::string_view text;
};

[[nodiscard]] std::span<const TemplateFile> module_template();

}  // namespace synapsed::cli
