# fmt, of which nobody who links the library needs to know: its headers alone, but for what is no template, which
# src/base/native/fmt.cpp compiles once. That is for the version it was written for, and where no program of ours
# needs what a shared library keeps to itself; elsewhere every file that formats compiles all of it.

find_package(fmt REQUIRED)

add_library(synapsed_fmt INTERFACE)
set(hidden_from_programs OFF)
if(BUILD_SHARED_LIBS AND (SYNAPSED_BUILD_CLI OR SYNAPSED_BUILD_TESTS OR SYNAPSED_BUILD_BENCHMARKS))
  set(hidden_from_programs ON)
endif()
if(fmt_VERSION VERSION_GREATER_EQUAL 9.1 AND fmt_VERSION VERSION_LESS 9.2 AND NOT hidden_from_programs)
  get_target_property(fmt_include fmt::fmt-header-only INTERFACE_INCLUDE_DIRECTORIES)
  target_include_directories(synapsed_fmt SYSTEM INTERFACE "${fmt_include}")
else()
  target_link_libraries(synapsed_fmt INTERFACE fmt::fmt-header-only)
endif()
