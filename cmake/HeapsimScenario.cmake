# heapsim_add_scenario(NAME sources... [DIALECT rtthread|freertos|oneos] [PREEMPT memory|edge|none]
#                      [LIBC_HEAP])
#
# Builds an RTOS application as a program of its own: for RT-Thread, if no DIALECT is named.
#
# LIBC_HEAP sends the application's malloc, calloc, realloc, free, aligned_alloc, memalign,
# posix_memalign, strdup and strndup to the RTOS's heap, as the RTOS does when it is linked with a C
# library. Without it they are the host's, and heapsim knows nothing of their blocks.
#
# The code is instrumented, so that an interrupt or another task can come in between any two of its
# memory accesses:
#
#   PREEMPT memory (standard)  a safepoint at every load, store and edge of the control flow
#   PREEMPT edge               at edges only: faster, but races inside straight-line code are not found
#   PREEMPT none               at kernel calls only
#
# gcc and clang call our own hooks for -fsanitize=thread; with AddressSanitizer, which can't share a
# build with those, clang's coverage callbacks do the same.
#
# The program names the commands that gdb has for it (heapsim-gdb.py); gdb loads them from a folder
# of its safe path.
get_filename_component(heapsim_gdb "${CMAKE_CURRENT_LIST_DIR}/../sim/heapsim-gdb.py" ABSOLUTE)
if(EXISTS "${heapsim_gdb}") # else it is installed, and heapsimConfig.cmake says where
  set_property(GLOBAL PROPERTY HEAPSIM_GDB_COMMANDS "${heapsim_gdb}")
endif()

include(CheckCCompilerFlag)
check_c_compiler_flag(-fstack-clash-protection HEAPSIM_PROBES_STACKS)

function(heapsim_add_scenario name)
  cmake_parse_arguments(PARSE_ARGV 1 scenario "LIBC_HEAP" "DIALECT;PREEMPT" "")
  set(sources ${scenario_UNPARSED_ARGUMENTS})
  if(NOT sources)
    message(FATAL_ERROR "heapsim_add_scenario(${name}): no source file is named")
  endif()
  if(NOT DEFINED scenario_PREEMPT)
    set(scenario_PREEMPT memory)
  endif()
  if(NOT DEFINED scenario_DIALECT)
    set(scenario_DIALECT rtthread)
  endif()
  if(NOT TARGET heapsim::${scenario_DIALECT})
    message(FATAL_ERROR "heapsim_add_scenario(${name}): DIALECT is rtthread, freertos or oneos, "
                        "not '${scenario_DIALECT}'")
  endif()

  # Without no-prune clang leaves out blocks whose successors tell as much: endless loops, too.
  set(edges -fsanitize-coverage=trace-pc$<$<C_COMPILER_ID:Clang>:,no-prune>)
  # Volatile accesses have hooks of their own; so have the C library's copies and string functions
  # (heapsim_memory.h). No builtins, which become other calls or bare instructions; but strlen, of
  # which a constant may be wanted, stays one. Nor the checks of _FORTIFY_SOURCE, for the same reason.
  # The price: without its builtin compilers do not know printf, and do not check its arguments.
  set(calls fprintf fputs fwrite memchr memcmp memcpy memmove memset printf puts snprintf sprintf stpcpy
            stpncpy strcat strchr strcmp strcpy strncat strncmp strncpy strrchr strstr vfprintf vprintf
            vsnprintf vsprintf)
  list(TRANSFORM calls PREPEND -fno-builtin-)
  set(accesses -fsanitize=thread ${calls} -U_FORTIFY_SOURCE "SHELL:-include heapsim_memory.h"
    "SHELL:$<IF:$<C_COMPILER_ID:Clang>,-mllvm -tsan-distinguish-volatile=1,--param tsan-distinguish-volatile=1>")
  if(HEAPSIM_SANITIZE MATCHES "address")
    set(edges -fsanitize-coverage=edge,trace-pc-guard,no-prune)
    set(accesses -fsanitize-coverage=trace-loads,trace-stores)
  elseif(HEAPSIM_SANITIZE MATCHES "thread")
    set(accesses) # its runtime has the hooks; it looks at heapsim itself, not at the application
  endif()
  if(scenario_PREEMPT STREQUAL "memory")
    set(instrumentation ${edges} ${accesses})
  elseif(scenario_PREEMPT STREQUAL "edge")
    set(instrumentation ${edges})
  elseif(scenario_PREEMPT STREQUAL "none")
    set(instrumentation)
  else()
    message(FATAL_ERROR "heapsim_add_scenario(${name}): PREEMPT is memory, edge or none, "
                        "not '${scenario_PREEMPT}'")
  endif()

  add_executable(${name} ${sources})
  target_link_libraries(${name} PRIVATE heapsim::${scenario_DIALECT})
  # Large locals must meet a stack's guard page, whatever lies behind it.
  if(HEAPSIM_PROBES_STACKS)
    target_compile_options(${name} PRIVATE -fstack-clash-protection)
  endif()
  get_property(commands GLOBAL PROPERTY HEAPSIM_GDB_COMMANDS)
  target_compile_definitions(${name} PRIVATE "HEAPSIM_GDB_COMMANDS=\"${commands}\"")
  target_compile_options(${name} PRIVATE "SHELL:-include heapsim_gdb.h")
  if(scenario_LIBC_HEAP) # before heapsim_memory.h, which leaves to it what both have
    target_compile_options(${name} PRIVATE "SHELL:-include heapsim_libc.h")
  endif()
  # Stacks in reports are found by frame pointers, and have all callers in them. Equal functions and
  # ends of branches stay apart: each has its own line.
  target_compile_options(${name} PRIVATE ${instrumentation} -fno-omit-frame-pointer
    -fno-optimize-sibling-calls
    $<$<C_COMPILER_ID:GNU>:-fno-ipa-icf;-fno-tree-tail-merge;-fno-crossjumping>
    "$<$<C_COMPILER_ID:Clang>:SHELL:-mllvm -enable-tail-merge=false -mllvm -simplifycfg-sink-common=false>")
  if(scenario_LIBC_HEAP)
    # No builtins: the compiler would pair, merge or drop what it knows of.
    target_compile_options(${name} PRIVATE
      -fno-builtin-malloc -fno-builtin-calloc -fno-builtin-realloc -fno-builtin-free
      -fno-builtin-aligned_alloc -fno-builtin-memalign -fno-builtin-posix_memalign
      -fno-builtin-strdup -fno-builtin-strndup)
  endif()
  if(CMAKE_SIZEOF_VOID_P EQUAL 4)
    target_compile_options(${name} PRIVATE -malign-double)
  endif()
  if(HEAPSIM_SANITIZE AND NOT HEAPSIM_SANITIZE MATCHES "thread")
    # 4-aligned blocks hold 8-byte types in a 64-bit build; the board would not mind. A null pointer
    # is AddressSanitizer's to report, when it is used.
    target_compile_options(${name} PRIVATE -fsanitize=${HEAPSIM_SANITIZE}
                           -fno-sanitize=alignment,null -fno-omit-frame-pointer)
  endif()
