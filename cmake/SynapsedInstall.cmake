# What `cmake --install` puts where: the library with what it links, its headers, the package that
# find_package(synapsed) finds, the command line, the licences. The result can be moved.

include(CMakePackageConfigHelpers)

set(package_destination "${CMAKE_INSTALL_LIBDIR}/cmake/synapsed")

install(TARGETS synapsed EXPORT synapsedTargets)
if(NOT BUILD_SHARED_LIBS)
  install(TARGETS synapsed_deps synapsed_zstd EXPORT synapsedTargets)
  install(FILES "${SYNAPSED_DEPS_DIR}/lib/libsynapsed_deps.a" DESTINATION "${CMAKE_INSTALL_LIBDIR}")
  if(TARGET synapsed_openssl)
    install(TARGETS synapsed_openssl EXPORT synapsedTargets)
    if(SYNAPSED_OPENSSL_IS_OURS)
      install(FILES "${SYNAPSED_OPENSSL_DIR}/lib/libcrypto.a"
        DESTINATION "${CMAKE_INSTALL_LIBDIR}/synapsed")
    endif()
  endif()
  if(TARGET synapsed_storage_libraries)
    install(TARGETS synapsed_storage_libraries EXPORT synapsedTargets)
  endif()
endif()

if(SYNAPSED_BUILD_CLI)
  file(RELATIVE_PATH to_library "${CMAKE_INSTALL_FULL_BINDIR}" "${CMAKE_INSTALL_FULL_LIBDIR}")
  set_target_properties(synapsed_app PROPERTIES INSTALL_RPATH "$ORIGIN/${to_library}")
  install(TARGETS synapsed_app)
  install(DIRECTORY "${PROJECT_SOURCE_DIR}/guest/sdk" DESTINATION "${CMAKE_INSTALL_DATADIR}/synapsed")
endif()

install(DIRECTORY "${PROJECT_SOURCE_DIR}/include/synapsed" "${PROJECT_BINARY_DIR}/include/synapsed"
  DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}"
  FILES_MATCHING PATTERN "*.hpp" PATTERN "*.def")

install(EXPORT synapsedTargets NAMESPACE synapsed:: DESTINATION "${package_destination}")
foreach(library OPENSSL SQLITE POSTGRESQL)
  if(NOT SYNAPSED_NEEDS_${library})
    set(SYNAPSED_NEEDS_${library} OFF)
  endif()
endforeach()
configure_package_config_file(
  "${PROJECT_SOURCE_DIR}/cmake/synapsedConfig.cmake.in" "${PROJECT_BINARY_DIR}/synapsedConfig.cmake"
  INSTALL_DESTINATION "${package_destination}")
write_basic_package_version_file(
  "${PROJECT_BINARY_DIR}/synapsedConfigVersion.cmake" COMPATIBILITY SameMinorVersion)
install(
  FILES
    "${PROJECT_BINARY_DIR}/synapsedConfig.cmake"
    "${PROJECT_BINARY_DIR}/synapsedConfigVersion.cmake"
  DESTINATION "${package_destination}")

install(FILES "${PROJECT_SOURCE_DIR}/LICENSE-MIT" "${PROJECT_SOURCE_DIR}/LICENSE-APACHE"
  DESTINATION "${CMAKE_INSTALL_DOCDIR}")
