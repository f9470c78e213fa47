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
#include "backtrace.h"
#include "engine.h"
#include "events.h"
#include "explore.h"
#include "leave.h"
#include "reporter.h"

static const struct {
    const char *name; /* stable: scripts match it */
    const char *title;
    const char *advice;
} kinds[DIAGNOSIS_KINDS] = {
    [DIAGNOSIS_SIZE_OVERFLOW] = {"size-overflow", "a size that overflows",
                                 "Check the size, or count x size, before the call."},
    [DIAGNOSIS_FOREIGN_POINTER] = {"foreign-pointer", "a pointer that is no block of this heap",
                                   "Pass the pointer that this heap's alloc returned."},
    [DIAGNOSIS_INTERIOR_POINTER] = {"interior-pointer", "a pointer into the middle of a block",
                                    "Keep the pointer that alloc returned, and pass that one."},
    [DIAGNOSIS_DOUBLE_FREE] = {"double-free", "a block that is free already",
                               "Set the pointer to NULL where the block is freed first."},
    [DIAGNOSIS_BAD_ALIGNMENT] = {"bad-alignment", "an alignment the call does not take",
                                 "Pass a power of two."},
    [DIAGNOSIS_BAD_REGION] = {"bad-region", "memory that can't be used so",
                              "Use a static array or a RAM region (--region NAME=BASE:SIZE)."},
    [DIAGNOSIS_HEAP_CORRUPT] = {"heap-corrupt", "overwritten heap metadata",
                                "Look for a write past the end of the block before that address."},
    [DIAGNOSIS_UNALIGNED_HEAP] = {"unaligned-heap", "blocks less aligned than promised",
                                  "Align the start of the region."},
    [DIAGNOSIS_CONTEXT] = {"bad-context", "a call from where it is forbidden",
                           "Move the call to a task, or use a form of it that does not wait."},
    [DIAGNOSIS_OBJECT] = {"bad-object", "an object it can't work on", "See the object's life."},
    [DIAGNOSIS_ASSERTION] = {"assertion", "a failed assertion", "See the condition."},
    [DIAGNOSIS_UNSUPPORTED] = {"unsupported", "a heap that has no such call",
                               "Choose a heap that has it (--list-heaps)."},
    [DIAGNOSIS_RACE] = {"race", "accesses that nothing orders",
                        "Guard all of them by one lock, or hand the data over."},
};

static enum violation_policy policy = VIOLATION_STOP;
static _Atomic unsigned counts[DIAGNOSIS_KINDS + 1];
static _Atomic unsigned reported;
static struct lock last_lock;
static struct diagnosis last;
static void (*stop_hook)(void);
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

const struct diagnosis *diagnose_last(void)
{
    return &last;
}

const char *diagnose_kind_name(enum diagnosis_kind kind)
{
    return kinds[kind].name;
}

static void put(const char *text, int length, size_t room)
{
    const size_t size = length < 0 ? 0 : (size_t)length < room ? (size_t)length : room - 1;
    size_t done = 0;

    while (done < size) {
        const ssize_t wrote = write(STDERR_FILENO, text + done, size - done);

        if (wrote <= 0)
            return;
        done += (size_t)wrote;
    }
}

/* Where the ISR came in, or how the task got there: for rules about contexts, whose reason may lie
 * further out than the call. */
static void note_frames(const struct diagnosis *d, struct report *report)
{
    const struct core *const core = kernel_core();

    if (d->rule == NULL)
        return;
    report->interrupted = core->interrupts > 0;
    report->frame_count = backtrace_capture(report->interrupted ? core->isr_frame : NULL,
                                            report->frames, REPORT_FRAMES);
}

/* " by task 'name'", " in the interrupt of line 3, over task 'name'", or nothing before the start.
 */
