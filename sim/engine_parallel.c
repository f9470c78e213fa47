/*
 * The parallel engine: cores run at the same time, each on the host thread that holds it, by the
 * wall clock.
 *
 * - An interrupt is a bit in the core's pending word, then the doorbell: SIGURG to the thread that
 *   holds the core, which may be at any instruction, or a wake-up if the core idles. The handler
 *   runs the ISR there, unless the core is masked: then the bit stays, and whoever unmasks looks.
 *   For moments in which not even a line above the RTOS's ceiling may come in, a core is deaf.
 * - A doorbell may come late, to a thread that has lost the core. That is harmless: who gets a core
 *   says so (holder), and looks at the pending word when it unmasks; who rings sets the bit first
 *   and looks up the holder then. So one of the two sees the other.
 * - Tasks are switched at points only, never in the handler: a thread is never parked inside libc.
 * - In a handler, and with the kernel lock held, nothing may take a lock of libc: its holder may be
 *   the very thread that was interrupted, or one whose ISR waits for the kernel lock.
 * - Ticks and devices come from one thread, the timer.
 *
 * Built with ThreadSanitizer, which delays signals, interrupts come in at points only.
 */
#define _GNU_SOURCE
#include "engine.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#include "../kernel/assert.h"
#include "../kernel/kernel.h"
#include "carrier_pool.h"
#include "devices.h"
#include "finish.h"
#include "lock.h"
#include "quiet_thread.h"
#include "random.h"
#include "readers.h"
#include "sanitizers.h"
#include "uart.h"

/* A host that is late with ticks makes up for it, at most this much, at this many times the rate.
 */
#define OWED_MAX_NS 1000000000u
enum { CATCH_UP = 4 };

/* Carriers kept in the pool beside one for each core: for tasks that interrupts start. */
enum { SPARE_CARRIERS = 4 };

/* How long an orderly ending may take. */
#define ENDING_NS 3000000000u

struct parallel_core {
    _Alignas(64) struct port_seat seat; /* its budget is always used up */
    struct carrier *_Atomic holder;
    _Atomic int bell;  /* grows with everything that happens to the core */
    _Atomic int slept; /* the bell when it went to sleep last */
    _Atomic bool idle; /* it sleeps, or is about to */
    _Atomic uint32_t progress;
    _Atomic bool stopped; /* for good: another thread ends the run */
};

static struct parallel_core cores[CORES_MAX];
static struct port_seat nowhere; /* of a thread between two cores */
static struct lock kernel_lock;
static struct lock sim_lock; /* engine_guard() */
static uint64_t start_ns;
static _Atomic bool stopping;
static __thread bool stops;            /* this thread ends the run */
static __thread bool doorbell_blocked; /* this thread is in the handler */
static _Atomic int timer_bell;
static _Atomic uint64_t timer_due = DEVICES_NEVER; /* when the timer looks next */
static _Atomic uint64_t random_state;

static inline struct parallel_core *here(void)
{
    return (struct parallel_core *)((char *)port_here - offsetof(struct parallel_core, seat));
}

