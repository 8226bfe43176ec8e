# The test tools in Rust: built once per machine into the user's cache, with the scripts of the test
# suite that one of them writes. -> the directory SYNAPSED_TEST_TOOLS (bin/, suite/), the target
# synapsed_test_tools. Without a network the first build goes on without them, and tests that need
# them are skipped.
#
# The entry is named by a hash of everything that decides its contents, as that of the dependencies
# (cmake/SynapsedCrates.cmake), and appears by a rename.

file(GLOB tools_inputs CONFIGURE_DEPENDS
  "${CMAKE_CURRENT_LIST_DIR}/Cargo.*" "${CMAKE_CURRENT_LIST_DIR}/src/bin/*.rs")
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${tools_inputs})
set(tools_key "${SYNAPSED_RUSTC_VERSION}")
foreach(input IN LISTS tools_inputs)
  file(SHA256 "${input}" hash)
  cmake_path(GET input FILENAME name)
  string(APPEND tools_key "${name} ${hash}\n")
endforeach()
string(SHA256 tools_key "${tools_key}")
string(SUBSTRING "${tools_key}" 0 16 tools_key)
set(SYNAPSED_TEST_TOOLS "${SYNAPSED_CACHE}/test-tools-${tools_key}")

# Ninja asks for the mark each time until there is one.
set(tools_mark "${CMAKE_CURRENT_BINARY_DIR}/test-tools-${tools_key}")
if(NOT EXISTS "${SYNAPSED_TEST_TOOLS}")
  file(REMOVE "${tools_mark}")
endif()
add_custom_command(
  OUTPUT "${tools_mark}"
  COMMAND "${CMAKE_COMMAND}"
          "-DCARGO=${SYNAPSED_CARGO}" "-DSOURCE=${CMAKE_CURRENT_LIST_DIR}"
          "-DCACHE=${SYNAPSED_CACHE}" "-DENTRY=${SYNAPSED_TEST_TOOLS}" "-DMARK=${tools_mark}"
          "-DLINKS=${PROJECT_BINARY_DIR}/bin"
          -P "${CMAKE_CURRENT_LIST_DIR}/build_tools.cmake"
  COMMENT "Test tools"
  USES_TERMINAL VERBATIM)
add_custom_target(synapsed_test_tools ALL DEPENDS "${tools_mark}")
