/*
 * What the programs here share: checks that print, a table of calls that each are made in several
 * contexts, and tasks of the kernel's own, for the dialects that have no task calls yet.
 */
#ifndef HEAPSIM_TESTS_DIALECT_CHECK_H
#define HEAPSIM_TESTS_DIALECT_CHECK_H

#include <stdio.h>
#include <string.h>

#include "../../kernel/kernel.h"
#include "../../sim/diagnose.h"
#include "heapsim.h"

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

static unsigned check_failures;

#define CHECK(condition)                                                                           \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            check_failures++;                                                                      \
            printf("FAILED %s:%d: %s\n", __FILE__, __LINE__, #condition);                          \
        }                                                                                          \
    } while (0)

/* --- misuses --- */

static unsigned check_seen[DIAGNOSIS_KINDS + 1];

static inline void check_look(void)
{
    for (int i = 0; i <= DIAGNOSIS_KINDS; i++)
        check_seen[i] = diagnose_count((enum diagnosis_kind)i);
}

/* True if exactly `count` misuses of that kind, and none else, were found since the last look. */
static inline bool check_diagnosed(enum diagnosis_kind kind, unsigned count)
{
    const bool so = diagnose_count(kind) - check_seen[kind] == count &&
                    diagnose_count(DIAGNOSIS_KINDS) - check_seen[DIAGNOSIS_KINDS] == count;

    if (!so)
        printf("%u misuses, %u of them %s; the last: %s\n",
               diagnose_count(DIAGNOSIS_KINDS) - check_seen[DIAGNOSIS_KINDS],
               diagnose_count(kind) - check_seen[kind], diagnose_kind_name(kind),
               diagnose_last()->text != NULL ? diagnose_last()->text : "none");
    check_look();
    return so;
}

/* --- heaps --- */

static inline struct heap_stats check_stats(struct heap *h)
{
    struct heap_stats stats;

    h->ops->stats(h, &stats);
    return stats;
}

static inline bool check_whole(struct heap *h)
{
    struct heap_fault fault;
    const bool whole = h->ops->check(h, &fault);

    if (!whole)
        printf("heap %s, 0x%x: %s\n", h->name, fault.address, fault.text);
    return whole;
}

/* --- calls in contexts --- */

struct check_call {
    const char *name;
    bool (*make)(void); /* makes the call; true if it did its work */
    bool (*exists)(void);
    unsigned allowed; /* contexts, a bit each */
};

/* Makes the call where the caller is, and compares with what the table says of that context. */
static inline void check_in_context(const struct check_call *call, unsigned context,
                                    const char *context_name)
{
    const bool allowed = (call->allowed >> context & 1) != 0;

    if (call->exists != NULL && !call->exists())
        return;
    check_look();
    const bool done = call->make();
    if (done == allowed && check_diagnosed(DIAGNOSIS_CONTEXT, !allowed))
        return;
    check_failures++;
    printf("FAILED: %s, %s: %s; expected: %s\n", call->name, context_name,
           done ? "did its work" : "did nothing", allowed ? "allowed" : "named and refused");
}

/* --- interrupts --- */

enum { CHECK_LINE = 7 };

static void (*check_isr)(void);

static inline void check_on_line(int line, void *argument)
{
    (void)line;
    (void)argument;
    check_isr();
}

/* Runs it in an ISR, at once. */
static inline void check_in_isr(void (*work)(void))
{
    check_isr = work;
    irq_install(CHECK_LINE, check_on_line, NULL, "check");
    sim_raise(CHECK_LINE);
    sim_safepoint();
}

#endif
