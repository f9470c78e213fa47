/*
 * What scenario tests share: cases run from a table, in the main thread, on a core that the seed
 * decides; an order log; threads bound to that core, so that the order in which they run is the
 * scheduler's and not the cores'.
 *
 * On the parallel engine a delay also waits until the threads that became ready have run, however
 * late the host is; cases that count ticks (run_exact_cases) are left out there.
 *
 * After each case the threads it made have ended, the heap holds what it held before, its metadata
 * is whole, and the main thread has its priority back: run_cases() checks that.
 */
#ifndef HEAPSIM_TESTS_CHECK_H
#define HEAPSIM_TESTS_CHECK_H

#include <rthw.h>
#include <rtthread.h>
#include <stdbool.h>

#include "../../kernel/kernel.h"
#include "../../sim/diagnose.h"
#include "heapsim.h"

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

enum { MAIN_PRIORITY = 10 };

struct test_case {
    const char *name;
    void (*run)(void);
};

/* Runs the cases; returns what main returns: 0, or 1 if a check failed. */
int run_cases(const struct test_case *cases, unsigned count);

/* Those that count ticks, or want cores to be equally fast: not on the parallel engine. */
int run_exact_cases(const struct test_case *cases, unsigned count);

/* For a program that checks without a table: what main returns. */
int check_result(void);

/* The core of the case. */
extern unsigned home;

/* Its name, for failures; a case made of several may set it. */
extern const char *case_name;

void check_that(bool holds, const char *condition, const char *file, int line);
void check_equal(long found, long expected, const char *what, const char *file, int line);
void check_order(const char *expected, const char *file, int line);

#define CHECK(condition) check_that((condition), #condition, __FILE__, __LINE__)
#define CHECK_EQUAL(found, expected)                                                               \
    check_equal((long)(found), (long)(expected), #found, __FILE__, __LINE__)

/* What was marked since the last look is `expected`; forgets it. */
#define CHECK_ORDER(expected) check_order((expected), __FILE__, __LINE__)

/* Forgets what was marked. */
void forget_order(void);

/* Notes one letter. Any context, any core. */
void mark(char letter);

/* A thread on the home core with slices of 5 ticks, made only, or started too. */
rt_thread_t prepare(void (*entry)(void *), void *argument, unsigned priority);
rt_thread_t spawn(void (*entry)(void *), void *argument, unsigned priority);

/* The same on whatever core is free. */
rt_thread_t prepare_anywhere(void (*entry)(void *), void *argument, unsigned priority);
rt_thread_t spawn_anywhere(void (*entry)(void *), void *argument, unsigned priority);

/*
 * Runs `check` twice: while nothing else runs, so that the engine passes over idle ticks, and
 * beside a thread that computes, so that each tick is taken.
 */
void idle_and_busy(void (*check)(void));

/* rt_thread_delay(), in which the others come as far as they can. */
rt_err_t rest(rt_tick_t ticks);
#define rt_thread_delay(ticks) rest(ticks)

/* Waits, so that a tick has just begun when it returns. */
void align(void);

/* The present priority of a thread. */
unsigned priority_of(rt_thread_t thread);

/* True if exactly `count` misuses of that kind, and none else, were found since the last look. */
bool diagnosed(enum diagnosis_kind kind, unsigned count);

#endif
