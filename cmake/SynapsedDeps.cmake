# Wasmtime and what else is Rust (deps/).

find_package(Threads REQUIRED)
include(SynapsedCrates)

set(deps_source "${CMAKE_CURRENT_LIST_DIR}/../deps")
synapsed_crate(SYNAPSED_DEPS_DIR deps "${deps_source}" libsynapsed_deps.a 9)

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