endfunction()

# heapsim_add_schedule_test(NAME SCENARIO FILE [EXIT code] [OPTIONS option...])
#
# A CTest case of that name: the program SCENARIO (of heapsim_add_scenario) replays the schedule in
# FILE, which --explore N --schedule FILE once wrote, and ends with EXIT: 0, if nothing is said, since
# what failed once is mended. OPTIONS are those of the exploration (--cores 2, say), without those
# that begin it.
#
# A schedule names places in the source. It holds while other code changes; when the program does not
# come to one of its places any more, the test fails and names it: explore again, and keep the new
# file.
function(heapsim_add_schedule_test name scenario file)
  cmake_parse_arguments(PARSE_ARGV 3 schedule "" "EXIT" "OPTIONS")
  if(schedule_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "heapsim_add_schedule_test(${name}): '${schedule_UNPARSED_ARGUMENTS}' is none "
                        "of EXIT code and OPTIONS option...")
  endif()
  if(NOT TARGET ${scenario})
    message(FATAL_ERROR "heapsim_add_schedule_test(${name}): there is no scenario ${scenario}")
  endif()
  get_filename_component(path "${file}" ABSOLUTE)
  if(NOT EXISTS "${path}")
    message(FATAL_ERROR "heapsim_add_schedule_test(${name}): there is no file ${path}; "
                        "${scenario} --explore 5000 --shrink --schedule FILE writes one")
  endif()
  if(NOT DEFINED schedule_EXIT)
    set(schedule_EXIT 0)
  endif()
  add_test(NAME ${name}
    COMMAND ${CMAKE_COMMAND} "-DPROGRAM=$<TARGET_FILE:${scenario}>" "-DFILE=${path}"
            "-DEXIT=${schedule_EXIT}" "-DOPTIONS=${schedule_OPTIONS}"
            -P ${CMAKE_CURRENT_FUNCTION_LIST_DIR}/HeapsimReplay.cmake)
endfunction()
