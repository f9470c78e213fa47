# The scenarios with a planted bug: an ordinary run does not show it and prints nothing, and with
# --fix it is not there.

# heapsim_add_bug_test(NAME [CORES n...]): on 1, 2 and 4 cores, if none are named.
function(heapsim_add_bug_test name)
  cmake_parse_arguments(PARSE_ARGV 1 bug "" "" "CORES")
  if(NOT bug_CORES)
    set(bug_CORES 1 2 4)
  endif()
  list(GET bug_CORES 0 least)
  add_test(NAME scenario.bug_${name}
           COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/quiet.sh ${least} $<TARGET_FILE:${name}>)
  set_tests_properties(scenario.bug_${name} PROPERTIES LABELS scenario)
  heapsim_add_scenario_test(bug_${name}_fixed TARGET ${name} CORES ${bug_CORES} OPTIONS --fix)
endfunction()

heapsim_add_bug_test(race_lost_update)
heapsim_add_bug_test(race_check_then_act)
heapsim_add_bug_test(lost_wakeup)
heapsim_add_bug_test(isr_malloc_window)
heapsim_add_bug_test(two_interrupts)
heapsim_add_bug_test(deadlock_two_mutexes)
foreach(bug aba_free_list order_bug)
  heapsim_add_bug_test(${bug} CORES 2 4)
  heapsim_add_scenario_test(bug_${bug}_one_core TARGET ${bug} CORES 1 SEEDS 1 EXIT 2
    MATCH "^${bug}: .* run it with --cores 2$")
endforeach()
