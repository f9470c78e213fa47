/*
 * The virtual engine: a discrete-event simulation in which one host thread at a time runs.
 *
 * - Each virtual core has a clock of its own. The core that is furthest behind runs, for a seeded
 *   quantum of virtual time.
 * - When the budget of a turn is used up, its core takes the interrupts that are due and passes on
 *   to another task or core if need be. The budget never reaches beyond the next event.
 * - When every core idles, time jumps to the next event; without one, nothing can ever happen
 *   again.
 */
#define _GNU_SOURCE
#include "engine.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>

#include "../kernel/assert.h"
#include "../kernel/kernel.h"
#include "carrier.h"
#include "devices.h"
#include "explore.h"
#include "finish.h"
#include "heapsim.h"
#include "sanitizers.h"
#include "steer.h"
#include "trace.h"
#include "uart.h"

/* What ends a turn though nothing is due, so that the watchdog sees progress. */
#define TURN_MAX_NS 1000000u

/* Several cores take turns of about this long: a thousand memory accesses. */
#define QUANTUM_NS 5000u

/*
 * Steered: no timeout comes because of a tick that is further away than both, and ticks pass for so
 * long in all.
 */
#define TICK_PATIENCE_NS 20000000u
#define TICK_PATIENCE    5u
#define TICKS_ALL_NS     200000000u

/* Steered code that has interrupts wait, and spends time, looks for them so often. */
#define SPENT_AT_ONCE_NS 1000u

/* A core that waits for the kernel lock looks again after this long. */
#define SPIN_NS 100u

#define NEVER ENGINE_NEVER

struct virtual_core {
    uint64_t clock; /* without what the running core has used of its budget */
    uint64_t next_tick;
    struct carrier *holder; /* of the task it runs */
    bool idle;              /* waits for an event; its clock is late then */
};

static struct {
    struct virtual_core cores[CORES_MAX];
    int lock_owner; /* core that holds the kernel lock, or -1 */
    int64_t granted;
    unsigned switches;   /* tasks' and cores' */
    int forced;          /* the core that steering lets run now, or -1 */
    uint32_t ticks_left; /* that steering may let pass */
    struct random random;
    _Atomic uint32_t progress; /* for the watchdog */
} sim = {.lock_owner = -1, .granted = ENGINE_BOOT_BUDGET, .forced = -1};

/* The core whose turn it is sits in the only seat there is. */
static struct port_seat *const seat = &engine_only_seat;

static inline struct virtual_core *active(void)
{
    return &sim.cores[seat->core];
}

static uint64_t now(void)
{
    return active()->clock + (uint64_t)(sim.granted - seat->budget);
}

/* --- time --- */

/* Moves what was used of the budget into the clock. */
static void settle(void)
{
    if (steer_is_on && engine_running)
        steer_used(sim.granted - seat->budget, sim.granted != 0);
    active()->clock = now();
    sim.granted = seat->budget = 0;
}

/* Of those that run, the clock that is furthest behind; NEVER if all idle. */
static uint64_t earliest_clock(void)
{
    uint64_t earliest = NEVER;

    for (unsigned i = 0; i < kernel.core_count; i++)
        if (!sim.cores[i].idle && sim.cores[i].clock < earliest)
            earliest = sim.cores[i].clock;
    return earliest;
}

/* A steered core runs on until it is so far ahead of the others, or is made to stop. */
static uint64_t steered_turn(void)
{
    const uint64_t limit = earliest_clock() + QUANTUM_NS;
    const uint64_t turn = limit > active()->clock ? limit - active()->clock : 1;
    const uint64_t left = (uint64_t)steer_grant();

    return left < turn ? left : turn;
}

static void grant(void)
{
    const struct virtual_core *const core = active();
    uint64_t turn = TURN_MAX_NS;
    uint64_t next = core->next_tick;

    if (steer_is_on)
        turn = steered_turn();
    else if (kernel.core_count > 1)
        turn = QUANTUM_NS / 2 + random_below(&sim.random, QUANTUM_NS);
    if (seat->core == 0 && devices_next() < next)
        next = devices_next();
    if (engine_clock.end < next)
        next = engine_clock.end;
    if (next < core->clock + turn)
        turn = next > core->clock ? next - core->clock : 1;
    sim.granted = seat->budget = (int64_t)turn;
    atomic_store_explicit(&sim.progress,
                          atomic_load_explicit(&sim.progress, memory_order_relaxed) + 1,
                          memory_order_relaxed);
}

