# What compresses snapshots: the system's zstd.

find_path(SYNAPSED_ZSTD_INCLUDE zstd.h)
find_library(SYNAPSED_ZSTD_LIBRARY zstd)
if(NOT SYNAPSED_ZSTD_INCLUDE OR NOT SYNAPSED_ZSTD_LIBRARY)
  message(FATAL_ERROR "zstd is needed. ./run.sh installs it; on Debian: apt-get install libzstd-dev")
endif()
add_library(synapsed_zstd INTERFACE)
set_target_properties(synapsed_zstd PROPERTIES EXPORT_NAME zstd_library)
target_include_directories(synapsed_zstd SYSTEM INTERFACE
  "$<BUILD_INTERFACE:${SYNAPSED_ZSTD_INCLUDE}>")
target_link_libraries(synapsed_zstd INTERFACE
  "$<BUILD_INTERFACE:${SYNAPSED_ZSTD_LIBRARY}>" $<INSTALL_INTERFACE:zstd>)
