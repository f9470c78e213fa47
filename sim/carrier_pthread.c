/*
 * Host threads as carriers: one runs, and passes a token on to the next. Each waits on a futex word
 * of its own; no system call is made when the one that gets the token does not sleep yet.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <unistd.h>

#include "../kernel/assert.h"
#include "carrier_pool.h"
#include "engine.h"
#include "fault.h"
#include "lock.h"
#include "quiet_thread.h"
#include "readers.h"

enum { SMALL_STACK = 96 * 1024 }; /* it holds thread-local data and signal frames, too */

enum { EMPTY = 0, TOKEN = 1, SLEEPING = -1 };

/* How a carrier comes back to the pool: given up by itself, or dropped by another. */
enum { LEFT = 1, DROPPED = 2 };

struct thread {
    struct carrier base;
    _Atomic pthread_t host; /* the watchdog reads it, too */
    _Atomic int word;       /* EMPTY, TOKEN or SLEEPING */
    _Atomic int returned;   /* to drop(): the same, in the other direction */
    bool dropped;           /* when it wakes it goes to the pool */
    sigset_t signals;       /* its mask once it carries */
    sigjmp_buf pool;
};

static struct thread *thread(struct carrier *carrier)
{
    return (struct thread *)carrier;
}

static void post(_Atomic int *word)
{
    if (atomic_exchange_explicit(word, TOKEN, memory_order_acq_rel) == SLEEPING)
        futex_wake(word, 1);
}

static void await(_Atomic int *word)
{
    int expected = EMPTY;

    if (atomic_compare_exchange_strong(word, &expected, SLEEPING))
        while (atomic_load(word) == SLEEPING)
            futex_wait(word, SLEEPING, 0);
    atomic_store(word, EMPTY);
}

/*
 * Gives the token away, and waits for it. A dropped carrier gets it too, but unwinds to the pool.
 * Noted is where the caller's frame ends: what is below is of no use to anybody.
 */
__attribute__((noinline)) static void change_token(struct thread *self, struct carrier *to)
{
    self->base.top = __builtin_frame_address(0);
    post(&thread(to)->word);
    await(&self->word);
    self->base.top = NULL;
    if (self->dropped)
        siglongjmp(self->pool, DROPPED);
}

static void confirm_drop(struct thread *self)
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
    struct thread *const self = argument;

    carrier_self = &self->base;
    readers_thread_begins();
    fault_thread_begins();
    pthread_sigmask(SIG_SETMASK, &self->signals, NULL);
    if (sigsetjmp(self->pool, 0) == DROPPED)
        confirm_drop(self);
    for (await(&self->word); self->dropped; await(&self->word))
        confirm_drop(self);
    self->base.run(self->base.argument);
    port_panic(__FILE__, __LINE__, "a carrier's function does not return");
}

static struct carrier *create(void)
{
    struct carrier *const carrier = carrier_pool_new(sizeof(struct thread), SMALL_STACK);
    pthread_attr_t attributes;

    if (carrier == NULL)
        return NULL;
    pthread_attr_init(&attributes);
    pthread_attr_setstack(&attributes, carrier->stack, carrier->stack_size);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    pthread_t host;
    pthread_sigmask(SIG_SETMASK, NULL, &thread(carrier)->signals);
    const int error = quiet_thread_create(&host, &attributes, carry, carrier);
    pthread_attr_destroy(&attributes);
    thread(carrier)->host = host;
    return error == 0 ? carrier : NULL;
}

static struct carrier *take(void (*run)(void *), void *argument, const char *name)
{
    struct carrier *carrier = carrier_pool_get();
    char short_name[16]; /* what Linux keeps of a thread's name */

    if (carrier == NULL && !engine_in_handler()) /* there it could wait for itself in libc */
        carrier = create();
    if (carrier == NULL)
        return NULL;
    carrier->run = run;
    carrier->argument = argument;
    carrier->top = carrier->stack + carrier->stack_size;
    snprintf(short_name, sizeof short_name, "%s", name);
    pthread_setname_np(thread(carrier)->host, short_name);
    return carrier;
}

static void pass(struct carrier *to)
{
    struct thread *const self = thread(carrier_self);

    KERNEL_ASSERT(to != &self->base);
    __builtin_unwind_init(); /* what registers hold lies in this frame */
    change_token(self, to);
    __asm__ volatile("" ::: "memory"); /* the frame stays */
}

static void leave(struct carrier *to)
{
    carrier_pool_put(carrier_self); /* before the token is gone: the pool is its holder's */
    post(&thread(to)->word);
    siglongjmp(thread(carrier_self)->pool, LEFT);
}

static void drop(struct carrier *carrier)
{
    struct thread *const dropped = thread(carrier);

    KERNEL_ASSERT(carrier != carrier_self);
    dropped->dropped = true;
    post(&dropped->word);
    await(&dropped->returned);
    carrier_pool_put(carrier);
}

static void enter(struct carrier *first)
{
    post(&thread(first)->word);
    for (;;)
        pause(); /* the process ends through exit() in a carrier */
}

static void wake(struct carrier *carrier)
{
    post(&thread(carrier)->word);
}

static void reserve(unsigned count)
{
    while (!carrier_pool_has(count)) {
        struct carrier *const carrier = create();

        if (carrier == NULL)
            return; /* whoever takes one will say so */
        carrier_pool_put(carrier);
    }
}

static pthread_t host(const struct carrier *carrier)
{
    return ((const struct thread *)carrier)->host;
}

static const void *stack_pointer(const struct carrier *carrier)
{
    const void *const top = carrier->top;

    return top != NULL ? top : carrier->stack;
}

const struct carrier_kind carrier_pthread = {.name = "pthread",
                                             .is_thread = true,
                                             .enter = enter,
                                             .take = take,
                                             .pass = pass,
                                             .leave = leave,
                                             .drop = drop,
                                             .host = host,
                                             .wake = wake,
                                             .reserve = reserve,
                                             .stack_pointer = stack_pointer};