/* Makes pending what is due on the running core by then. */
static void deliver_until(uint64_t time)
{
    struct virtual_core *const core = active();

    if (core->next_tick <= time) {
        irq_pend(seat->core,
                 IRQ_TICK); /* ticks missed while it ran masked are one, as on a board */
        core->next_tick += (time - core->next_tick) / engine_clock.tick_ns * engine_clock.tick_ns;
        core->next_tick += engine_clock.tick_ns;
    }
    if (seat->core == 0)
        devices_deliver(time);
}

/* When something is to become pending on the running core. */
static uint64_t next_due(void)
{
    const uint64_t tick = active()->next_tick;

    return seat->core == 0 && devices_next() < tick ? devices_next() : tick;
}

/*
 * True if there may be more of it. A steered core may have been left behind for long: then one
 * comes after the other, each when the ISR before has ended, so that no interrupt is lost. Else
 * time stops at each.
 */
static bool deliver(void)
{
    const struct core *const core = kernel_core();
    const uint64_t clock = active()->clock;
    const uint64_t due = next_due();

    if (steer_is_on && due < clock && (core->interrupts > 0 || core->masked))
        return false;
    deliver_until(steer_is_on && due < clock ? due : clock);
    return due < clock && next_due() <= clock;
}

/* --- which core runs --- */

static bool all_idle(void)
{
    for (unsigned i = 0; i < kernel.core_count; i++)
        if (!sim.cores[i].idle)
            return false;
    return true;
}

/*
 * When an idle core has something to do. Only core 0 has timeouts and devices; its ticks before the
 * next timeout matter only while another core runs and can read the time.
 */
static uint64_t next_event(unsigned core, bool nobody_runs)
{
    const struct virtual_core *const c = &sim.cores[core];
    uint64_t tick = c->next_tick;

    if (core != 0)
        return NEVER;
    if (nobody_runs) {
        const uint32_t ticks = timeout_next(kernel.tick);

        tick = ticks == WAIT_FOREVER ? NEVER
                                     : c->next_tick + (uint64_t)(ticks - 1) * engine_clock.tick_ns;
    }
    return devices_next() < tick ? devices_next() : tick;
}

/* An idle core goes on at `time`; the ticks it slept through change nothing. */
static void wake(unsigned core, uint64_t time)
{
    struct virtual_core *const c = &sim.cores[core];

    if (time > c->clock)
        c->clock = time;
    if (c->next_tick < c->clock) {
        const uint64_t passed =
            (c->clock - c->next_tick + engine_clock.tick_ns - 1) / engine_clock.tick_ns;

        if (core == 0 && all_idle())
            kernel_skip_ticks((uint32_t)passed);
        if (core != 0 || all_idle())
            c->next_tick += passed * engine_clock.tick_ns;
    }
    c->idle = false;
}

/* A live terminal: see uart.h for why its bytes come after everything that has happened. */
static void look_at_terminal(bool nobody_runs)
{
    uint64_t latest = 0;

    for (unsigned i = 0; i < kernel.core_count; i++)
        if (sim.cores[i].clock > latest)
            latest = sim.cores[i].clock;
    uint64_t next = nobody_runs ? next_event(0, true) : latest;
    if (engine_clock.end < next)
        next = engine_clock.end;
    uart_look(latest, next, nobody_runs);
}

/* Cores that run have had to wait until then. */
static void let_wait_until(uint64_t time)
{
    for (unsigned i = 0; i < kernel.core_count; i++)
        if (!sim.cores[i].idle && sim.cores[i].clock < time)
            sim.cores[i].clock = time;
}

/* True if the core that runs goes on, or another is made to, for which the others wait. */
static bool steered_core(unsigned *core)
{
    if (sim.forced >= 0 && !sim.cores[sim.forced].idle) {
        *core = (unsigned)sim.forced;
        let_wait_until(sim.cores[*core].clock);
        sim.forced = -1;
        return true;
    }
    sim.forced = -1;
    *core = seat->core;
    return !active()->idle && active()->clock < earliest_clock() + QUANTUM_NS &&
           active()->clock < engine_clock.end;
}