static uint64_t clock_ns(clockid_t clock)
{
    struct timespec time;

    clock_gettime(clock, &time);
    return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

static uint64_t now(void)
{
    return start_ns != 0 ? clock_ns(CLOCK_MONOTONIC) - start_ns : 0;
}

/* --- interrupts --- */

static bool is_pending(unsigned core)
{
    uint32_t any = 0;

    for (unsigned word = 0; word < IRQ_WORDS; word++)
        any |= kernel.irq.pending[core][word];
    return any != 0;
}

/* Something happened to the core: the caller made it visible before. */
static void ring(unsigned index)
{
    struct parallel_core *const core = &cores[index];

    if (!engine_running)
        return;
    atomic_fetch_add(&core->bell, 1);
    if (core->idle)
        futex_wake(&core->bell, 1);
    else if (!WITH_TSAN && is_pending(index))
        pthread_kill(carrier_host(core->holder), SIGURG);
}

static void take_interrupts(void)
{
    const int saved = errno;

    irq_dispatch();
    errno = saved;
}

/* A new thread may hear the doorbell of the core that waits for it, before it sits there. */
static bool is_seated(void)
{
    return port_here != &nowhere && port_here != &engine_only_seat;
}

static void on_doorbell(int number)
{
    const bool blocked = doorbell_blocked;

    (void)number;
    if (!is_seated() || !engine_running || kernel_core()->deaf || !irq_due())
        return;
    doorbell_blocked = true;
    take_interrupts();
    atomic_fetch_add(&here()->bell, 1); /* if it interrupted an idle task on its way to sleep */
    doorbell_blocked = blocked;
}

static void set_doorbell(int how)
{
    sigset_t set;

    sigemptyset(&set);
    sigaddset(&set, SIGURG);
    pthread_sigmask(how, &set, NULL);
}

static bool isr_open(void)
{
    if (!doorbell_blocked)
        return false;
    doorbell_blocked = false;
    set_doorbell(SIG_UNBLOCK);
    return true;
}

static void isr_close(void)
{
    set_doorbell(SIG_BLOCK);
    doorbell_blocked = true;
}

/* --- points --- */

__attribute__((noinline)) static void note_stop(void)
{
    carrier_self->top = __builtin_frame_address(0);
    __asm__ volatile("" ::: "memory");
}

/* Another thread ends the run: this one stops, where it holds no lock of libc or of the kernel. */
static void stop_here(void)
{
    if (!stopping || stops || kernel_core()->masked || irq_in_isr())
        return;
    __builtin_unwind_init(); /* whoever looks for pointers finds what registers held */
    note_stop();
    here()->stopped = true;
    for (;;)
        pause();
}

static bool is_due(unsigned core)
{
    return kernel.cores[core].reschedule || is_pending(core);
}

static void point(void)
{
    struct parallel_core *const core = here();

    core->seat.budget = 0;
    atomic_store_explicit(&core->progress,
                          atomic_load_explicit(&core->progress, memory_order_relaxed) + 1,
                          memory_order_relaxed);
    if (!engine_running)
        stop_here();
    else if (is_due(core->seat.core) && (!kernel_core()->masked || irq_due()))
        kernel_settle(); /* with a ceiling, urgent ones come in masked */
}

static void spend(uint64_t nanoseconds)
{
    const uint64_t start = clock_ns(CLOCK_THREAD_CPUTIME_ID);

    do
        engine_cost(1);
    while (engine_running && clock_ns(CLOCK_THREAD_CPUTIME_ID) - start < nanoseconds);
}

/* --- the kernel's port --- */

static void lock(void)
{
    lock_take(&kernel_lock);
}

static void unlock(void)
{
    lock_give(&kernel_lock);
}

/* True if the caller sits on a core; the others (the timer, the watchdog) have no interrupts. */
static bool hold(void)
{
    if (carrier_self == NULL || !is_seated())
        return true;
    const bool held = kernel_core()->deaf;
    kernel_core()->deaf = true;
    return held;
}

/* No switch happens here: a pending interrupt comes by a doorbell, or at the next point. */
static void release(bool held)
{
    if (held)
        return;
    kernel_core()->deaf = false;
    if (!WITH_TSAN && irq_due())
        pthread_kill(pthread_self(), SIGURG);
}

static bool guard(void)
{
    return engine_lock(&sim_lock);
}

static void unguard(bool held)
{
    engine_unlock(&sim_lock, held);
}

static void prepare(void)
{
    if (!engine_running || (!irq_in_isr() && !kernel_core()->masked))
        carrier_reserve(kernel.core_count + SPARE_CARRIERS);
}

/* Takes a seat: interrupts are masked on that core. */
static void begin(struct task *task)
{
    port_here = &cores[task->core].seat;
}

/*
 * In between the thread sits nowhere: the doorbell finds nothing to do. The kernel lock and the
 * mask pass on with the core.
 */
static void hand_over(struct task *from, struct task *to)
{
    struct carrier *const next = to->carrier;

    here()->holder = next;
    port_here = &nowhere;
    if (from->state == TASK_CLOSED) {
        from->carrier = NULL;
        carrier_leave(next);
    }
    carrier_pass(next);
    begin(from);
}

static void idle(void)
{
    struct parallel_core *const core = here();
    const unsigned index = core->seat.core;

    while (!is_due(index)) {
        const int bell = core->bell;

        core->slept = bell;
        core->idle = true;
        if (!is_due(index))
            futex_wait(&core->bell, bell, 0);
        core->idle = false;
        stop_here();
    }
    point();
}

/* --- the timer --- */

/* An idle core has no use for ticks; core 0 counts the time. False if its last one is pending yet.
 */
static bool give_tick(void)
{
    const bool counted = irq_pend(0, IRQ_TICK);

    ring(0);
    for (unsigned i = 1; i < kernel.core_count && counted; i++) {
        if (!cores[i].idle) {
            irq_pend(i, IRQ_TICK);
            ring(i);
        }
    }
    return counted;
}

/*
 * When the next tick is due, after looking at `time`. A late host is made up for, but not at once:
 * tasks get some time between two ticks.
 */
static uint64_t tick_at(uint64_t tick, uint64_t time)
{
    if (tick <= time && give_tick())
        tick += engine_clock.tick_ns;
    return tick + OWED_MAX_NS < time ? time : tick;
}

/* Kernel lock held. */
static bool all_asleep(void)
{
    for (unsigned i = 0; i < kernel.core_count; i++)
        if (!cores[i].idle || cores[i].bell != cores[i].slept)
            return false;
    return true;
}

/* True if nothing can ever happen again. */
static bool is_quiet(void)
{
    lock();
    const bool held = guard();
    const bool quiet = all_asleep() && devices_next() == DEVICES_NEVER && !uart_is_live &&
                       timeout_next(kernel.tick) == WAIT_FOREVER;
    unguard(held);
    unlock();
    return quiet;
}

/* Raises what is due. */
static void serve_devices(uint64_t time)
{
    if (uart_is_live)
        uart_look(time, time, false);
    const bool held = guard();
    const bool due = devices_next() <= time;
    if (due)
        devices_deliver(time);
    timer_due = devices_next();
    unguard(held);
    if (due)
        ring(0);
}

static _Noreturn void end_late(void)
{
    const struct timespec ending = {.tv_sec = ENDING_NS / 1000000000u};

    nanosleep(&ending, NULL); /* who ends the run has that long */
    finish_late();
}

static void *run_timer(void *argument)
{
    uint64_t tick = engine_clock.tick_ns;

    (void)argument;
    prctl(PR_SET_TIMERSLACK, 1ul);
    for (;;) {
        const int bell = timer_bell;
        const uint64_t time = now();

        if (!engine_running)
            end_late();
        if (time >= engine_clock.end)
            finish_duration();
        if (is_quiet())
            finish_quiet();
        serve_devices(time);
        tick = tick_at(tick, time);
        uint64_t next = tick > time ? tick : time + engine_clock.tick_ns / CATCH_UP;
        if (timer_due < next)
            next = timer_due;
        if (engine_clock.end < next)
            next = engine_clock.end;
        futex_wait(&timer_bell, bell, start_ns + next);
    }
    return NULL;
}

static void replan(void)
{
    if (devices_next() < timer_due) {
        atomic_fetch_add(&timer_bell, 1);
        futex_wake(&timer_bell, 1);
    }
}

static void change_context(void)
{
}

static void start_timer(void)
{
    pthread_t thread;

    if (quiet_thread_create(&thread, NULL, run_timer, NULL) != 0)
        finish_out_of_memory("there is no memory for the timer's thread");
    pthread_setname_np(thread, "heapsim-timer");
}

/* --- start and end --- */

static void init(const struct engine_options *options)
{
    struct sigaction action = {.sa_handler = on_doorbell, .sa_flags = SA_RESTART};

    sigaction(SIGURG, &action, NULL);
    random_state = options->seed;
    readers_thread_begins(); /* the application's boot code */
    for (unsigned i = 0; i < options->cores; i++) {
        cores[i].seat.core = i;
        cores[i].holder = kernel.cores[i].idle.carrier;
    }
    prepare();
}

static void start(void)
{
    start_ns = clock_ns(CLOCK_MONOTONIC);
    engine_running = true;
    start_timer();
    for (unsigned i = 1; i < kernel.core_count; i++)
        carrier_wake(cores[i].holder);
    carrier_enter(cores[0].holder);
}

static void stop(void)
{
    if (stops || (!engine_running && !stopping))
        return;
    if (atomic_exchange(&stopping, true))
        for (;;)
            pause(); /* somebody else ends it */
    stops = true;
    hold();
    engine_running = false;
    for (unsigned i = 0; i < kernel.core_count; i++) {
        atomic_fetch_add(&cores[i].bell, 1);
        futex_wake(&cores[i].bell, 1);
    }
    atomic_fetch_add(&timer_bell, 1);
    futex_wake(&timer_bell, 1);
}

static uint64_t next_random(void)
{
    struct random step = {atomic_fetch_add(&random_state, RANDOM_STEP)};

    return random_next(&step);
}

/* Of an idle core nobody asks what it does. */
static struct carrier *holder(unsigned core)
{
    return cores[core].idle ? NULL : cores[core].holder;
}

/* A thread that was handed the core has not begun for that: it runs on to its next point. */
static bool stands_still(unsigned core)
{
    return cores[core].stopped || cores[core].holder == carrier_self ||
           (cores[core].idle && !is_due(core));
}

static uint64_t progress(unsigned core)
{
    return cores[core].progress;
}

const struct engine_kind engine_parallel = {.name = "parallel",
                                            .in_order = false,
                                            .init = init,
                                            .point = point,
                                            .now = now,
                                            .spend = spend,
                                            .replan = replan,
                                            .change_context = change_context,
                                            .stop = stop,
                                            .random = next_random,
                                            .guard = guard,
                                            .unguard = unguard,
                                            .hold = hold,
                                            .release = release,
                                            .holder = holder,
                                            .stands_still = stands_still,
                                            .progress = progress,
                                            .lock = lock,
                                            .unlock = unlock,
                                            .interrupt = take_interrupts,
                                            .isr_open = isr_open,
                                            .isr_close = isr_close,
                                            .kick = ring,
                                            .prepare = prepare,
                                            .begin = begin,
                                            .hand_over = hand_over,
                                            .start = start,
                                            .idle = idle};
