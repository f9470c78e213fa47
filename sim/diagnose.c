/*
 * Reports misuse in RTOS terms, written in one piece. On the virtual engine an interrupt's handler
 * runs at a safepoint, never inside libc, so symbolising here is safe. On the parallel engine it is
 * not: there a process of its own does it (reporter.h).
 */
#include "diagnose.h"

#include <stdatomic.h>
#include <stdio.h>
#include <unistd.h>

#include "../kernel/kernel.h"
#include "../kernel/port.h"
#include "engine.h"
#include "events.h"
#include "explore.h"
#include "leave.h"
#include "memcheck.h"
#include "report.h"
#include "report_json.h"
#include "reporter.h"
#include "suspect.h"

static enum violation_policy policy = VIOLATION_STOP;
static _Atomic unsigned counts[DIAGNOSIS_KINDS + 1];
static _Atomic unsigned reported;
static struct lock last_lock;
static struct diagnosis last;
static void (*stop_hook)(void);
static void (*each_hook)(void);
static char last_text[256];

bool diagnose_parse_policy(const char *word, enum violation_policy *parsed)
{
    static const char *const words[] = {"stop", "report", "return"};

    for (unsigned i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (strcmp(word, words[i]) == 0) {
            *parsed = (enum violation_policy)i;
            return true;
        }
    }
    return false;
}

void diagnose_set_policy(enum violation_policy new_policy)
{
    policy = new_policy;
}

enum violation_policy diagnose_policy(void)
{
    return policy;
}

unsigned diagnose_count(enum diagnosis_kind kind)
{
    return counts[kind];
}

unsigned diagnose_reported(void)
{
    return reported;
}

void diagnose_on_stop(void (*hook)(void))
{
    stop_hook = hook;
}

void diagnose_on_each(void (*hook)(void))
{
    each_hook = hook;
}

const struct diagnosis *diagnose_last(void)
{
    return &last;
}

const char *diagnose_kind_name(enum diagnosis_kind kind)
{
    return report_kinds[kind].name;
}

static void keep(const struct diagnosis *diagnosis)
{
    const bool held = engine_lock(&last_lock);

    last = *diagnosis;
    snprintf(last_text, sizeof last_text, "%s", diagnosis->text); /* it may lie on a stack */
    last.text = last_text;
    engine_unlock(&last_lock, held);
}

static void capture_and_tell(const struct diagnosis *diagnosis)
{
    struct report report;

    if (explore_run_is_on() || (policy == VIOLATION_RETURN && !json_is_on))
        return; /* of an exploration, the replay tells */
    report_capture(diagnosis, &report);
    report.is_silent = policy == VIOLATION_RETURN;
    if (reporter_runs())
        reporter_send(&report);
    else
        report_tell(&report);
}

void port_diagnosis(const struct diagnosis *as_found)
{
    const struct diagnosis diagnosis = suspect_sharpen(as_found);

    counts[diagnosis.kind]++;
    counts[DIAGNOSIS_KINDS]++;
    keep(&diagnosis);
    if (each_hook != NULL)
        each_hook();
    events_diagnosis(&diagnosis);
    capture_and_tell(&diagnosis);
    if (policy == VIOLATION_RETURN)
        return;
    if (diagnosis.kind != DIAGNOSIS_LEAK) /* leaks have an exit code of their own */
        reported++;
    if (policy != VIOLATION_STOP || diagnosis.kind == DIAGNOSIS_LEAK)
        return;
    if (explore_run_is_on())
        explore_end_run(EXIT_MISUSE);
    if (stop_hook != NULL)
        stop_hook();
    reporter_finish();
    (void)memcheck_pause(); /* it warns of threads that leave its reports off */
    leave_process(EXIT_MISUSE);
}

_Noreturn void port_panic(const char *file, int line, const char *condition)
{
    char text[512];

    snprintf(text, sizeof text,
             "heapsim: internal error at %s:%d: '%s' does not hold.\n"
             "  This is a fault of heapsim, not of the program it runs: please report it.\n",
             file, line, condition);
    (void)!write(STDERR_FILENO, text, strlen(text));
    leave_process(EXIT_INTERNAL);
}