/* The core that is furthest behind, the seed deciding between equals; wakes it if it idles. */
static unsigned choose_core(void)
{
    const bool nobody_runs = all_idle();
    uint64_t best_time = NEVER;
    unsigned best = 0;
    unsigned equals = 0;

    if (steer_is_on && steered_core(&best))
        return best;
    if (uart_is_live)
        look_at_terminal(nobody_runs);
    for (unsigned i = 0; i < kernel.core_count; i++) {
        const struct virtual_core *const c = &sim.cores[i];
        const uint64_t time = c->idle ? next_event(i, nobody_runs) : c->clock;

        if (time < best_time) {
            best_time = time;
            best = i;
            equals = 1;
        } else if (time == best_time && time != NEVER && !steer_is_on &&
                   random_below(&sim.random, ++equals) == 0) {
            best = i;
        }
    }
    if (best_time == NEVER)
        finish_quiet();
    if (best_time >= engine_clock.end) {
        active()->clock = engine_clock.end;
        if (explore_is_on && explore_lets_time_run_out())
            return choose_core();
        finish_duration();
    }
    if (sim.cores[best].idle)
        wake(best, best_time);
    return best;
}

/* The running core waits for its turn; others run meanwhile. */
static void pass_to(unsigned core)
{
    if (core != seat->core) {
        sim.switches++;
        seat->core = core;
        carrier_pass(sim.cores[core].holder);
    }
}

/* --- steering (steer.h) --- */

/* A task that would get the core at the end of the running one's slice. */
static bool has_rival(const struct task *task)
{
    const uint32_t word = task->priority / 32;
    const uint32_t bit = 1u << task->priority % 32;
    const struct affinity *set = kernel.some_cores;

    if (((kernel.any_core.ready.bits[word] & bit) != 0) ||
        (kernel_core()->own != NULL && (kernel_core()->own->ready.bits[word] & bit) != 0))
        return true;
    while (set != NULL && (!affinity_has(set, seat->core) || (set->ready.bits[word] & bit) == 0))
        set = set->next;
    return set != NULL;
}

/*
 * Ticks until one changes something on this core; WAIT_FOREVER if none ever does, or only one that
 * is further away than code is slow: who waits for a second sees what takes microseconds be done.
 */
static uint32_t ticks_to_change(void)
{
    const struct task *const task = kernel_core()->current;
    const uint32_t patience = (uint32_t)(TICK_PATIENCE_NS / engine_clock.tick_ns);
    const uint32_t least = patience > TICK_PATIENCE ? patience : TICK_PATIENCE;
    uint32_t ticks = seat->core == 0 ? timeout_next(kernel.tick) : WAIT_FOREVER;

    if (ticks > least)
        ticks = WAIT_FOREVER;
    if (task != &kernel_core()->idle && task->state == TASK_RUNNING && has_rival(task) &&
        task->slice_left < ticks)
        ticks = task->slice_left;
    return ticks != WAIT_FOREVER && ticks <= sim.ticks_left ? ticks : WAIT_FOREVER;
}

static void take_what_is_due(void)
{
    bool more;

    do {
        more = deliver();
        if (!kernel_core()->masked || irq_due()) {
            kernel_settle();
            settle();
        }
    } while (more);
}

/* Time passes until a tick changes something; or something else does, which comes before. */
static void pass_ticks(void)
{
    const unsigned before = sim.switches;

    for (uint32_t left = ticks_to_change(); left > 0 && sim.switches == before;) {
        const uint64_t due = next_due();

        if (due == active()->next_tick) {
            left--;
            sim.ticks_left -= sim.ticks_left > 0;
        }
        let_wait_until(due);
        take_what_is_due();
    }
}

static void act(const struct steer_action *action)
{
    switch ((enum action)action->kind) {
    case ACTION_TICK:
        pass_ticks();
        break;
    case ACTION_LINE:
        devices_hasten(action->value, now());
        break;
    case ACTION_CORE:
        sim.forced = action->value;
        break;
    }
}

