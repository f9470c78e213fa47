#define _GNU_SOURCE
#include "finish.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "../kernel/ipc/mutex.h"
#include "../kernel/kernel.h"
#include "engine.h"
#include "explore.h"
#include "growth.h"
#include "holders.h"
#include "interrupts.h"
#include "leaks.h"
#include "leave.h"
#include "races.h"
#include "reporter.h"
#include "saving.h"
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
static bool prints_heap; /* what may be said of it in the end */
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

void finish(enum exit_code code)
{
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

/* --- deadlock --- */

static const char *state_text(const struct task *task, char *text, size_t size)
{
    const struct wait_queue *const queue = task->waiting_on;
    const struct mutex *const mutex = task->blocked_by;

    if (task->state == TASK_SUSPENDED)
        snprintf(text, size, "is suspended, and nobody resumes it");
    else if (queue == NULL)
        snprintf(text, size, "does not run");
    else if (mutex != NULL && mutex->owner != NULL)
        snprintf(text, size, "waits for %s '%s', held by task '%s'", queue->kind, queue->name,
                 mutex->owner->name);
    else
        snprintf(text, size, "waits for %s '%s', which nobody gives", queue->kind, queue->name);
    return text;
}

/* Follows who waits for whom from a task on; prints the circle if there is one. */
static bool print_circle(const struct task *start)
{
    const struct task *task = start;

    for (unsigned steps = 0; steps < 1000; steps++) {
        if (task->blocked_by == NULL || task->blocked_by->owner == NULL)
            return false;
        task = task->blocked_by->owner;
        if (task == start)
            break;
    }
    if (task != start)
        return false;
    fprintf(stderr, "  In a circle:");
    do {
        fprintf(stderr, " '%s' ->", task->name);
        task = task->blocked_by->owner;
    } while (task != start);
    fprintf(stderr, " '%s'.\n", start->name);
    return true;
}

static unsigned report_waiting(void)
{
    char text[160];
    unsigned count = 0;
    bool circle = false;

    for (struct list *node = kernel.tasks.next; node != &kernel.tasks; node = node->next) {
        const struct task *const task = list_entry(node, struct task, all_link);

        if (task->system || task->state == TASK_INITIAL)
            continue; /* one that was never started waits for nothing */
        if (count++ == 0)
            fprintf(stderr,
                    "heapsim: deadlock at %llu us: no task can ever run again, and no interrupt is "
                    "due.\n",
                    (unsigned long long)(engine_now() / 1000));
        fprintf(stderr, "  Task '%s' (priority %u) %s.\n", task->name, task->priority,
                state_text(task, text, sizeof text));
    }
    for (struct list *node = kernel.tasks.next; node != &kernel.tasks && !circle; node = node->next)
        circle = print_circle(list_entry(node, struct task, all_link));
    return count;
}

void finish_quiet(void)
{
    if (explore_time_has_run_out())
        finish_duration();
    fflush(stdout);
    if (uart_has_hung_up())
        finish(main_verdict());
    finish(report_waiting() > 0 ? EXIT_DEADLOCK : main_verdict());
}

void finish_out_of_memory(const char *what)
{
    fprintf(stderr, "heapsim: %s.\n", what);
    finish(EXIT_INTERNAL);
}
