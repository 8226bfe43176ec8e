# What a builder can choose, and the compiler settings that follow.

option(SYNAPSED_BUILD_CLI "Build the synapsed command line" ${PROJECT_IS_TOP_LEVEL})
option(SYNAPSED_BUILD_EXAMPLES "Build the examples" ${PROJECT_IS_TOP_LEVEL})
option(SYNAPSED_BUILD_BENCHMARKS "Build the benchmarks" ${PROJECT_IS_TOP_LEVEL})
option(SYNAPSED_BUILD_TESTS "Build the tests" ${PROJECT_IS_TOP_LEVEL})
option(SYNAPSED_INSTALL "Install the library, its headers and the command line"
       ${PROJECT_IS_TOP_LEVEL})
option(SYNAPSED_FUZZ "Build the fuzzers, which need Clang" OFF)
option(SYNAPSED_TIDY "Run clang-tidy on every source file" OFF)
set(SYNAPSED_SANITIZE "" CACHE STRING "Sanitizers, as -fsanitize= takes them: address,undefined or thread")

# Capabilities: `all`, or a list of those this version has.
set(SYNAPSED_KNOWN_CAPABILITIES wasi crypto storage postgresql)
set(SYNAPSED_CAPABILITIES "all" CACHE STRING
    "Capabilities compiled in: all, or a list of: ${SYNAPSED_KNOWN_CAPABILITIES}")
if(SYNAPSED_CAPABILITIES STREQUAL "all")
  set(SYNAPSED_ENABLED_CAPABILITIES ${SYNAPSED_KNOWN_CAPABILITIES})
else()
  string(REPLACE " " ";" SYNAPSED_ENABLED_CAPABILITIES "${SYNAPSED_CAPABILITIES}")
  foreach(capability IN LISTS SYNAPSED_ENABLED_CAPABILITIES)
    if(NOT capability IN_LIST SYNAPSED_KNOWN_CAPABILITIES)
      message(FATAL_ERROR "SYNAPSED_CAPABILITIES names '${capability}'. "
                          "This version has: ${SYNAPSED_KNOWN_CAPABILITIES} (or all).")
    endif()
  endforeach()
endif()
if("postgresql" IN_LIST SYNAPSED_ENABLED_CAPABILITIES AND
   NOT "storage" IN_LIST SYNAPSED_ENABLED_CAPABILITIES)
  message(FATAL_ERROR "SYNAPSED_CAPABILITIES: postgresql is a place for storage, which is missing.")
endif()
string(REPLACE ";" " " SYNAPSED_CAPABILITY_NAMES "${SYNAPSED_ENABLED_CAPABILITIES}")

if(PROJECT_IS_TOP_LEVEL)
  if(NOT CMAKE_BUILD_TYPE)
    set(CMAKE_BUILD_TYPE Release CACHE STRING "Debug, Release, RelWithDebInfo" FORCE)
  endif()
  set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
  find_program(SYNAPSED_CCACHE ccache)
  if(SYNAPSED_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
    set(CMAKE_CXX_COMPILER_LAUNCHER "${SYNAPSED_CCACHE}")
  endif()
endif()

if(SYNAPSED_TIDY)
  find_program(SYNAPSED_CLANG_TIDY NAMES clang-tidy-19 clang-tidy REQUIRED)
endif()

# Settings of our own targets; nothing of this reaches a user's target.
function(synapsed_target_settings target)
  target_compile_features(${target} PUBLIC cxx_std_23)
  set_target_properties(${target} PROPERTIES
    CXX_EXTENSIONS OFF
    POSITION_INDEPENDENT_CODE ON
    CXX_VISIBILITY_PRESET hidden
    VISIBILITY_INLINES_HIDDEN ON)
  target_compile_options(${target} PRIVATE
    -Wall -Wextra -Wno-missing-field-initializers -Wconversion -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual
    -ffunction-sections -fdata-sections)
  if(PROJECT_IS_TOP_LEVEL)
    target_compile_options(${target} PRIVATE -Werror)
  endif()
  if(SYNAPSED_SANITIZE)
    target_compile_options(${target} PRIVATE -fsanitize=${SYNAPSED_SANITIZE}
                           -fno-omit-frame-pointer -fno-sanitize-recover=all)
    target_link_options(${target} PUBLIC -fsanitize=${SYNAPSED_SANITIZE})
    if(SYNAPSED_SANITIZE MATCHES "thread")
      # ThreadSanitizer does not know fences; Boost.Asio's are redundant with its locks.
      target_compile_definitions(${target} PUBLIC BOOST_ASIO_DISABLE_FENCED_BLOCK)
      if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
        target_compile_options(${target} PUBLIC -Wno-tsan)  # the fence of its reference counts
      endif()
    endif()
  endif()
  if(SYNAPSED_TIDY)
    set_target_properties(${target} PROPERTIES CXX_CLANG_TIDY
      "${SYNAPSED_CLANG_TIDY};--quiet;--warnings-as-errors=*;--extra-arg=-Wno-unknown-warning-option")
  endif()
endfunction()