/* Nowhere an ISR, or code with interrupts off, takes that long: a device's next one would be lost.
 */
static bool ticks_can_pass(void)
{
    for (unsigned i = 0; i < kernel.core_count; i++) {
        const struct core *const core = &kernel.cores[i];

        if (core->masked || core->mask_level != 0 || core->interrupts > 0)
            return false;
    }
    return true;
}

static void list_possible(struct steer_point *possible)
{
    possible->masked = kernel_core()->masked;
    possible->tick = ticks_can_pass() && ticks_to_change() != WAIT_FOREVER;
    possible->lines = devices_lines();
    possible->cores = 0;
    for (unsigned i = 0; i < kernel.core_count; i++)
        if (i != seat->core && !sim.cores[i].idle)
            possible->cores |= (uint64_t)1 << i;
}

/* Does what is to be done at this place; after an action the place may be another context's. */
static void steered_point(void)
{
    struct steer_point possible;
    struct steer_action action;

    explore_check_length();
    while (sim.forced < 0) {
        list_possible(&possible);
        if (!steer_next(&possible, &action))
            return;
        act(&action);
    }
}

static void point(void)
{
    KERNEL_ASSERT(engine_running);
    settle();
    if (steer_is_on)
        steered_point();
    for (;;) {
        const bool more = deliver();
        if (!kernel_core()->masked || irq_due()) { /* with a ceiling, urgent ones come in masked */
            kernel_settle(); /* the caller may be on another core afterwards */
            settle();
        }
        if (more)
            continue;
        const unsigned next = choose_core();
        if (next == seat->core)
            break;
        pass_to(next);
    }
    grant();
}

/* One that is there however large the budget is: a place of its own. */
static void point_of_its_own(void)
{
    settle();
    if (steer_is_on)
        steer_count_point();
    point();
}

/* An ISR begins or ends: what was granted was its, or the interrupted one's. */
static void change_context(void)
{
    if (steer_is_on && engine_running)
        settle();
}

static void replan(void)
{
    if (engine_running)
        settle();
}

/* In a steered run that is no point for each nanosecond. */
static void spend_steered(uint64_t nanoseconds)
{
    while (nanoseconds > 0 && engine_running) {
        settle();
        uint64_t next = active()->next_tick;
        if (seat->core == 0 && devices_next() < next)
            next = devices_next();
        if (engine_clock.end < next)
            next = engine_clock.end;
        const uint64_t left = next > active()->clock ? next - active()->clock : SPENT_AT_ONCE_NS;
        const uint64_t step = nanoseconds < left ? nanoseconds : left;

        active()->clock += step;
        nanoseconds -= step;
        point_of_its_own();
    }
}

static void spend_plainly(uint64_t nanoseconds)
{
    while (nanoseconds > 0) {
        const uint64_t left = seat->budget > 1 ? (uint64_t)seat->budget : 1;
        const uint64_t step = nanoseconds < left ? nanoseconds : left;

        nanoseconds -= step;
        engine_cost((int64_t)step);
    }
}

static void spend(uint64_t nanoseconds)
{
    if (steer_is_on)
        spend_steered(nanoseconds);
    else
        spend_plainly(nanoseconds);
}

/* --- the kernel's port --- */

static void lock(void)
{
    while (sim.lock_owner >= 0 && engine_running) {
        settle();
        if (steer_is_on)
            sim.forced = sim.lock_owner;
        active()->clock += SPIN_NS;
        pass_to(choose_core());
    }
    sim.lock_owner = (int)seat->core;
}

static void unlock(void)
{
    sim.lock_owner = -1;
}

static void kick(unsigned core)
{
    if (!sim.cores[core].idle)
        return;
    wake(core, now());
    if (steer_is_on)
        settle(); /* another core can run from here on */
}

/* A doorbell: the handler runs at once, since the thread raises it on itself. */
static void ring(void)
{
    const bool nested = irq_in_isr();
    sigset_t doorbell;

    if (nested) { /* in the handler it is blocked */
        sigemptyset(&doorbell);
        sigaddset(&doorbell, SIGURG);
        pthread_sigmask(SIG_UNBLOCK, &doorbell, NULL);
    }
    pthread_kill(pthread_self(), SIGURG);
    if (nested)
        pthread_sigmask(SIG_BLOCK, &doorbell, NULL);
}

