# The fuzzers of fuzz/ as others build them (.clusterfuzzlite/build.sh).
option(HEAPSIM_FUZZ_CXX "Link the fuzzers as C++, for an engine that is" OFF)
if(HEAPSIM_FUZZ_CXX)
  enable_language(CXX) # before the folder that needs it
endif()

# heapsim_name_fuzzers(): the target `fuzzing` is all of fuzz/, `fuzzers` the fuzzers of it; fuzzers.txt in
# the build folder names them, one a line.
function(heapsim_name_fuzzers)
  get_property(all DIRECTORY ${PROJECT_SOURCE_DIR}/fuzz PROPERTY BUILDSYSTEM_TARGETS)
  set(programs ${all})
  list(FILTER programs INCLUDE REGEX "^(fuzz|replay_fuzz|case)_")
  add_custom_target(fuzzing DEPENDS ${programs})
  if(NOT HEAPSIM_FUZZ)
    return()
  endif()
  set(fuzzers ${all})
  list(FILTER fuzzers INCLUDE REGEX "^fuzz_")
  add_custom_target(fuzzers DEPENDS ${fuzzers})
  list(JOIN fuzzers "\n" lines)
  file(WRITE ${CMAKE_BINARY_DIR}/fuzzers.txt "${lines}\n")
  if(HEAPSIM_FUZZ_CXX)
    set_target_properties(${fuzzers} PROPERTIES LINKER_LANGUAGE CXX)
  endif()
endfunction()
