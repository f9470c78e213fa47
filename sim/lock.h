/*
 * A lock between host threads: one word, a few spins, then a sleep on a futex, since there may be
 * fewer CPUs than cores.
 *
 * - It belongs to whoever took it, not to a thread: it may be given back by another.
 * - A core masks interrupts before it takes one that an ISR may take, too.
 */
#ifndef HEAPSIM_LOCK_H
#define HEAPSIM_LOCK_H

#include <stdatomic.h>
#include <stdint.h>

struct lock {
    _Atomic int word; /* 0: free, 1: taken, 2: taken, and somebody sleeps */
};

void lock_take(struct lock *lock);
void lock_give(struct lock *lock);

/* Sleeps while *word is `value`, until a wake-up, a signal, or `deadline` (CLOCK_MONOTONIC, in
 * nanoseconds; 0: none). */
void futex_wait(_Atomic int *word, int value, uint64_t deadline);
void futex_wake(_Atomic int *word, int count);

#endif