static void take_interrupts(void)
{
    const int saved = errno;

    irq_dispatch();
    errno = saved;
}

static void on_doorbell(int number)
{
    (void)number;
    take_interrupts();
}

/*
 * ISR context is entered by a signal where a task is a thread, by a call where it is not; and under
 * ThreadSanitizer, which takes most calls in a handler for an error.
 */
static void interrupt(void)
{
    if (carriers->is_thread && !WITH_TSAN)
        ring();
    else
        take_interrupts();
}

/* A more urgent interrupt comes in at a point of the ISR, as the first one came. */
static bool isr_open(void)
{
    return false;
}

static void isr_close(void)
{
}

static void prepare(void)
{
}

static void begin(struct task *task)
{
    (void)task;
}

static void hand_over(struct task *from, struct task *to)
{
    settle();
    active()->holder = to->carrier;
    sim.switches++;
    if (from->state == TASK_CLOSED) {
        from->carrier = NULL;
        carrier_leave(to->carrier);
    }
    carrier_pass(to->carrier);
}

static void start(void)
{
    settle();
    engine_running = true;
    if (explore_is_on)
        explore_all(sim.cores[0].holder);
    carrier_enter(sim.cores[0].holder);
}

static void idle(void)
{
    const unsigned core = seat->core;

    settle();
    sim.cores[core].idle = true;
    while (sim.cores[core].idle) {
        if (kernel_core()->reschedule || irq_due()) {
            sim.cores[core].idle = false;
            break;
        }
        pass_to(choose_core());
    }
    point_of_its_own();
}

/* --- set-up and end --- */

static void pin_to_one_cpu(void)
{
    cpu_set_t set;
    const int cpu = sched_getcpu();

    CPU_ZERO(&set);
    if (cpu >= 0) {
        CPU_SET((unsigned)cpu, &set);
        sched_setaffinity(0, sizeof set, &set); /* if it is refused, runs are only slower */
    }
}

static void init(const struct engine_options *options)
{
    struct sigaction action = {.sa_handler = on_doorbell, .sa_flags = SA_RESTART};

    if (!explore_is_on) /* it has its own mind of CPUs */
        pin_to_one_cpu();
    sigaction(SIGURG, &action, NULL);
    sim.random.state = options->seed;
    sim.ticks_left = (uint32_t)(TICKS_ALL_NS / engine_clock.tick_ns) + 4 * TICK_PATIENCE;
    seat->alone = options->cores == 1;
    for (unsigned i = 0; i < options->cores; i++) {
        sim.cores[i].next_tick = engine_clock.tick_ns;
        sim.cores[i].holder = kernel.cores[i].idle.carrier;
    }
}

static void stop(void)
{
    if (!engine_running)
        return;
    settle();
    engine_running = false;
    sim.granted = seat->budget = ENGINE_BOOT_BUDGET;
}

static uint64_t next_random(void)
{
    return random_next(&sim.random);
}

/* One host thread at a time runs, and passes on at points only: there is nothing to guard. */
static bool guard(void)
{
    return true;
}

static void unguard(bool masked)
{
    (void)masked;
}

static bool hold(void)
{
    return true;
}

static void release(bool held)
{
    (void)held;
}

/* The watchdog's glance, from a thread of its own, while all stands still or seems to. Calls
 * nothing, which ThreadSanitizer would look at. */
#if WITH_TSAN
__attribute__((no_sanitize("thread")))
#endif
static struct carrier *
holder(unsigned core)
{
    return core == seat->core ? sim.cores[core].holder : NULL;
}

static uint64_t progress(unsigned core)
{
    (void)core;
    return sim.progress;
}

const struct engine_kind engine_virtual = {.name = "virtual",
                                           .in_order = true,
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
                                           .progress = progress,
                                           .lock = lock,
                                           .unlock = unlock,
                                           .interrupt = interrupt,
                                           .isr_open = isr_open,
                                           .isr_close = isr_close,
                                           .kick = kick,
                                           .prepare = prepare,
                                           .begin = begin,
                                           .hand_over = hand_over,
                                           .start = start,
                                           .idle = idle};
