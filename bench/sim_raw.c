/* The host's own operations, as bare as they can be had. */
#define _GNU_SOURCE
#include <linux/futex.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "sim_cases.h"

/* --- a baton passed between two threads: a futex word each, no system call if nobody sleeps --- */

enum { EMPTY = 0, TOKEN = 1, SLEEPING = -1 };

static _Atomic int batons[2];

static void post(_Atomic int *word)
{
    if (atomic_exchange(word, TOKEN) == SLEEPING)
        syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
}

static void await(_Atomic int *word)
{
    int expected = EMPTY;

    if (atomic_compare_exchange_strong(word, &expected, SLEEPING))
        while (atomic_load(word) == SLEEPING)
            syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, SLEEPING, NULL, NULL, 0);
    atomic_store(word, EMPTY);
}

static void *other_side(void *argument)
{
    unsigned count = *(unsigned *)argument;

    while (count-- > 0) {
        await(&batons[1]);
        post(&batons[0]);
    }
    return NULL;
}

/* There and back is two. */
void raw_baton(unsigned count)
{
    unsigned pairs = count / 2;
    pthread_t thread;

    pthread_create(&thread, NULL, other_side, &pairs);
    for (unsigned i = 0; i < pairs; i++) {
        post(&batons[1]);
        await(&batons[0]);
    }
    pthread_join(thread, NULL);
}

/* --- the others --- */

void raw_mask(unsigned count)
{
    sigset_t all;
    sigset_t before;

    sigfillset(&all);
    while (count-- > 0) {
        pthread_sigmask(SIG_SETMASK, &all, &before);
        pthread_sigmask(SIG_SETMASK, &before, NULL);
    }
}

void raw_semaphore(unsigned count)
{
    sem_t semaphore;

    sem_init(&semaphore, 0, 0);
    while (count-- > 0) {
        sem_post(&semaphore);
        sem_wait(&semaphore);
    }
}

static volatile unsigned taken;

static void on_signal(int number)
{
    (void)number;
    taken++;
}

void raw_signal(unsigned count)
{
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART};

    sigaction(SIGURG, &action, NULL);
    while (count-- > 0)
        pthread_kill(pthread_self(), SIGURG);
}

static void *ends_at_once(void *argument)
{
    return argument;
}

void raw_thread(unsigned count)
{
    pthread_t thread;

    while (count-- > 0)
        if (pthread_create(&thread, NULL, ends_at_once, NULL) == 0)
            pthread_join(thread, NULL);
}
