# What other projects use: find_package(heapsim), heapsim::rtthread and its kin,
# heapsim_add_scenario, heapsim_add_schedule_test.

# heapsim_install_package(targets...): libraries, headers and the CMake package.
function(heapsim_install_package)
  include(CMakePackageConfigHelpers)
  set(destination ${CMAKE_INSTALL_LIBDIR}/cmake/heapsim)
  install(TARGETS ${ARGN} EXPORT heapsim ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR}/heapsim)
  install(EXPORT heapsim NAMESPACE heapsim:: FILE heapsimTargets.cmake DESTINATION ${destination})
  # The public headers include some of the kernel's, for the sizes of static objects.
  install(DIRECTORY kernel DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/heapsim FILES_MATCHING PATTERN "*.h"
          PATTERN "internal.h" EXCLUDE)
  install(FILES sim/heapsim.h sim/heapsim_gdb.h sim/heapsim_libc.h sim/heapsim_memory.h sim/heapsim_uart.h DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/heapsim/sim)

  # With the prefix /usr gdb trusts this folder as it is.
  set(HEAPSIM_GDB_FOLDER ${CMAKE_INSTALL_DATADIR}/gdb/auto-load/heapsim)
  install(FILES sim/heapsim-gdb.py DESTINATION ${HEAPSIM_GDB_FOLDER})

  configure_package_config_file(cmake/heapsimConfig.cmake.in ${CMAKE_BINARY_DIR}/heapsimConfig.cmake
                                INSTALL_DESTINATION ${destination} PATH_VARS HEAPSIM_GDB_FOLDER)
  write_basic_package_version_file(${CMAKE_BINARY_DIR}/heapsimConfigVersion.cmake
                                   COMPATIBILITY SameMinorVersion)
  install(FILES ${CMAKE_BINARY_DIR}/heapsimConfig.cmake ${CMAKE_BINARY_DIR}/heapsimConfigVersion.cmake
          cmake/HeapsimScenario.cmake cmake/HeapsimReplay.cmake DESTINATION ${destination})
endfunction()
