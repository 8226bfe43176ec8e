# Writes OUTPUT, which holds the modules FILES (separated by colons).

string(REPLACE ":" ";" files "${FILES}")
set(arrays "")
set(rows "")
foreach(file IN LISTS files)
  cmake_path(GET file STEM name)
  file(READ "${file}" hex HEX)
  string(REGEX REPLACE "(..)" "0x\\1," bytes "${hex}")
  string(APPEND arrays "constexpr unsigned char k_${name}[]{${bytes}};\n")
  string(APPEND rows "      BuiltinModule{\"${name}\", std::as_bytes(std::span(k_${name}))},\n")
endforeach()
file(CONFIGURE OUTPUT "${OUTPUT}" @ONLY CONTENT [[
#include "guests/builtin_modules.hpp"

#include <array>
#include <vector>

namespace synapsed {
namespace {

@arrays@
}  // namespace

std::span<const BuiltinModule> builtin_modules() {
  static const std::vector<BuiltinModule> modules{
@rows@  };
  return modules;
}

}  // namespace synapsed
]])
