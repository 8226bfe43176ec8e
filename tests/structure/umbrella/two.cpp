#include <synapsed/synapsed.hpp>

#include "umbrella.hpp"

int main() { return version_in_one() == synapsed::kVersion ? 0 : 1; }
