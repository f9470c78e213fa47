/*
 * Host threads as carriers: one runs, and passes a token on to the next. Each waits on a futex word
 * of its own; no system call is made when the one that gets the token does not sleep yet.
 */
#define _GNU_SOURCE
#include "carrier.h"

#include <errno.h>
#include <linux/futex.h>
#include <sched.h>
#include <setjmp.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "../kernel/assert.h"
#include "window.h"

#if defined(__SANITIZE_ADDRESS__)
#define STACK_BYTES (512 * 1024)
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define STACK_BYTES (512 * 1024)
#endif
#endif
#ifndef STACK_BYTES
#define STACK_BYTES (256 * 1024)
#endif

enum { EMPTY = 0, TOKEN = 1, SLEEPING = -1 };

/* How a carrier comes back to the pool: given up by itself, or dropped by another. */
enum { LEFT = 1, DROPPED = 2 };

struct carrier {
    pthread_t host;
    _Atomic int word;     /* EMPTY, TOKEN or SLEEPING */
    _Atomic int returned; /* to drop(): the same, in the other direction */
    bool dropped;         /* when it wakes it goes to the pool */
    void (*run)(void *);
    void *argument;
    struct carrier *next_free;
    sigjmp_buf pool;
};

static struct carrier *free_carriers;

static void futex(_Atomic int *word, int operation, int value)
{
    syscall(SYS_futex, word, operation | FUTEX_PRIVATE_FLAG, value, NULL, NULL, 0);
}

static void post(_Atomic int *word)
{
    if (atomic_exchange_explicit(word, TOKEN, memory_order_acq_rel) == SLEEPING)
        futex(word, FUTEX_WAKE, 1);
}

static void await(_Atomic int *word)
{
    int expected = EMPTY;

    if (atomic_compare_exchange_strong(word, &expected, SLEEPING))
        while (atomic_load(word) == SLEEPING)
            futex(word, FUTEX_WAIT, SLEEPING);
    atomic_store(word, EMPTY);
}

/* Waits for the token. A dropped carrier gets it too, but unwinds to the pool. */
static void wait_for_token(struct carrier *self)
{
    await(&self->word);
    if (self->dropped)
        siglongjmp(self->pool, DROPPED);
}

static void confirm_drop(struct carrier *self)
{
    self->dropped = false;
    post(&self->returned);
}

/*
 * A carrier that left may have been taken again, and dropped again, before it gets here: what it
 * was woken for is known only once it has its token.
 */
static void *carry(void *argument)
{
    struct carrier *const self = argument;

    carrier_self = self;
    if (sigsetjmp(self->pool, 0) == DROPPED)
        confirm_drop(self);
    for (await(&self->word); self->dropped; await(&self->word))
        confirm_drop(self);
    self->run(self->argument);
    port_panic(__FILE__, __LINE__, "a carrier's function does not return");
}

static struct carrier *create(void)
{
    struct carrier *const carrier = window_alloc(sizeof *carrier);
    void *const stack = window_pages(STACK_BYTES);
    pthread_attr_t attributes;

    if (carrier == NULL || stack == NULL)
        return NULL;
    pthread_attr_init(&attributes);
    pthread_attr_setstack(&attributes, stack, STACK_BYTES);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    const int error = pthread_create(&carrier->host, &attributes, carry, carrier);
    pthread_attr_destroy(&attributes);
    return error == 0 ? carrier : NULL;
}

static struct carrier *take(void (*run)(void *), void *argument, const char *name)
{
    struct carrier *carrier = free_carriers;
    char short_name[16]; /* what Linux keeps of a thread's name */

    if (carrier != NULL)
        free_carriers = carrier->next_free;
    else
        carrier = create();
    if (carrier != NULL) {
        carrier->run = run;
        carrier->argument = argument;
        snprintf(short_name, sizeof short_name, "%s", name);
        pthread_setname_np(carrier->host, short_name);
    }
    return carrier;
}

static void pass(struct carrier *to)
{
    struct carrier *const self = carrier_self;

    KERNEL_ASSERT(to != self);
    post(&to->word);
    wait_for_token(self);
}

static void pool(struct carrier *carrier)
{
    carrier->next_free = free_carriers;
    free_carriers = carrier;
}

static void leave(struct carrier *to)
{
    pool(carrier_self); /* before the token is gone: the pool is its holder's */
    post(&to->word);
    siglongjmp(carrier_self->pool, LEFT);
}

static void drop(struct carrier *carrier)
{
    KERNEL_ASSERT(carrier != carrier_self);
    carrier->dropped = true;
    post(&carrier->word);
    await(&carrier->returned);
    pool(carrier);
}

static void enter(struct carrier *first)
{
    post(&first->word);
    for (;;)
        pause(); /* the process ends through exit() in a carrier */
}

static pthread_t host(const struct carrier *carrier)
{
    return carrier->host;
}

const struct carrier_kind carrier_pthread = {.name = "pthread",
                                             .is_thread = true,
                                             .enter = enter,
                                             .take = take,
                                             .pass = pass,
                                             .leave = leave,
                                             .drop = drop,
                                             .host = host};
