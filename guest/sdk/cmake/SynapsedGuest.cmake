# For projects of modules. Include it before project(), so that it can choose the compiler:
#
#   include("${SYNAPSED_SDK}/cmake/SynapsedGuest.cmake")
#   project(hello LANGUAGES CXX)
#   synapsed_guest_module(hello SOURCES src/hello.cpp)

include_guard(GLOBAL)

cmake_path(GET CMAKE_CURRENT_LIST_DIR PARENT_PATH SYNAPSED_GUEST_SDK)

if(NOT CMAKE_TOOLCHAIN_FILE)
  set(CMAKE_TOOLCHAIN_FILE "${CMAKE_CURRENT_LIST_DIR}/toolchain.cmake")
endif()
if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE MinSizeRel CACHE STRING "MinSizeRel, Release, RelWithDebInfo, Debug")
endif()

# synapsed_guest_module(NAME SOURCES file…): builds NAME.wasm. Function names, which backtraces show,
# are kept by the build types with debug information only.
function(synapsed_guest_module name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES")
  add_executable(${name} ${arg_SOURCES} "${SYNAPSED_GUEST_SDK}/src/support.cpp")
  set_target_properties(${name} PROPERTIES SUFFIX ".wasm" CXX_EXTENSIONS OFF)
  target_compile_features(${name} PRIVATE cxx_std_23)
  target_include_directories(${name} SYSTEM PRIVATE "${SYNAPSED_GUEST_SDK}/include")
  target_compile_options(${name} PRIVATE
    -fno-exceptions -fno-rtti -ffunction-sections -fdata-sections -Wall -Wextra
    $<$<CONFIG:MinSizeRel>:-Oz>)
  # With the stack first, an overflow traps instead of writing over data.
  target_link_options(${name} PRIVATE
    -mexec-model=reactor -Wl,--gc-sections -Wl,--stack-first -Wl,-z,stack-size=131072
    $<$<CONFIG:MinSizeRel,Release>:-Wl,--strip-all>)
endfunction()
