#pragma once

#include <string_view>

/// The version as the other source file sees it.
std::string_view version_in_one();
