#include <synapsed/synapsed.hpp>

#include "umbrella.hpp"

std::string_view version_in_one() { return synapsed::kVersion; }