static void describe_context(char *text, size_t size)
{
    const struct core *const core = kernel_core();
    const char *const task = core->current != NULL ? core->current->name : NULL;

    if (core->interrupts > 0)
        snprintf(text, size, " in the interrupt of line %u, over task '%s'", core->isr_line,
                 task != NULL ? task : "-");
    else if (task != NULL)
        snprintf(text, size, " by task '%s'", task);
    else
        text[0] = '\0';
}

/* "  Address 0x20000048, size 64, heap 'heap' (RT-Thread small-mem).\n": as much of it as there is.
 */
static void describe_place(const struct diagnosis *d, char *text, size_t size)
{
    size_t used = 0;

    text[0] = '\0';
    if (d->address != 0 || d->size != 0)
        used = (size_t)snprintf(text, size, "  Address 0x%x, size %u (0x%x)", d->address, d->size,
                                d->size);
    if (d->heap != NULL && d->heap->ops != NULL)
        used += (size_t)snprintf(text + used, size - used, "%s heap '%s' (%s)",
                                 used > 0 ? "," : "  In", d->heap->name, d->heap->ops->title);
    if (used > 0)
        snprintf(text + used, size - used, ".\n");
}

/* Virtual engine: the names of places are in it already. */
static void print_story(const struct diagnosis *d)
{
    static char text[4096]; /* more than a task's stack may have left */

    put(text,
        snprintf(text, sizeof text, "heapsim: %s (%s): %s.\n%s  %s\n", kinds[d->kind].name,
                 kinds[d->kind].title, d->text, d->story,
                 d->instead != NULL ? d->instead : kinds[d->kind].advice),
        sizeof text);
}

static void print(const struct diagnosis *d)
{
    struct report report = {.site = d->site};
    char place[200];
    char context[80];

    describe_place(d, place, sizeof place);
    describe_context(context, sizeof context);
    note_frames(d, &report);
    snprintf(report.before, sizeof report.before, "heapsim: %s (%s): %s: %s.\n%s  Called from ",
             kinds[d->kind].name, kinds[d->kind].title, d->call != NULL ? d->call : "a call",
             d->text, place);
    snprintf(report.after, sizeof report.after, "%s. %s%s%s\n", context,
             d->rule != NULL ? d->rule : "", d->rule != NULL ? " " : "",
             d->instead != NULL ? d->instead : kinds[d->kind].advice);
    if (reporter_runs())
        reporter_send(&report);
    else
        reporter_print(&report);
}

static void keep(const struct diagnosis *diagnosis)
{
    const bool held = engine_lock(&last_lock);

    last = *diagnosis;
    snprintf(last_text, sizeof last_text, "%s", diagnosis->text); /* it may lie on a stack */
    last.text = last_text;
    engine_unlock(&last_lock, held);
}

static void tell(const struct diagnosis *diagnosis)
{
    if (diagnosis->story != NULL)
        print_story(diagnosis);
    else
        print(diagnosis);
}

void port_diagnosis(const struct diagnosis *diagnosis)
{
    counts[diagnosis->kind]++;
    counts[DIAGNOSIS_KINDS]++;
    keep(diagnosis);
    events_diagnosis(diagnosis);
    if (policy == VIOLATION_RETURN)
        return;
    reported++;
    if (!explore_run_is_on())
        tell(diagnosis); /* else its replay does */
    if (policy != VIOLATION_STOP)
        return;
    if (explore_run_is_on())
        explore_end_run(EXIT_MISUSE);
    if (stop_hook != NULL)
        stop_hook();
    reporter_finish();
    leave_process(EXIT_MISUSE);
}

_Noreturn void port_panic(const char *file, int line, const char *condition)
{
    char text[512];

    put(text,
        snprintf(text, sizeof text,
                 "heapsim: internal error at %s:%d: '%s' does not hold.\n"
                 "  This is a fault of heapsim, not of the program it runs: please report it.\n",
                 file, line, condition),
        sizeof text);
    leave_process(EXIT_INTERNAL);
}
