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
if(HEAPSIM_SANITIZE)
  target_compile_options(heapsim_options INTERFACE
    -fsanitize=${HEAPSIM_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_compile_definitions(heapsim_options INTERFACE HEAPSIM_DEBUG=1)
endif()

# kernel/ and the dialects: 32-bit builds align 64-bit members as ARM and RISC-V do. Target memory
# is read as words of whatever an allocator keeps there, so no aliasing by type. Two words made one
# vector to be stored at once would wait for the stores that brought them: 2 ns an operation.
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

# heapsim_add_library(NAME KERNEL|HOST sources...)
function(heapsim_add_library name kind)
  add_library(${name} STATIC ${ARGN})
  string(TOLOWER ${kind} suffix)
  target_link_libraries(${name} PRIVATE $<BUILD_INTERFACE:heapsim_options_${suffix}>)
endfunction()
