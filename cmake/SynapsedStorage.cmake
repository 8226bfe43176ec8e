# What storage rests on: SQLite, and where the capability postgresql is built in, libpq. Both the
# system's.

find_package(SQLite3 3.37)
if(NOT SQLite3_FOUND)
  message(FATAL_ERROR "SQLite 3.37 or later is needed. ./run.sh installs it; on Debian: "
                      "apt-get install libsqlite3-dev")
endif()
add_library(synapsed_storage_libraries INTERFACE)
set_target_properties(synapsed_storage_libraries PROPERTIES EXPORT_NAME storage_libraries)
target_link_libraries(synapsed_storage_libraries INTERFACE SQLite::SQLite3)
set(SYNAPSED_NEEDS_SQLITE ON)

if("postgresql" IN_LIST SYNAPSED_ENABLED_CAPABILITIES)
  find_package(PostgreSQL)
  if(NOT PostgreSQL_FOUND)
    message(FATAL_ERROR "libpq is needed for the capability postgresql. ./run.sh installs it; on "
                        "Debian: apt-get install libpq-dev. Or leave it out with SYNAPSED_CAPABILITIES")
  endif()
  target_link_libraries(synapsed_storage_libraries INTERFACE PostgreSQL::PostgreSQL)
  set(SYNAPSED_NEEDS_POSTGRESQL ON)
endif()
