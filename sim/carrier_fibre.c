/*
 * Fibres as carriers: a stack each, all in the one host thread, switched by a few instructions
 * (fibre_switch.h).
 *
 * Control changes hands at safepoints only, never inside libc, so what libc keeps of a thread
 * (locks, buffers) is always whole. errno alone is kept for each fibre.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <string.h>

#include "../kernel/assert.h"
#include "carrier_pool.h"
#include "fibre_switch.h"
#include "sanitizers.h"

#if WITH_ASAN
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#endif

#if WITH_TSAN
#include <sanitizer/tsan_interface.h>
#endif

#if defined(__has_include)
#if __has_include(<valgrind/valgrind.h>)
#include <valgrind/valgrind.h>
#endif
#endif
#ifndef VALGRIND_STACK_REGISTER
#define VALGRIND_STACK_REGISTER(begin, end) (void)0
#endif

enum { SMALL_STACK = 32 * 1024 };

struct fibre {
    struct carrier base;
    struct switch_frame *frame; /* while it waits */
    int error;                  /* errno, while it waits */
    void *tsan;                 /* ThreadSanitizer's name for it */
};

static _Atomic(pthread_t) the_host; /* of all fibres; the watchdog asks, too */

static struct fibre *fibre(struct carrier *carrier)
{
    return (struct fibre *)carrier;
}

/*
 * The sanitizers must know which stack is in use. AddressSanitizer keeps something of a stack that
 * is left; not of one that is left for good (last). ThreadSanitizer takes a fibre for a thread, and
 * a switch for synchronisation, as it is here.
 */
static inline void switch_to(struct switch_frame **from, struct carrier *to, bool last)
{
#if WITH_ASAN
    void *kept = NULL;

    __sanitizer_start_switch_fiber(last ? NULL : &kept, to->stack, to->stack_size);
#endif
#if WITH_TSAN
    __tsan_switch_to_fiber(fibre(to)->tsan, 0);
#endif
    carrier_self = to;
    fibre_switch(from, fibre(to)->frame);
#if WITH_ASAN
    __sanitizer_finish_switch_fiber(kept, NULL, NULL);
#endif
}

/* Where a new fibre's first frame goes on. */
static void begin(void)
{
#if WITH_ASAN
    __sanitizer_finish_switch_fiber(NULL, NULL, NULL);
#endif
    errno = 0;
    carrier_self->run(carrier_self->argument);
    port_panic(__FILE__, __LINE__, "a carrier's function does not return");
}

static struct carrier *create(void)
{
    struct carrier *const carrier = carrier_pool_new(sizeof(struct fibre), SMALL_STACK);

    if (carrier == NULL)
        return NULL;
    VALGRIND_STACK_REGISTER(carrier->stack, carrier->stack + carrier->stack_size);
    return carrier;
}

/* What was on the stack was left for good; the sanitizers still have it in mind. */
static void forget_frames(struct carrier *carrier)
{
    (void)carrier;
#if WITH_ASAN
    __asan_unpoison_memory_region(carrier->stack, carrier->stack_size);
#endif
#if WITH_TSAN
    if (fibre(carrier)->tsan != NULL)
        __tsan_destroy_fiber(fibre(carrier)->tsan);
    fibre(carrier)->tsan = __tsan_create_fiber(0);
#endif
}

static struct carrier *take(void (*run)(void *), void *argument, const char *name)
{
    struct carrier *carrier = carrier_pool_get();

    (void)name; /* the host thread's name stays the program's */
    if (carrier == NULL && (carrier = create()) == NULL)
        return NULL;
    forget_frames(carrier);
    char *const top = carrier->stack + carrier->stack_size - SWITCH_FRAME_ABOVE;
    struct switch_frame *const frame = (struct switch_frame *)(void *)top - 1;
    memset(top, 0, SWITCH_FRAME_ABOVE); /* no return address: debuggers stop here */
    *frame = (struct switch_frame)SWITCH_FRAME_NEW;
    frame->goes_on = begin;
    fibre(carrier)->frame = frame;
    carrier->run = run;
    carrier->argument = argument;
    return carrier;
}

static void pass(struct carrier *to)
{
    struct fibre *const self = fibre(carrier_self);

    KERNEL_ASSERT(to != &self->base);
    self->error = errno;
    switch_to(&self->frame, to, false);
    errno = self->error;
}

static void leave(struct carrier *to)
{
    struct switch_frame *given_up;

    carrier_pool_put(carrier_self); /* nobody takes it before this stack is left */
    switch_to(&given_up, to, true);
}

static void drop(struct carrier *carrier)
{
    KERNEL_ASSERT(carrier != carrier_self);
    carrier_pool_put(carrier);
}

static void enter(struct carrier *first)
{
    struct switch_frame *given_up;

    the_host = pthread_self();
    switch_to(&given_up, first, true);
}

static struct switch_frame *outside; /* of all carriers, while carrier_visit() runs them */

void carrier_visit(struct carrier *first)
{
    the_host = pthread_self();
    switch_to(&outside, first, true);
}

void carrier_quit(void)
{
    struct switch_frame *given_up;

    carrier_self = NULL;
    fibre_switch(&given_up, outside);
    __builtin_unreachable();
}

/* Its stack is the thread's, whose bounds AddressSanitizer wants to know. */
struct carrier *carrier_of_host(void)
{
    static struct fibre self;
    pthread_attr_t attributes;
    void *stack = NULL;

    if (pthread_getattr_np(pthread_self(), &attributes) != 0)
        return NULL;
    pthread_attr_getstack(&attributes, &stack, &self.base.stack_size);
    pthread_attr_destroy(&attributes);
    self.base.stack = stack;
#if WITH_TSAN
    self.tsan = __tsan_get_current_fiber();
#endif
    return &self.base;
}

static void reserve(unsigned count)
{
    struct carrier *carrier;

    while (!carrier_pool_has(count) && (carrier = create()) != NULL)
        carrier_pool_put(carrier);
}

static pthread_t host(const struct carrier *carrier)
{
    (void)carrier;
    return the_host;
}

static const void *stack_pointer(const struct carrier *carrier)
{
    return ((const struct fibre *)carrier)->frame;
}

const struct carrier_kind carrier_fibre = {.name = "fibre",
                                           .is_thread = false,
                                           .enter = enter,
                                           .take = take,
                                           .pass = pass,
                                           .leave = leave,
                                           .drop = drop,
                                           .host = host,
                                           .reserve = reserve,
                                           .stack_pointer = stack_pointer};
