# cmake -DCARGO= -DSOURCE= -DCACHE= -DENTRY= -DMARK= -DLINKS= -P build_tools.cmake
# Fills the cache entry ENTRY if it is missing; links to its programs from LINKS, and writes MARK,
# once it is there.

file(MAKE_DIRECTORY "${CACHE}")
file(LOCK "${CACHE}/test-tools-lock" GUARD PROCESS TIMEOUT 3600)
if(NOT EXISTS "${ENTRY}")
  message(STATUS "Building the test tools into ${ENTRY}: once per machine, about a minute")
  set(work "${CACHE}/test-tools-build")
  execute_process(
    COMMAND "${CMAKE_COMMAND}" -E env "CARGO_TARGET_DIR=${work}" "CARGO_NET_RETRY=1"
            "${CARGO}" build --release --locked --manifest-path "${SOURCE}/Cargo.toml"
    WORKING_DIRECTORY "${SOURCE}"
    RESULT_VARIABLE result)
  if(NOT result EQUAL 0)
    message(STATUS "The test tools did not build (see above): conformance tests will be skipped")
    return()
  endif()
  set(new "${ENTRY}.new")
  file(REMOVE_RECURSE "${new}")
  file(MAKE_DIRECTORY "${new}/bin")
  file(COPY "${work}/release/wast_scripts" "${work}/release/smith" DESTINATION "${new}/bin")
  execute_process(COMMAND "${new}/bin/wast_scripts" "${new}/suite" COMMAND_ERROR_IS_FATAL ANY)
  file(RENAME "${new}" "${ENTRY}")
  file(REMOVE_RECURSE "${work}")
endif()
file(MAKE_DIRECTORY "${LINKS}")
foreach(program wast_scripts smith)
  file(CREATE_LINK "${ENTRY}/bin/${program}" "${LINKS}/${program}" SYMBOLIC)
endforeach()
file(TOUCH "${MARK}")
