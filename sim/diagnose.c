/*
 * Reports misuse in RTOS terms, written in one piece. On the virtual engine an interrupt's handler
 * runs at a safepoint, never inside libc, so symbolising here is safe.
 */
#include "diagnose.h"

#include <stdio.h>
#include <unistd.h>

#include "../kernel/kernel.h"
#include "../kernel/port.h"
#include "backtrace.h"
#include "events.h"
#include "leave.h"
#include "symbol.h"

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
};

static enum violation_policy policy = VIOLATION_STOP;
static unsigned counts[DIAGNOSIS_KINDS + 1];
static unsigned reported;
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

enum { FRAMES = 32 };

/*
 * "  Interrupted was f (x.c:12) < main (x.c:30).\n", or where the task was itself: for rules about
 * contexts, whose reason may lie further out than the call.
 */
static void describe_frames(const struct diagnosis *d, char *text, size_t size)
{
    const struct core *const core = kernel_core();
    const void *addresses[FRAMES];
    char frames[600];

    text[0] = '\0';
    if (d->rule == NULL)
        return;
    const size_t count =
        backtrace_capture(core->interrupts > 0 ? core->isr_frame : NULL, addresses, FRAMES);
    backtrace_describe(addresses, count, frames, sizeof frames);
    if (frames[0] != '\0')
        snprintf(text, size, "  %s %s.\n",
                 core->interrupts > 0 ? "Interrupted was" : "The way there:", frames);
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

static void print(const struct diagnosis *d)
{
    char text[2048];
    char place[200];
    char site[160];
    char context[80];
    char frames[640];

    describe_place(d, place, sizeof place);
    if (d->site != NULL)
        symbol_describe(d->site, site, sizeof site);
    else
        snprintf(site, sizeof site, "heapsim itself");
    describe_context(context, sizeof context);
    describe_frames(d, frames, sizeof frames);
    put(text,
        snprintf(text, sizeof text,
                 "heapsim: %s (%s): %s: %s.\n"
                 "%s  Called from %s%s. %s%s%s\n%s",
                 kinds[d->kind].name, kinds[d->kind].title, d->call != NULL ? d->call : "a call",
                 d->text, place, site, context, d->rule != NULL ? d->rule : "",
                 d->rule != NULL ? " " : "",
                 d->instead != NULL ? d->instead : kinds[d->kind].advice, frames),
        sizeof text);
}

void port_diagnosis(const struct diagnosis *diagnosis)
{
    counts[diagnosis->kind]++;
    counts[DIAGNOSIS_KINDS]++;
    last = *diagnosis;
    snprintf(last_text, sizeof last_text, "%s", diagnosis->text); /* it may lie on a stack */
    last.text = last_text;
    events_diagnosis(diagnosis);
    if (policy == VIOLATION_RETURN)
        return;
    reported++;
    print(diagnosis);
    if (policy != VIOLATION_STOP)
        return;
    if (stop_hook != NULL)
        stop_hook();
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
