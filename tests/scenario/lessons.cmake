# The scenarios of scenarios/: each passes, and fails where its lesson says so.

# heapsim_add_lesson_test(NAME target [as heapsim_add_scenario_test]): on 1, 2 and 8 cores.
function(heapsim_add_lesson_test name target)
  heapsim_add_scenario_test(lesson_${name} TARGET ${target} CORES 1 2 8 SEEDS 10 ${ARGN})
endfunction()

heapsim_add_lesson_test(priority_inversion priority_inversion MATCH "1000 ms: high waits +1[0-9][0-9][0-9] us")
heapsim_add_lesson_test(priority_inversion_semaphore priority_inversion OPTIONS lock=semaphore EXIT 1
  MATCH "  10 ms: high waits +11[0-9][0-9][0-9] us" "1000 ms: high waits +100[1-9][0-9][0-9][0-9] us")

heapsim_add_lesson_test(pool_exhaustion pool_exhaustion MATCH " [1-9][0-9]* dropped")
heapsim_add_lesson_test(pool_patience pool_exhaustion OPTIONS patience=long MATCH " 0 dropped")
heapsim_add_lesson_test(pool_forever pool_exhaustion OPTIONS patience=forever MATCH " 0 dropped")
heapsim_add_scenario_test(lesson_pool_four_cores TARGET pool_exhaustion CORES 4 SEEDS 20)

heapsim_add_lesson_test(isr_producer isr_producer)
heapsim_add_lesson_test(isr_producer_frees isr_producer OPTIONS free=isr EXIT 3
  MATCH "rt_free: .*interrupt" "isr_producer.c:[0-9]+")

heapsim_add_lesson_test(isr_rules_all isr_rules OPTIONS --on-violation=return rule=all
  MATCH "17 rules broken, 0 calls")
heapsim_add_lesson_test(isr_rules_none isr_rules OPTIONS rule=none MATCH "^0 rules broken")
add_test(NAME scenario.lesson_isr_rules
         COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/isr_rules.sh $<TARGET_FILE:isr_rules>)
set_tests_properties(scenario.lesson_isr_rules PROPERTIES LABELS scenario TIMEOUT 300)

heapsim_add_lesson_test(memheap_regions memheap_regions
  MATCH "29 in sram, then 11 in ccm, then 47 in sdram")
heapsim_add_lesson_test(memheap_regions_apart memheap_regions OPTIONS --heap rt-small-mem EXIT 1)

foreach(heap rt-small-mem rt-memheap tlsf freertos-heap-4 oneos-first-fit oneos-buddy)
  heapsim_add_lesson_test(fragmentation_${heap} fragmentation SEEDS 3 OPTIONS --heap ${heap}
    MATCH "found no room: [0-9]+ bytes are free, the largest block has [0-9]+ .fragmentation [7-9][0-9]")
  heapsim_add_lesson_test(pool_plus_heap_${heap} pool_plus_heap SEEDS 3 OPTIONS --heap ${heap})
endforeach()
heapsim_add_lesson_test(fragmentation_rt-slab fragmentation SEEDS 1
  OPTIONS --heap rt-slab --region ram=0x20000000:2M MATCH "fragmentation [7-9][0-9]")
heapsim_add_lesson_test(fragmentation_few fragmentation SEEDS 3 OPTIONS sizes=few)
heapsim_add_lesson_test(pool_plus_heap_rt-slab pool_plus_heap SEEDS 3
  OPTIONS --heap rt-slab --region ram=0x20000000:2M)

heapsim_add_lesson_test(smp_contention smp_contention SEEDS 5)
heapsim_add_lesson_test(smp_contention_own smp_contention SEEDS 5 OPTIONS heap=own)
heapsim_add_lesson_test(smp_contention_work smp_contention SEEDS 3 OPTIONS work=1000)

foreach(lesson pool_exhaustion isr_producer smp_contention)
  heapsim_add_determinism_test(${lesson} same_hash.sh 4 $<TARGET_FILE:${lesson}>)
endforeach()

# What an application declares as its arguments is checked, and told.
function(heapsim_add_argument_test name target code)
  heapsim_add_scenario_test(argument_${name} TARGET ${target} CORES 1 SEEDS 1 EXIT ${code} ${ARGN})
endfunction()
heapsim_add_argument_test(wrong_word priority_inversion 2 OPTIONS lock=spin
  MATCH "the argument lock takes mutex.semaphore, not 'spin'")
heapsim_add_argument_test(part_of_word priority_inversion 2 OPTIONS lock=mut MATCH "not 'mut'")
heapsim_add_argument_test(no_value priority_inversion 2 OPTIONS lock MATCH "not ''")
heapsim_add_argument_test(wrong_name priority_inversion 2 OPTIONS key=mutex
  MATCH "there is no argument 'key'")
heapsim_add_argument_test(too_large smp_contention 2 OPTIONS cores=9
  MATCH "the argument cores takes 1..8, not '9'")
heapsim_add_argument_test(no_number smp_contention 2 OPTIONS work=much MATCH "not 'much'")
heapsim_add_argument_test(help smp_contention 0 OPTIONS --help
  MATCH "heap=shared.own  one heap for all cores, or one for each .standard: shared." "NAME=VALUE")
heapsim_add_argument_test(board_heap memheap_regions 0 OPTIONS --help MATCH "^ +rt-memheap.$")
heapsim_add_argument_test(trace_gz priority_inversion 2 OPTIONS --trace run.json.gz
  MATCH "--trace writes plain JSON")
heapsim_add_argument_test(trace_nowhere priority_inversion 2 OPTIONS --trace /nowhere/run.json
  MATCH "the trace /nowhere/run.json can't be written: No such file")
