# How heapsim's own code is compiled and linked.

set(CMAKE_C_STANDARD 11)
set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_POSITION_INDEPENDENT_CODE OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

option(HEAPSIM_WERROR "Warnings are errors" OFF)
set(HEAPSIM_SANITIZE "" CACHE STRING "Sanitizers of the whole build, as -fsanitize= takes them")

# -m32 (preset ilp32): sizeof agrees with a 32-bit target.
if(CMAKE_SIZEOF_VOID_P EQUAL 4)
  set(HEAPSIM_ILP32 ON)
else()
  set(HEAPSIM_ILP32 OFF)
endif()

# Every file: warnings and the sanitizers of the preset.
add_library(heapsim_options INTERFACE)
target_compile_options(heapsim_options INTERFACE
  -fno-pie -Wall -Wextra -Wshadow -Wconversion -Wsign-conversion -Wpointer-arith -Wundef
  -Wstrict-prototypes -Wmissing-prototypes -Wvla -Wno-unused-parameter
  $<$<BOOL:${HEAPSIM_WERROR}>:-Werror>)
target_compile_definitions(heapsim_options INTERFACE HEAPSIM_INTERNAL=1) # see kernel/api/hidden_begin.h
if(HEAPSIM_SANITIZE)
  target_compile_options(heapsim_options INTERFACE
    -fsanitize=${HEAPSIM_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_compile_definitions(heapsim_options INTERFACE HEAPSIM_DEBUG=1)
endif()

# kernel/ and the dialects: 32-bit builds align 64-bit members as ARM and RISC-V do. Target memory
# is read as words of whatever an allocator keeps there, so no aliasing by type. Pairing stores into
# vectors takes more instructions than it saves in functions as short as the heaps'.
add_library(heapsim_options_kernel INTERFACE)
target_compile_options(heapsim_options_kernel INTERFACE
  -fno-strict-aliasing -fno-tree-slp-vectorize $<$<BOOL:${HEAPSIM_ILP32}>:-malign-double>)
target_link_libraries(heapsim_options_kernel INTERFACE heapsim_options)

# sim/ and replay/: host headers, so never -malign-double.
add_library(heapsim_options_host INTERFACE)
target_link_libraries(heapsim_options_host INTERFACE heapsim_options)

# Every program: at a board's flash address, not PIE, so that static data has 32-bit addresses.
add_library(heapsim_image INTERFACE)
target_link_options(heapsim_image INTERFACE -no-pie -Wl,-Ttext-segment=0x08000000)
if(HEAPSIM_SANITIZE)
  target_link_options(heapsim_image INTERFACE -fsanitize=${HEAPSIM_SANITIZE})
endif()

# heapsim_leave_to_allocators(sources...): with AddressSanitizer these files are compiled without it,
# for all targets of this folder, since they work on memory that it is told to guard. Optimised, so
# that small copies of theirs are no calls of functions that it looks at.
function(heapsim_leave_to_allocators)
  if(HEAPSIM_SANITIZE MATCHES "address")
    set_source_files_properties(${ARGN} PROPERTIES
      COMPILE_OPTIONS "-fno-sanitize=address;-O2" COMPILE_DEFINITIONS HEAPSIM_GUARDED_HEAPS=1)
  endif()
endfunction()

# heapsim_add_library(NAME KERNEL|HOST sources...)
function(heapsim_add_library name kind)
  add_library(${name} STATIC ${ARGN})
  string(TOLOWER ${kind} suffix)
  if(kind STREQUAL "KERNEL")
    set_property(GLOBAL APPEND PROPERTY HEAPSIM_KERNEL_LIBRARIES ${name}) # for tests/purity
  endif()
  target_link_libraries(${name} PRIVATE $<BUILD_INTERFACE:heapsim_options_${suffix}>)
endfunction()

# heapsim_add_dialect(NAME sources...): the library heapsim_NAME with the calls of an RTOS, whose
# public headers lie in kernel/api/NAME, and the target heapsim::NAME: calls, headers and main.
function(heapsim_add_dialect name)
  heapsim_add_library(heapsim_${name} KERNEL ${ARGN})
  target_link_libraries(heapsim_${name} PUBLIC heapsim_kernel)
  target_compile_options(heapsim_${name} PRIVATE -fno-omit-frame-pointer) # sim/frames.h
  target_include_directories(heapsim_${name} PUBLIC
    $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/kernel/api/${name}>
    $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}/heapsim/kernel/api/${name}>)
  add_library(${name} INTERFACE)
  target_link_libraries(${name} INTERFACE heapsim_main heapsim_${name}) # main asks the dialect
  target_include_directories(${name} INTERFACE
    $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/sim>
    $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}/heapsim/sim>)
  target_compile_options(${name} INTERFACE -fno-pie)
  add_library(heapsim::${name} ALIAS ${name})
endfunction()

# heapsim_use_library(TARGET NAME library header): links an optional library and defines
# HEAPSIM_HAVE_NAME to 1 or 0. A 32-bit build does without: Debian has them for one word size.
function(heapsim_use_library target name library header)
  if(HEAPSIM_ILP32)
    set(found FALSE)
  else()
    find_library(HEAPSIM_${name}_LIBRARY ${library})
    find_path(HEAPSIM_${name}_HEADER ${header})
    if(HEAPSIM_${name}_LIBRARY AND HEAPSIM_${name}_HEADER)
      set(found TRUE)
    else()
      set(found FALSE)
    endif()
  endif()
  if(found)
    target_link_libraries(${target} PUBLIC ${library})
    target_compile_definitions(${target} PRIVATE HEAPSIM_HAVE_${name}=1)
  else()
    message(STATUS "${target}: without ${library}")
    target_compile_definitions(${target} PRIVATE HEAPSIM_HAVE_${name}=0)
  endif()
endfunction()

# heapsim_use_header(TARGET NAME header): defines HEAPSIM_HAVE_NAME to 1 or 0: is it there?
function(heapsim_use_header target name header)
  find_path(HEAPSIM_${name}_HEADER ${header})
  if(HEAPSIM_${name}_HEADER)
    target_compile_definitions(${target} PRIVATE HEAPSIM_HAVE_${name}=1)
  else()
    message(STATUS "${target}: without ${header}")
    target_compile_definitions(${target} PRIVATE HEAPSIM_HAVE_${name}=0)
  endif()
endfunction()
