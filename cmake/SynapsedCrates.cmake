# Rust crates that build what we link: once per machine into the user's cache, found there after.
#
# A cache entry is named by a hash of everything that decides its contents. Two configurations at
# once are kept apart by a lock; an entry appears by a rename, so a killed build leaves none behind.

find_program(SYNAPSED_CARGO cargo HINTS "$ENV{CARGO_HOME}/bin" "$ENV{HOME}/.cargo/bin")
find_program(SYNAPSED_RUSTC rustc HINTS "$ENV{CARGO_HOME}/bin" "$ENV{HOME}/.cargo/bin")
if(NOT SYNAPSED_CARGO OR NOT SYNAPSED_RUSTC)
  message(FATAL_ERROR "Rust 1.95 or later is needed (cargo and rustc). ./run.sh installs it, "
                      "or see https://rustup.rs.")
endif()
execute_process(COMMAND "${SYNAPSED_RUSTC}" -vV OUTPUT_VARIABLE SYNAPSED_RUSTC_VERSION
                COMMAND_ERROR_IS_FATAL ANY)
string(REGEX MATCH "release: ([0-9.]+)" _ "${SYNAPSED_RUSTC_VERSION}")
if(CMAKE_MATCH_1 VERSION_LESS 1.95)
  message(FATAL_ERROR "rustc ${CMAKE_MATCH_1} is too old: 1.95 or later is needed. ./run.sh installs it.")
endif()

if(DEFINED ENV{XDG_CACHE_HOME} AND NOT "$ENV{XDG_CACHE_HOME}" STREQUAL "")
  set(SYNAPSED_CACHE "$ENV{XDG_CACHE_HOME}/synapsed")
else()
  set(SYNAPSED_CACHE "$ENV{HOME}/.cache/synapsed")
endif()

# synapsed_crate(OUT NAME SOURCE LIBRARY MINUTES)
#
# Sets OUT to a folder with `include` and `lib/LIBRARY`, built by the crate in SOURCE in about MINUTES.
# The crate's build script puts files where SYNAPSED_CRATE_OUT says; a static library that the crate
# itself is joins them.
function(synapsed_crate out name source library minutes)
  cmake_path(NORMAL_PATH source)
  file(GLOB inputs CONFIGURE_DEPENDS
       "${source}/Cargo.*" "${source}/.cargo/*" "${source}/build.rs" "${source}/src/*" "${source}/include/*")
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${inputs})
  set(key "${SYNAPSED_RUSTC_VERSION}")
  foreach(input IN LISTS inputs)
    file(SHA256 "${input}" hash)
    cmake_path(GET input FILENAME file)
    string(APPEND key "${file} ${hash}\n")
  endforeach()
  string(SHA256 key "${key}")
  string(SUBSTRING "${key}" 0 16 key)

  set(entry "${SYNAPSED_CACHE}/${name}-${key}")
  set(${out} "${entry}" PARENT_SCOPE)
  if(EXISTS "${entry}/lib/${library}")
    return()
  endif()

  file(MAKE_DIRECTORY "${SYNAPSED_CACHE}")
  file(LOCK "${SYNAPSED_CACHE}/lock" GUARD FUNCTION TIMEOUT 0 RESULT_VARIABLE locked)
  if(NOT locked EQUAL 0)
    message(STATUS "Another build is at work on the dependencies: waiting for it")
    file(LOCK "${SYNAPSED_CACHE}/lock" GUARD FUNCTION TIMEOUT 3600)
  endif()
  if(EXISTS "${entry}/lib/${library}")
    return()
  endif()
  message(STATUS "Building ${library} into ${entry}: once per machine, about ${minutes} minutes on "
                 "two cores")
  set(work "${SYNAPSED_CACHE}/${name}-build")
  execute_process(
    COMMAND "${CMAKE_COMMAND}" -E env
            "SYNAPSED_CRATE_OUT=${work}/out" "CARGO_TARGET_DIR=${work}"
            "${SYNAPSED_CARGO}" build --release --locked --manifest-path "${source}/Cargo.toml"
    WORKING_DIRECTORY "${source}"  # where cargo finds its configuration
    RESULT_VARIABLE result)
  if(NOT result EQUAL 0)
    message(FATAL_ERROR "${library} did not build (see above). What was built is kept in ${work}; "
                        "configuring again continues from there.")
  endif()
  if(EXISTS "${work}/release/${library}")
    file(COPY "${work}/release/${library}" DESTINATION "${work}/out/lib")
  endif()
  file(REMOVE_RECURSE "${entry}")
  file(RENAME "${work}/out" "${entry}")
  file(REMOVE_RECURSE "${work}")
endfunction()
