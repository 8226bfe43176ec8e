# Clang for wasm32-wasi, with libc++. Another compiler, such as that of wasi-sdk, may be chosen with
# -DCMAKE_CXX_COMPILER=….

set(CMAKE_SYSTEM_NAME Generic)
set(CMAKE_SYSTEM_PROCESSOR wasm32)
set(CMAKE_CXX_COMPILER_TARGET wasm32-wasi)

if(NOT CMAKE_CXX_COMPILER)
  find_program(SYNAPSED_GUEST_CLANG NAMES clang++-19 clang++-20 clang++-21 clang++)
  if(NOT SYNAPSED_GUEST_CLANG)
    message(FATAL_ERROR "Modules are built with Clang 19 or later, which is not installed. On Debian:\n"
      "  apt-get install clang-19 lld-19 wasi-libc libc++-19-dev-wasm32 libc++abi-19-dev-wasm32 "
      "libclang-rt-19-dev-wasm32")
  endif()
  set(CMAKE_CXX_COMPILER "${SYNAPSED_GUEST_CLANG}")
endif()

# Says what is missing before CMake's own check, which does not.
if(NOT SYNAPSED_GUEST_CHECKED AND NOT DEFINED ENV{SYNAPSED_GUEST_CHECKED})
  set(probe "${CMAKE_BINARY_DIR}/CMakeFiles/synapsed_guest_probe")
  file(WRITE "${probe}.cpp" "#include <expected>\n#include <string>\nint main() { return 0; }\n")
  execute_process(
    COMMAND "${CMAKE_CXX_COMPILER}" --target=wasm32-wasi -std=c++23 -fno-exceptions
            "${probe}.cpp" -o "${probe}.wasm"
    RESULT_VARIABLE result ERROR_VARIABLE said OUTPUT_QUIET)
  if(NOT result EQUAL 0)
    message(FATAL_ERROR "${CMAKE_CXX_COMPILER} cannot build for wasm32-wasi:\n${said}\n"
      "It needs wasm-ld, wasi-libc, libc++ and compiler-rt for wasm32. On Debian:\n"
      "  apt-get install lld-19 wasi-libc libc++-19-dev-wasm32 libc++abi-19-dev-wasm32 "
      "libclang-rt-19-dev-wasm32")
  endif()
  set(SYNAPSED_GUEST_CHECKED ON CACHE INTERNAL "The compiler builds for wasm32-wasi")
  set(ENV{SYNAPSED_GUEST_CHECKED} ON)  # this file is read again for CMake's own checks
endif()
