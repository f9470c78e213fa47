#define _GNU_SOURCE
#include "lock.h"

#include <errno.h>
#include <linux/futex.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { FREE, TAKEN, CONTENDED };

enum { SPINS = 100 };

void futex_wait(_Atomic int *word, int value, uint64_t deadline)
{
    const struct timespec limit = {.tv_sec = (time_t)(deadline / 1000000000u),
                                   .tv_nsec = (long)(deadline % 1000000000u)};

    const int error = errno; /* the task's; the call fails when the word has changed already */

    /* WAIT_BITSET takes an absolute time of the monotonic clock */
    syscall(SYS_futex, word, FUTEX_WAIT_BITSET | FUTEX_PRIVATE_FLAG, value,
            deadline != 0 ? &limit : NULL, NULL, FUTEX_BITSET_MATCH_ANY);
    errno = error;
}

void futex_wake(_Atomic int *word, int count)
{
    syscall(SYS_futex, word, FUTEX_WAKE | FUTEX_PRIVATE_FLAG, count, NULL, NULL, 0);
}

static inline void relax(void)
{
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#endif
}

static void take_slowly(struct lock *lock)
{
    int expected;

    for (unsigned i = 0; i < SPINS; i++) {
        expected = FREE;
        if (atomic_load_explicit(&lock->word, memory_order_relaxed) == FREE &&
            atomic_compare_exchange_weak_explicit(&lock->word, &expected, TAKEN,
                                                  memory_order_acquire, memory_order_relaxed))
            return;
        relax();
    }
    while (atomic_exchange_explicit(&lock->word, CONTENDED, memory_order_acquire) != FREE)
        futex_wait(&lock->word, CONTENDED, 0);
}

void lock_take(struct lock *lock)
{
    int expected = FREE;

    if (!atomic_compare_exchange_strong_explicit(&lock->word, &expected, TAKEN,
                                                 memory_order_acquire, memory_order_relaxed))
        take_slowly(lock);
}

void lock_give(struct lock *lock)
{
    if (atomic_exchange_explicit(&lock->word, FREE, memory_order_release) == CONTENDED)
        futex_wake(&lock->word, 1);
}
