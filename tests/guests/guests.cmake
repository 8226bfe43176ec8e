# Guests that are built from source, where Clang can: -> the target synapsed_guests. Tests that need
# one look for the file below SYNAPSED_GUESTS, and are skipped where it is missing.

set(SYNAPSED_GUESTS "${PROJECT_BINARY_DIR}/guests")
find_program(SYNAPSED_GUEST_CLANG NAMES clang-19)
find_program(SYNAPSED_GUEST_CLANGXX NAMES clang++-19)

if(SYNAPSED_GUEST_CLANGXX AND NOT DEFINED SYNAPSED_GUESTS_CAN_BE_BUILT)
  file(WRITE "${SYNAPSED_GUESTS}/probe.cpp" "#include <expected>\nint main() { return 0; }\n")
  execute_process(
    COMMAND "${SYNAPSED_GUEST_CLANGXX}" --target=wasm32-wasi -std=c++23 -fno-exceptions
            "${SYNAPSED_GUESTS}/probe.cpp" -o "${SYNAPSED_GUESTS}/probe.wasm"
    RESULT_VARIABLE probed OUTPUT_QUIET ERROR_QUIET)
  if(probed EQUAL 0)
    set(SYNAPSED_GUESTS_CAN_BE_BUILT ON CACHE INTERNAL "Clang and its libraries for wasm32-wasi")
  else()
    message(STATUS "Tests of guests in C++ will be skipped: ${SYNAPSED_GUEST_CLANGXX} cannot build "
                   "for wasm32-wasi (tools/setup.sh names the packages)")
  endif()
endif()
if(NOT SYNAPSED_GUESTS_CAN_BE_BUILT)
  return()
endif()

# synapsed_guest_project(NAME SOURCE-DIRECTORY MODULE…): a project that uses the SDK.
file(GLOB_RECURSE sdk_files CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/guest/sdk/*")
function(synapsed_guest_project name source)
  set(build "${SYNAPSED_GUESTS}/${name}")
  list(TRANSFORM ARGN PREPEND "${build}/" OUTPUT_VARIABLE modules)
  list(TRANSFORM modules APPEND ".wasm")
  file(GLOB_RECURSE files CONFIGURE_DEPENDS "${source}/*")
  add_custom_command(
    OUTPUT ${modules}
    COMMAND "${CMAKE_COMMAND}" -G "${CMAKE_GENERATOR}" -S "${source}" -B "${build}"
    COMMAND "${CMAKE_COMMAND}" --build "${build}"
    COMMAND "${CMAKE_COMMAND}" -E touch ${modules}
    DEPENDS ${sdk_files} ${files}
    COMMENT "Building the guests in ${source}"
    VERBATIM)
  add_custom_target(synapsed_guests_${name} ALL DEPENDS ${modules})
endfunction()

synapsed_guest_project(modules "${PROJECT_SOURCE_DIR}/guest/modules" text counter math)
synapsed_guest_project(tests "${PROJECT_SOURCE_DIR}/tests/guests" types)

add_custom_command(
  OUTPUT "${SYNAPSED_GUESTS}/greet.wasm"
  COMMAND "${SYNAPSED_GUEST_CLANG}" --target=wasm32 -O2 -Wall -Wextra -Werror -nostdlib
          -Wl,--no-entry,--stack-first
          -o "${SYNAPSED_GUESTS}/greet.wasm" "${PROJECT_SOURCE_DIR}/tests/guests/greet.c"
  DEPENDS "${PROJECT_SOURCE_DIR}/tests/guests/greet.c"
  VERBATIM)
add_custom_target(synapsed_guests_c ALL DEPENDS "${SYNAPSED_GUESTS}/greet.wasm")
