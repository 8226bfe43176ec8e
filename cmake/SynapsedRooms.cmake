# Rooms: the one place that turns src/rooms.json into targets.

include(SynapsedFmt)
find_package(nlohmann_json REQUIRED)
find_package(tomlplusplus REQUIRED)
# Its headers alone: whoever links the library needs nothing of it.
get_target_property(SYNAPSED_TOML_INCLUDE tomlplusplus::tomlplusplus INTERFACE_INCLUDE_DIRECTORIES)

set(SYNAPSED_ROOMS_FILE "${CMAKE_CURRENT_LIST_DIR}/../src/rooms.json")
file(READ "${SYNAPSED_ROOMS_FILE}" SYNAPSED_ROOMS_JSON)
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${SYNAPSED_ROOMS_FILE}")

# Sets `out` to the index of `room` in the layer list.
function(synapsed_room_index room out)
  string(JSON count LENGTH "${SYNAPSED_ROOMS_JSON}" rooms)
  math(EXPR last "${count} - 1")
  foreach(index RANGE ${last})
    string(JSON name GET "${SYNAPSED_ROOMS_JSON}" rooms ${index} name)
    if(name STREQUAL room)
      set(${out} ${index} PARENT_SCOPE)
      return()
    endif()
  endforeach()
  message(FATAL_ERROR "Room '${room}' is not in src/rooms.json")
endfunction()

# synapsed_room(NAME [SOURCES file…] [NATIVE file…] [CAPABILITY file…]…)
#
# Declares the room in src/NAME as an object library, synapsed_NAME. SOURCES are portable; NATIVE
# files need threads, files or the engine and are left out of the browser build; files of a CAPABILITY,
# in capital letters, are native ones where it is built in.
function(synapsed_room room)
  string(TOUPPER "${SYNAPSED_KNOWN_CAPABILITIES}" capabilities)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;NATIVE;${capabilities}")
  foreach(capability IN LISTS SYNAPSED_ENABLED_CAPABILITIES)
    string(TOUPPER "${capability}" upper)
    list(APPEND arg_NATIVE ${arg_${upper}})
  endforeach()
  synapsed_room_index(${room} index)
  set(target synapsed_${room})

  list(TRANSFORM arg_SOURCES PREPEND "${PROJECT_SOURCE_DIR}/src/${room}/")
  list(TRANSFORM arg_NATIVE PREPEND "${PROJECT_SOURCE_DIR}/src/${room}/")
  add_library(${target} OBJECT ${arg_SOURCES} ${arg_NATIVE})
  synapsed_target_settings(${target})
  target_include_directories(${target}
    PUBLIC "${PROJECT_SOURCE_DIR}/include" "${PROJECT_BINARY_DIR}/include"
    PRIVATE "${PROJECT_SOURCE_DIR}/src")
  target_link_libraries(${target} PRIVATE $<BUILD_INTERFACE:synapsed_fmt>)
  if(room MATCHES "^(base|modules)$")
    target_link_libraries(${target} PRIVATE $<BUILD_INTERFACE:nlohmann_json::nlohmann_json>)
  endif()
  if(room MATCHES "^(runtime|modules)$")
    target_include_directories(${target} SYSTEM PRIVATE "${SYNAPSED_TOML_INCLUDE}")
  endif()
  if(room MATCHES "^(engine|base|crypto)$")
    target_link_libraries(${target} PRIVATE $<BUILD_INTERFACE:synapsed_deps>)
  endif()
  if(room STREQUAL "snapshot")
    target_link_libraries(${target} PRIVATE $<BUILD_INTERFACE:synapsed_zstd>)
  endif()
  if(room STREQUAL "crypto")
    target_link_libraries(${target} PRIVATE $<BUILD_INTERFACE:synapsed_openssl>)
  endif()
  if(room STREQUAL "storage")
    target_link_libraries(${target} PRIVATE $<BUILD_INTERFACE:synapsed_storage_libraries>
                          $<BUILD_INTERFACE:nlohmann_json::nlohmann_json>)
  endif()
  if(room MATCHES "^(engine|cli|storage)$")
    foreach(capability IN LISTS SYNAPSED_ENABLED_CAPABILITIES)
      string(TOUPPER "${capability}" upper)
      target_compile_definitions(${target} PRIVATE SYNAPSED_WITH_${upper}=1)
    endforeach()
  endif()
  string(JSON browser GET "${SYNAPSED_ROOMS_JSON}" rooms ${index} browser)
  if(browser)
    set_property(GLOBAL APPEND PROPERTY SYNAPSED_BROWSER_SOURCES ${arg_SOURCES})
  endif()
endfunction()

# synapsed_library(NAME ROOMS room…): the library users link, made of rooms.
function(synapsed_library name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "ROOMS")
  add_library(${name})
  add_library(synapsed::${name} ALIAS ${name})
  foreach(room IN LISTS arg_ROOMS)
    target_sources(${name} PRIVATE $<TARGET_OBJECTS:synapsed_${room}>)
  endforeach()
  synapsed_target_settings(${name})
  set_target_properties(${name} PROPERTIES
    LINKER_LANGUAGE CXX VERSION ${PROJECT_VERSION}
    SOVERSION ${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR})
  target_include_directories(${name} PUBLIC
    "$<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include>"
    "$<BUILD_INTERFACE:${PROJECT_BINARY_DIR}/include>"
    "$<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>")
  target_link_libraries(${name} PRIVATE synapsed_deps synapsed_zstd)
  if(TARGET synapsed_openssl)
    target_link_libraries(${name} PRIVATE synapsed_openssl)
  endif()
  if(TARGET synapsed_storage_libraries)
    target_link_libraries(${name} PRIVATE synapsed_storage_libraries)
  endif()
  if(BUILD_SHARED_LIBS)
    synapsed_export_namespace(${name} ${arg_ROOMS})
  else()
    # Under old policies CMake does not pass on the link options of a private dependency.
    target_link_options(${name} INTERFACE ${SYNAPSED_DEPS_LINK_OPTIONS})
  endif()
endfunction()

# A shared library exports the namespace synapsed, and nothing of what it is built from.
function(synapsed_export_namespace name)
  foreach(room IN LISTS ARGN)
    set_target_properties(synapsed_${room} PROPERTIES
      CXX_VISIBILITY_PRESET default VISIBILITY_INLINES_HIDDEN OFF)
  endforeach()
  set(script "${PROJECT_BINARY_DIR}/${name}.map")
  # A question mark stands for the space, which these patterns cannot hold. They name functions and
  # variables; tables and guards; thunks.
  file(CONFIGURE OUTPUT "${script}" CONTENT [[
{
  global: extern "C++" { synapsed::*; *?for?synapsed::*; *?thunk?to?synapsed::*; };
  local: *;
};
]])
  target_link_options(${name} PRIVATE "-Wl,--version-script,${script}")
  set_target_properties(${name} PROPERTIES LINK_DEPENDS "${script}")
endfunction()
