# OpenSSL's libcrypto, 3.5 or later (post-quantum algorithms): the system's, or a static one that
# deps/openssl builds. And libsecp256k1, the system's.

find_package(OpenSSL 3.5 QUIET COMPONENTS Crypto)
add_library(synapsed_openssl INTERFACE)
set_target_properties(synapsed_openssl PROPERTIES EXPORT_NAME openssl)
if(OPENSSL_FOUND)
  set(SYNAPSED_OPENSSL_IS_OURS OFF)
  set(SYNAPSED_NEEDS_OPENSSL ON)
  target_link_libraries(synapsed_openssl INTERFACE OpenSSL::Crypto)
else()
  set(SYNAPSED_OPENSSL_IS_OURS ON)
  set(SYNAPSED_NEEDS_OPENSSL OFF)
  include(SynapsedCrates)
  synapsed_crate(SYNAPSED_OPENSSL_DIR openssl "${CMAKE_CURRENT_LIST_DIR}/../deps/openssl" libcrypto.a 3)
  target_include_directories(synapsed_openssl SYSTEM INTERFACE
    "$<BUILD_INTERFACE:${SYNAPSED_OPENSSL_DIR}/include>")
  target_link_libraries(synapsed_openssl INTERFACE
    "$<BUILD_INTERFACE:${SYNAPSED_OPENSSL_DIR}/lib/libcrypto.a>"
    "$<INSTALL_INTERFACE:$<INSTALL_PREFIX>/${CMAKE_INSTALL_LIBDIR}/synapsed/libcrypto.a>"
    Threads::Threads ${CMAKE_DL_LIBS})
  # An older libcrypto of the system may be loaded into the same program: none of ours is exported.
  target_link_options(synapsed_openssl INTERFACE "-Wl,--exclude-libs,libcrypto.a")
endif()

find_path(SYNAPSED_SECP256K1_INCLUDE secp256k1_recovery.h)
find_library(SYNAPSED_SECP256K1 secp256k1)
if(NOT SYNAPSED_SECP256K1_INCLUDE OR NOT SYNAPSED_SECP256K1)
  message(FATAL_ERROR "libsecp256k1 with its recovery module is needed. ./run.sh installs it; on "
                      "Debian: apt-get install libsecp256k1-dev")
endif()
target_include_directories(synapsed_openssl SYSTEM INTERFACE
  "$<BUILD_INTERFACE:${SYNAPSED_SECP256K1_INCLUDE}>")
target_link_libraries(synapsed_openssl INTERFACE
  "$<BUILD_INTERFACE:${SYNAPSED_SECP256K1}>" "$<INSTALL_INTERFACE:secp256k1>")
