/*
 * Host threads that carry tasks: created once, pooled, and run one at a time by passing a token.
 *
 * - Exactly one carrier runs; the others wait on a futex word of their own. No system call is made
 *   when the one that is resumed does not sleep yet.
 * - All calls but threads_enter() are made by the running carrier, so the pool needs no lock.
 */
#ifndef HEAPSIM_THREADS_H
#define HEAPSIM_THREADS_H

#include <pthread.h>
#include <stdbool.h>

struct carrier;

/* Turns the process's first thread into a carrier that waits; `first` runs. Does not return. */
_Noreturn void threads_enter(struct carrier *first);

/* A carrier that will call run(argument) when it is resumed first; run never returns. NULL: no
 * memory. */
struct carrier *thread_take(void (*run)(void *), void *argument, const char *name);

/* Passes the token; returns when the caller gets it again. */
void thread_pass(struct carrier *to);

/* Passes the token for good: the caller's stack is given up, its thread goes to the pool. */
_Noreturn void thread_leave(struct carrier *to);

/* Sends a carrier that waits in thread_pass() back to the pool. */
void thread_drop(struct carrier *carrier);

struct carrier *thread_current(void);
pthread_t thread_host(const struct carrier *carrier);

#endif
