/*
 * A program that makes one call in one context and prints what came of it:
 *
 *   grid_rtthread CASE CONTEXT     "allowed ANSWER" or "refused ANSWER" (run it with
 *                                  --on-violation=return), then the way the call went on
 *
 * A case is a call with certain arguments: rt_sem_take__now is rt_sem_take that need not wait. What
 * is expected stands in the files expect_*.txt, which grid.sh runs through.
 */
#ifndef HEAPSIM_TESTS_GRID_H
#define HEAPSIM_TESTS_GRID_H

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../kernel/kernel.h"
#include "../../sim/diagnose.h"
#include "heapsim.h"

struct grid_case {
    const char *name;
    long (*make)(void);
    struct grid_case *next;
};

static struct grid_case *grid_cases;

/* CASE(name, statements): returns what the call answered, a pointer as 1 or 0. */
#define CASE(id, ...)                                                                              \
    static long make_##id(void)                                                                    \
    {                                                                                              \
        __VA_ARGS__                                                                                \
    }                                                                                              \
    __attribute__((constructor)) static void add_##id(void)                                        \
    {                                                                                              \
        static struct grid_case entry = {#id, make_##id, NULL};                                    \
                                                                                                   \
        entry.next = grid_cases;                                                                   \
        grid_cases = &entry;                                                                       \
    }
#define ANSWERS(id, call) CASE(id, return (long)(call);)
#define GIVES(id, call)   CASE(id, return (call) != NULL;)
#define DOES(id, call)    CASE(id, call; return 0;)

static const char *grid_case_name = "", *grid_context = "";

static inline void grid_arguments(int argc, char **argv)
{
    if (argc < 3)
        exit(2);
    grid_case_name = argv[1];
    grid_context = argv[2];
}

/* The arguments, where main has not run yet. */
static inline void grid_early_arguments(void)
{
    static char text[4096];
    FILE *const file = fopen("/proc/self/cmdline", "r");
    const size_t length = file != NULL ? fread(text, 1, sizeof text - 1, file) : 0;
    const char *last[2] = {"", ""};

    for (size_t i = 0; i < length; i += strlen(text + i) + 1) {
        last[0] = last[1];
        last[1] = text + i;
    }
    if (file != NULL)
        fclose(file);
    grid_case_name = last[0];
    grid_context = last[1];
}

static inline bool grid_is(const char *context)
{
    return strcmp(grid_context, context) == 0;
}

static volatile long grid_answer;
static volatile bool grid_refused, grid_done;

static inline void grid_make(void)
{
    const unsigned before = diagnose_count(DIAGNOSIS_CONTEXT);
    const struct grid_case *c = grid_cases;

    while (c != NULL && strcmp(c->name, grid_case_name) != 0)
        c = c->next;
    if (c == NULL)
        exit(2);
    grid_answer = c->make();
    grid_refused = diagnose_count(DIAGNOSIS_CONTEXT) != before;
    grid_done = true;
}

static inline void grid_end(void)
{
    if (!grid_done) {
        printf("the call was not made\n");
        exit(1);
    }
    printf("%s %ld\n", grid_refused ? "refused" : "allowed", grid_answer);
    exit(0);
}

/* For the idle task's hook: what the call did there may keep all others from running. */
static inline void grid_make_and_end(void)
{
    grid_make();
    grid_end();
}

/* --- interrupts --- */

enum { GRID_LINE = 3 };

static inline void grid_isr(int line, void *argument)
{
    (void)line;
    (void)argument;
    grid_make();
}

static inline void grid_make_in_isr(unsigned priority)
{
    sim_irq_install(GRID_LINE, grid_isr, NULL, "grid");
    sim_irq_set_priority(GRID_LINE, priority);
    sim_raise(GRID_LINE);
    sim_safepoint();
}

#endif
