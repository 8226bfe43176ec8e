# Guests of the tests, where they can be built (cmake/SynapsedGuests.cmake). Tests that need one look
# for the file below SYNAPSED_GUESTS, and are skipped where it is missing.

if(NOT SYNAPSED_GUESTS_CAN_BE_BUILT)
  return()
endif()

synapsed_guest_project(tests "${PROJECT_SOURCE_DIR}/tests/guests" types crypto keys storage stateful)

add_custom_command(
  OUTPUT "${SYNAPSED_GUESTS}/greet.wasm"
  COMMAND "${SYNAPSED_GUEST_CLANG}" --target=wasm32 -O2 -Wall -Wextra -Werror -nostdlib
          -Wl,--no-entry,--stack-first
          -o "${SYNAPSED_GUESTS}/greet.wasm" "${PROJECT_SOURCE_DIR}/tests/guests/greet.c"
  DEPENDS "${PROJECT_SOURCE_DIR}/tests/guests/greet.c"
  VERBATIM)
add_custom_target(synapsed_guests_c ALL DEPENDS "${SYNAPSED_GUESTS}/greet.wasm")
