/*
 * Standard settings of the sanitizers' runtimes, read when a build has one: their findings end a
 * run with heapsim's exit code for misuse, and locals stay on the stack, whose addresses tasks may
 * share.
 */
#include "sanitizers.h"

const bool sanitizers_are_set = true;

const char *__asan_default_options(void);
const char *__tsan_default_options(void);
const char *__ubsan_default_options(void);

const char *__asan_default_options(void)
{
    return "detect_stack_use_after_return=0:exitcode=3:handle_abort=1";
}

/* Signals are not used; a thread that ends the process in the middle of all is no leak. */
const char *__tsan_default_options(void)
{
    return "exitcode=3:halt_on_error=1:atexit_sleep_ms=0:report_thread_leaks=0:second_deadlock_"
           "stack=1";
}

const char *__ubsan_default_options(void)
{
    return "print_stacktrace=1";
}
