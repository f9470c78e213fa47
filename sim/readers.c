/*
 * Readers of host-side records that must not wait for a lock (port_read_begin): liburcu's memb
 * flavour, whose read side is two instructions and works in a signal handler, on the parallel
 * engine. Where one thread runs at a time there is nothing to do.
 *
 * A reader is deaf meanwhile: an ISR on top of it might wait for the kernel lock, whose holder may
 * be waiting for the reader.
 */
#include "readers.h"

#include "../kernel/port.h"
#include "engine.h"
#include "lock.h"
#include "sanitizers.h"

#if HEAPSIM_HAVE_URCU
#include <urcu/urcu-memb.h>

static inline void enter(void)
{
    urcu_memb_read_lock();
}

static inline void leave(void)
{
    urcu_memb_read_unlock();
}

static inline void wait(void)
{
    urcu_memb_synchronize_rcu();
}

void readers_thread_begins(void)
{
    if (!engine->in_order)
        urcu_memb_register_thread();
}
#else
static struct lock lock;

static inline void enter(void)
{
    lock_take(&lock);
}

static inline void leave(void)
{
    lock_give(&lock);
}

static inline void wait(void)
{
    lock_take(&lock);
    lock_give(&lock);
}

void readers_thread_begins(void)
{
}
#endif

#if WITH_TSAN /* it does not see into the library */
void __tsan_acquire(void *address);
void __tsan_release(void *address);
static char order;
#define ACQUIRE() __tsan_acquire(&order)
#define RELEASE() __tsan_release(&order)
#else
#define ACQUIRE() ((void)0)
#define RELEASE() ((void)0)
#endif

bool port_read_begin(void)
{
    if (engine->in_order)
        return true;
    const bool held = engine_hold();
    enter();
    return held;
}

void port_read_end(bool held)
{
    if (engine->in_order)
        return;
    RELEASE();
    leave();
    engine_release(held);
}

void port_read_wait(void)
{
    if (engine->in_order || !engine_running)
        return;
    wait();
    ACQUIRE();
}
