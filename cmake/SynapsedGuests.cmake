# Guests that are built from source, where Clang can (SYNAPSED_GUESTS_CAN_BE_BUILT), below
# SYNAPSED_GUESTS. Modules that the library has built in are missing in it where they cannot be built.

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
    message(STATUS "The built-in modules will be missing, and tests of guests in C++ skipped: ${SYNAPSED_GUEST_CLANGXX} cannot build "
                   "for wasm32-wasi (tools/setup.sh names the packages)")
  endif()
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


# The first modules; those that the library has built in are among them.
if(SYNAPSED_GUESTS_CAN_BE_BUILT)
  synapsed_guest_project(modules "${PROJECT_SOURCE_DIR}/guest/modules"
    text counter math kv kyber_encrypt ledger_notes notary vault)
endif()

# synapsed_embed_modules(OUT MODULE…): a source file that holds them, or none where there is no
# compiler for them (src/guests/builtin_modules.hpp).
function(synapsed_embed_modules out)
  set(source "${PROJECT_BINARY_DIR}/builtin_modules.cpp")
  set(files "")
  if(SYNAPSED_GUESTS_CAN_BE_BUILT)
    list(TRANSFORM ARGN PREPEND "${SYNAPSED_GUESTS}/modules/" OUTPUT_VARIABLE files)
    list(TRANSFORM files APPEND ".wasm")
  endif()
  list(JOIN files ":" joined)
  add_custom_command(
    OUTPUT "${source}"
    COMMAND "${CMAKE_COMMAND}" "-DFILES=${joined}" "-DOUTPUT=${source}"
            -P "${PROJECT_SOURCE_DIR}/cmake/embed_modules.cmake"
    DEPENDS ${files} "${PROJECT_SOURCE_DIR}/cmake/embed_modules.cmake"
    VERBATIM)
  set(${out} "${source}" PARENT_SCOPE)
endfunction()
