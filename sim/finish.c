#define _GNU_SOURCE
#include "finish.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "deadlock.h"
#include "engine.h"
#include "explore.h"
#include "growth.h"
#include "heap_check.h"
#include "holders.h"
#include "interrupts.h"
#include "leaks.h"
#include "leave.h"
#include "quarantine.h"
#include "races.h"
#include "reporter.h"
#include "saving.h"
#include "stack_use.h"
#include "trace.h"
#include "trace_json.h"
#include "uart.h"

static int main_value;     /* what the application's main returned */
static bool main_returned; /* and that it did */

/* The run is over, and no error of heapsim or its user ended it. */
static bool is_an_end(enum exit_code code)
{
    return code == EXIT_PASSED || code == EXIT_CHECK_FAILED || code == EXIT_DEADLOCK;
}

/* The lowest of 3, 4, 5, 1 that applies. */
static enum exit_code verdict(enum exit_code code)
{
    if (diagnose_reported() > 0)
        return EXIT_MISUSE;
    return leaks_were_named() && is_an_end(code) && code != EXIT_DEADLOCK ? EXIT_LEAKS : code;
}

static bool prints_interrupts;
static bool prints_heap;  /* what may be said of it in the end */
static bool main_is_gone; /* it returned just now, and the caller's stack has nothing more of it */

void finish_prints_interrupts(void)
{
    prints_interrupts = true;
}

/*
 * On the parallel engine an ISR that ends the run may have interrupted stdio, whose lock its own
 * thread then holds for ever.
 */
static void flush_streams(void)
{
    const struct timespec pause = {.tv_nsec = 1000000};

    for (unsigned tries = 0; !engine->in_order && ftrylockfile(stdout) != 0; tries++) {
        if (tries == 200) {
            fflush_unlocked(stdout);
            return;
        }
        nanosleep(&pause, NULL);
    }
    if (!engine->in_order)
        funlockfile(stdout);
    fflush(NULL);
}

void finish_reports(void)
{
    engine_stop();
    uart_flush();
    uart_close();
    flush_streams();
    if (prints_interrupts) {
        prints_interrupts = false; /* once: finish() may come in through exit() */
        interrupts_report(stdout);
        fflush(stdout);
    }
    races_finish();
    if (prints_heap) {
        prints_heap = false;
        reporter_finish(); /* the line is the last one */
        growth_report();
        saving_report();
    }
    trace_json_close();
    trace_close();
    reporter_finish();
}

static _Atomic int late_code = EXIT_INTERNAL;

void finish_late(void)
{
    leave_process((int)verdict((enum exit_code)late_code));
}

static void look_for_leaks(void)
{
    engine_stop();
    if (!explore_run_is_on())
        flush_streams();
    leaks_at_end(!main_is_gone);
}

/* What nobody has come across is found now. */
static void look_at_heaps(void)
{
    heap_check_all();
    quarantine_check();
}

void finish(enum exit_code code)
{
    if (engine_settle()) /* else tasks may be about to begin, or to tell it themselves */
        stack_use_finish();
    if (is_an_end(code))
        look_at_heaps();
    if (is_an_end(code) && leaks_are_wanted())
        look_for_leaks();
    if (explore_run_is_on())
        explore_end_run((int)verdict(code));
    if (!explore_kept_to_file() && code == EXIT_PASSED)
        code = EXIT_USAGE;
    late_code = (int)code;
    prints_heap = is_an_end(code);
    finish_reports();
    leave_process((int)verdict(code));
}

static enum exit_code main_verdict(void)
{
    return main_value == 0 ? EXIT_PASSED : EXIT_CHECK_FAILED;
}

void finish_main(int value, bool waited)
{
    main_value = value;
    main_returned = true;
    holders_main_returned();
    main_is_gone = true;
    if (value != 0 || (waited && !engine_has_duration()))
        finish(main_verdict());
    main_is_gone = false;
}

void finish_duration(void)
{
    finish(explore_found_waiters() ? EXIT_DEADLOCK : main_verdict());
}

void finish_quiet(void)
{
    if (explore_time_has_run_out())
        finish_duration();
    fflush(stdout);
    if (uart_has_hung_up())
        finish(main_verdict());
    finish(deadlock_report() > 0 ? EXIT_DEADLOCK : main_verdict());
}

void finish_out_of_memory(const char *what)
{
    fprintf(stderr, "heapsim: %s.\n", what);
    finish(EXIT_INTERNAL);
}
