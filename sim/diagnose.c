/*
 * Reports misuse in RTOS terms. May run in a signal handler that interrupted libc: formats into a
 * buffer of its own and writes it in one piece; no malloc, no stdio streams.
 */
#include "diagnose.h"

#include <stdio.h>
#include <unistd.h>

#include "../kernel/heap/heap.h"
#include "../kernel/port.h"

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
    [DIAGNOSIS_ASSERTION] = {"assertion", "a failed assertion", "See the condition."},
    [DIAGNOSIS_UNSUPPORTED] = {"unsupported", "a heap that has no such call",
                               "Choose a heap that has it (--list-heaps)."},
};

static enum violation_policy policy = VIOLATION_STOP;
static unsigned counts[DIAGNOSIS_KINDS + 1];
static struct diagnosis last;
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

static void print(const struct diagnosis *d)
{
    char text[1024];
    char where[96] = "";

    if (d->heap != NULL && d->heap->ops != NULL)
        snprintf(where, sizeof where, ", heap '%s' (%s)", d->heap->name, d->heap->ops->title);
    put(text,
        snprintf(text, sizeof text,
                 "heapsim: %s: %s got %s%s.\n"
                 "  Address 0x%x, size %u (0x%x): %s.\n"
                 "  Called from %p. %s\n",
                 kinds[d->kind].name, d->call != NULL ? d->call : "a call", kinds[d->kind].title,
                 where, d->address, d->size, d->size, d->text, d->site, kinds[d->kind].advice),
        sizeof text);
}

void port_diagnosis(const struct diagnosis *diagnosis)
{
    counts[diagnosis->kind]++;
    counts[DIAGNOSIS_KINDS]++;
    last = *diagnosis;
    snprintf(last_text, sizeof last_text, "%s", diagnosis->text); /* it may lie on a stack */
    last.text = last_text;
    if (policy == VIOLATION_RETURN)
        return;
    print(diagnosis);
    if (policy == VIOLATION_STOP)
        _exit(EXIT_MISUSE);
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
    _exit(EXIT_INTERNAL);
}
