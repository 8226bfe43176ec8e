# The Rust dependencies (deps/): built once per machine into the user's cache, found there after.
#
# The cache entry is named by a hash of everything that decides its contents. Two configurations at
# once are kept apart by a lock; an entry appears by a rename, so a killed build leaves none behind.

find_package(Threads REQUIRED)

set(deps_source "${CMAKE_CURRENT_LIST_DIR}/../deps")
cmake_path(NORMAL_PATH deps_source)
file(GLOB deps_inputs CONFIGURE_DEPENDS
     "${deps_source}/Cargo.*" "${deps_source}/.cargo/*" "${deps_source}/build.rs" "${deps_source}/src/*" "${deps_source}/include/*")
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${deps_inputs})

find_program(SYNAPSED_CARGO cargo HINTS "$ENV{CARGO_HOME}/bin" "$ENV{HOME}/.cargo/bin")
find_program(SYNAPSED_RUSTC rustc HINTS "$ENV{CARGO_HOME}/bin" "$ENV{HOME}/.cargo/bin")
if(NOT SYNAPSED_CARGO OR NOT SYNAPSED_RUSTC)
  message(FATAL_ERROR "Rust 1.95 or later is needed (cargo and rustc). ./run.sh installs it, "
                      "or see https://rustup.rs.")
endif()
execute_process(COMMAND "${SYNAPSED_RUSTC}" -vV OUTPUT_VARIABLE deps_rustc COMMAND_ERROR_IS_FATAL ANY)
string(REGEX MATCH "release: ([0-9.]+)" _ "${deps_rustc}")
if(CMAKE_MATCH_1 VERSION_LESS 1.95)
  message(FATAL_ERROR "rustc ${CMAKE_MATCH_1} is too old: 1.95 or later is needed. ./run.sh installs it.")
endif()

set(deps_key "${deps_rustc}")
foreach(input IN LISTS deps_inputs)
  file(SHA256 "${input}" hash)
  cmake_path(GET input FILENAME name)
  string(APPEND deps_key "${name} ${hash}\n")
endforeach()
string(SHA256 deps_key "${deps_key}")
string(SUBSTRING "${deps_key}" 0 16 deps_key)

if(DEFINED ENV{XDG_CACHE_HOME} AND NOT "$ENV{XDG_CACHE_HOME}" STREQUAL "")
  set(deps_cache "$ENV{XDG_CACHE_HOME}/synapsed")
else()
  set(deps_cache "$ENV{HOME}/.cache/synapsed")
endif()
set(SYNAPSED_DEPS_DIR "${deps_cache}/deps-${deps_key}")

if(NOT EXISTS "${SYNAPSED_DEPS_DIR}/lib/libsynapsed_deps.a")
  file(MAKE_DIRECTORY "${deps_cache}")
  file(LOCK "${deps_cache}/lock" GUARD FILE TIMEOUT 0 RESULT_VARIABLE deps_locked)
  if(NOT deps_locked EQUAL 0)
    message(STATUS "Another build is at work on the dependencies: waiting for it")
    file(LOCK "${deps_cache}/lock" GUARD FILE TIMEOUT 3600)
  endif()
  if(NOT EXISTS "${SYNAPSED_DEPS_DIR}/lib/libsynapsed_deps.a")
    message(STATUS "Building the Rust dependencies into ${SYNAPSED_DEPS_DIR}: "
                   "once per machine, about 9 minutes on two cores")
    set(deps_work "${deps_cache}/deps-build")
    set(deps_new "${SYNAPSED_DEPS_DIR}.new")
    execute_process(
      COMMAND "${CMAKE_COMMAND}" -E env
              "SYNAPSED_DEPS_INCLUDE=${deps_work}/include" "CARGO_TARGET_DIR=${deps_work}"
              "${SYNAPSED_CARGO}" build --release --locked --manifest-path "${deps_source}/Cargo.toml"
      WORKING_DIRECTORY "${deps_source}"  # where cargo finds its configuration
      RESULT_VARIABLE deps_result)
    if(NOT deps_result EQUAL 0)
      message(FATAL_ERROR "The Rust dependencies did not build (see above). What was built is kept "
                          "in ${deps_work}; configuring again continues from there.")
    endif()
    file(REMOVE_RECURSE "${deps_new}")
    file(MAKE_DIRECTORY "${deps_new}/lib")
    file(COPY "${deps_work}/include" DESTINATION "${deps_new}")
    file(COPY "${deps_work}/release/libsynapsed_deps.a" DESTINATION "${deps_new}/lib")
    file(RENAME "${deps_new}" "${SYNAPSED_DEPS_DIR}")
    file(REMOVE_RECURSE "${deps_work}")
  endif()
  file(LOCK "${deps_cache}/lock" RELEASE)
endif()

file(STRINGS "${deps_source}/Cargo.toml" deps_version REGEX "^version = \"=48")
list(GET deps_version 0 deps_version)
string(REGEX MATCH "48[0-9.]+" SYNAPSED_WASMTIME_VERSION "${deps_version}")

set(SYNAPSED_DEPS_LIBRARY "${SYNAPSED_DEPS_DIR}/lib/libsynapsed_deps.a")

# ThreadSanitizer sees the memory accesses of uninstrumented code but not what orders them. It can be
# told to ignore a whole shared library, so under it the Rust code is one.
if(SYNAPSED_SANITIZE MATCHES "thread")
  set(deps_shared "${CMAKE_BINARY_DIR}/lib/libsynapsed_deps.so")
  file(MAKE_DIRECTORY "${CMAKE_BINARY_DIR}/lib")
  if(NOT EXISTS "${deps_shared}" OR "${SYNAPSED_DEPS_LIBRARY}" IS_NEWER_THAN "${deps_shared}")
    execute_process(
      COMMAND "${CMAKE_CXX_COMPILER}" -shared -o "${deps_shared}"
              -Wl,--whole-archive "${SYNAPSED_DEPS_LIBRARY}" -Wl,--no-whole-archive -lpthread -ldl -lm
      COMMAND_ERROR_IS_FATAL ANY)
  endif()
  set(SYNAPSED_DEPS_LIBRARY "${deps_shared}")
endif()

# A program or library that links this takes only what it uses and re-exports none of it.
set(SYNAPSED_DEPS_LINK_OPTIONS -Wl,--gc-sections "-Wl,--exclude-libs,libsynapsed_deps.a")
add_library(synapsed_deps INTERFACE)
set_target_properties(synapsed_deps PROPERTIES EXPORT_NAME deps)
target_include_directories(synapsed_deps SYSTEM INTERFACE
  "$<BUILD_INTERFACE:${SYNAPSED_DEPS_DIR}/include>")
target_link_libraries(synapsed_deps INTERFACE
  "$<BUILD_INTERFACE:${SYNAPSED_DEPS_LIBRARY}>"
  "$<INSTALL_INTERFACE:$<INSTALL_PREFIX>/${CMAKE_INSTALL_LIBDIR}/libsynapsed_deps.a>"
  Threads::Threads ${CMAKE_DL_LIBS} m)
target_link_options(synapsed_deps INTERFACE ${SYNAPSED_DEPS_LINK_OPTIONS})
