# The kernels, where Clang can build them: -> the target synapsed_kernels, SYNAPSED_KERNELS/*.wasm.

set(SYNAPSED_KERNELS "${PROJECT_BINARY_DIR}/kernels")
find_program(SYNAPSED_GUEST_CLANG NAMES clang-19)
find_program(SYNAPSED_GUEST_LD NAMES wasm-ld-19)
if(NOT SYNAPSED_GUEST_CLANG OR NOT SYNAPSED_GUEST_LD)
  message(STATUS "Benchmarks will lack the kernels: there is no clang-19 or no wasm-ld-19")
  return()
endif()

file(GLOB kernels CONFIGURE_DEPENDS "${CMAKE_CURRENT_LIST_DIR}/*.c")
set(kernel_modules)
file(MAKE_DIRECTORY "${SYNAPSED_KERNELS}")
foreach(kernel IN LISTS kernels)
  cmake_path(GET kernel STEM name)
  add_custom_command(
    OUTPUT "${SYNAPSED_KERNELS}/${name}.wasm"
    COMMAND "${SYNAPSED_GUEST_CLANG}" --target=wasm32 -O2 -Wall -Wextra -Werror -nostdlib
            -ffreestanding -fno-builtin -Wl,--no-entry,--stack-first
            -o "${SYNAPSED_KERNELS}/${name}.wasm" "${kernel}"
    DEPENDS "${kernel}" "${CMAKE_CURRENT_LIST_DIR}/kernel.h"
    VERBATIM)
  list(APPEND kernel_modules "${SYNAPSED_KERNELS}/${name}.wasm")
endforeach()
add_custom_target(synapsed_kernels ALL DEPENDS ${kernel_modules})
