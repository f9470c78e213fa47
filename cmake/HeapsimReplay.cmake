# What a test of heapsim_add_schedule_test runs: PROGRAM replays the schedule in FILE with OPTIONS, and
# ends with EXIT.
execute_process(COMMAND ${PROGRAM} --schedule ${FILE} ${OPTIONS} RESULT_VARIABLE code)
if(NOT code STREQUAL EXIT)
  message(FATAL_ERROR "with the schedule ${FILE} it ended with ${code}, not ${EXIT}")
endif()
